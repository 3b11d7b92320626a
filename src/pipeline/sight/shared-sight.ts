/** One reading of what is in sight for everything that a sweep asks about it. */

import type { Ledger, LedgerEntry, LedgerQuery } from '../../ledger/ledger.ts';
import { sightKey } from '../../ledger/sight/in-sight.ts';

/**
 * The ledger, which reads each part of what is in sight once and answers the same afterwards. What changes meanwhile is not in these
 * answers: the sweep knows what it changed itself, and whoever mails reads what is due again.
 */
export function sharingSight<L extends Pick<Ledger, 'entries'>>(ledger: L): L {
  const read = new Map<string, Promise<readonly LedgerEntry[]>>();
  const entries = (query: LedgerQuery): Promise<readonly LedgerEntry[]> => {
    const { inSight, ...others } = query;
    if (inSight === undefined || Object.keys(others).length > 0) return ledger.entries(query);
    const key = sightKey(inSight);
    const known = read.get(key) ?? ledger.entries(query);
    read.set(key, known);
    return known;
  };
  return { ...ledger, entries };
}
