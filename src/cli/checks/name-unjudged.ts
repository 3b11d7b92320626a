/** Names on stderr what could not be judged, where no table on stdout does. */

import type { Judgement } from '../../audit/finding.ts';
import { groupBy } from '../../collections.ts';
import { gapRow } from '../../report/gap-words.ts';
import type { Report } from '../../report/report.ts';
import type { Log } from '../log.ts';

/** Resources that are named. More are counted. */
const MOST_NAMED = 20;

/** A warning for each resource and reason, with the rules that could not judge it: an exit code of 2 says no more than that there are some. */
export function nameUnjudged(judgements: readonly Judgement[], log: Log): void {
  const groups = [...groupBy(judgements, ({ resourceId, reason }) => `${resourceId}\n${reason}`).values()];
  for (const group of groups.slice(0, MOST_NAMED)) {
    const [first] = group;
    if (first === undefined) continue;
    const rules = group.map(({ rule }) => rule).join(', ');
    log.rejected({ path: first.resourceId, reason: `could not be judged by ${rules}: ${first.reason}` });
  }
  if (groups.length > MOST_NAMED)
    log.warn(`${groups.length - MOST_NAMED} more could not be judged; "-o json" lists them all`);
}

/** A warning for each input that was not read in a report's period, and for what could not be read or judged at its end. */
export function nameUnseen({ input, gaps }: Pick<Report, 'input' | 'gaps'>, log: Log): void {
  const standing = (gaps?.list ?? []).filter(({ still }) => still).map(gapRow);
  const all = [...input.rejected, ...standing.map(({ what, why }) => ({ path: what, reason: why }))];
  for (const one of all.slice(0, MOST_NAMED)) log.rejected(one);
  if (all.length > MOST_NAMED)
    log.warn(`${all.length - MOST_NAMED} more could not be read or judged; "-o json" lists them all`);
}
