/** Says so if a run closed findings only because its configuration judges less than the one before. */

import { groupBy, plural } from '../../collections.ts';
import type { Acted } from '../../pipeline/act.ts';
import type { Log } from '../log.ts';

/**
 * Warns once of the findings that the run closed as no longer judged: their rule is off, or their account or region is not listed. Whoever
 * meant the ledger of another configuration learns of it before the next report.
 */
export function warnOfClosed(
  { judgements, changes }: Pick<Acted, 'judgements' | 'changes'>,
  config: string,
  log: Pick<Log, 'warn'>,
): void {
  const resolved = new Set(changes?.resolved);
  const closed = judgements.filter(({ id, closedBy }) => closedBy === 'configuration' && resolved.has(id));
  if (closed.length === 0) return;
  const rules = [...groupBy(closed, ({ rule }) => rule)].map(([rule, own]) => `${rule} (${own.length})`);
  log.warn(
    `${plural(closed.length, 'finding')} of the ledger ${closed.length === 1 ? 'was' : 'were'} closed as no longer judged: ${rules.toSorted().join(', ')}. The ledger was judged by another configuration before, and ${config} judges no such rule, account or region. If that is not what you want, run again with the other one`,
  );
}
