/** What is wrong with a trail, for answers that have no findings to say it with. */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import { plural } from '../../collections.ts';
import type { Tally } from '../../pipeline/reading/tally.ts';
import type { Rejected } from '../../report/report.ts';
import type { Log } from '../log.ts';

/** The most log files and digests that are named. */
const MOST_NAMED = 100;

/** The digests and log files that fail, are missing or are not proven; not those that are too young to be. */
export function faultsIn(checks: readonly IntegrityCheck[]): readonly Rejected[] {
  const wrong = checks.filter(({ status, notDue }) => status !== 'valid' && notDue !== true);
  const named = wrong.slice(0, MOST_NAMED).map(({ object, status, reason = '' }) => ({
    path: object,
    reason: `${status}: ${reason}`,
  }));
  const more = wrong.length - named.length;
  return more === 0 ? named : [...named, { path: 'log-integrity', reason: `${plural(more, 'more file')}; run verify` }];
}

/** Names the faults in the tally and on stderr. Log files that are there were named when they were read. */
export function nameFaults(
  checks: readonly IntegrityCheck[],
  tally: Pick<Tally, 'rejected'>,
  log: Pick<Log, 'rejected'>,
): void {
  const faults = faultsIn(checks.filter(({ type, status }) => type !== 'log' || status === 'missing'));
  for (const input of faults) log.rejected(input);
  tally.rejected.push(...faults);
}
