/** Findings that were closed because the configuration no longer judges them: what they reported may still be so. */

import type { LedgerEntry } from '../ledger.ts';

/** What `resolvedBy` says of such a finding. No name in a record can be this: AWS allows no spaces in names of users, roles and sessions. */
export const CLOSED_BY_CONFIGURATION = 'our configuration, which no longer judges it';

/** True for a finding that nobody is known to have fixed: the configuration no longer judges it. */
export function isClosedByConfiguration({ resolvedBy }: Pick<LedgerEntry, 'resolvedBy'>): boolean {
  return resolvedBy === CLOSED_BY_CONFIGURATION;
}
