/** Findings that were closed although nobody is known to have fixed them: the configuration no longer judges them, or time passed. */

import type { Judgement } from '../../audit/finding.ts';
import type { LedgerEntry } from '../ledger.ts';

/** What `resolvedBy` says of a finding that the configuration closed. No name in a record can be this: AWS allows no spaces in names of users, roles and sessions. */
export const CLOSED_BY_CONFIGURATION = 'our configuration, which no longer judges it';

/** What `resolvedBy` says of a finding about a call that was not made again. */
export const CLOSED_BY_TIME = 'time alone, as no such call was recorded since';

/** Who or what closed a finding without a call, by what the judgement says of it. */
export const CLOSED_BY = {
  configuration: CLOSED_BY_CONFIGURATION,
  time: CLOSED_BY_TIME,
} as const satisfies Readonly<Record<NonNullable<Judgement['closedBy']>, string>>;

/** True for a finding that nobody is known to have fixed: the configuration no longer judges it. */
export function isClosedByConfiguration({ resolvedBy }: Pick<LedgerEntry, 'resolvedBy'>): boolean {
  return resolvedBy === CLOSED_BY_CONFIGURATION;
}

/** True for a finding that is over without anybody's doing: time has passed. */
export function isClosedByTime({ resolvedBy }: Pick<LedgerEntry, 'resolvedBy'>): boolean {
  return resolvedBy === CLOSED_BY_TIME;
}
