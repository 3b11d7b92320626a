/** The ledger's table in memory, for functions without a table. They still mail, and only once per finding while they are warm. */

import { byText } from '../../collections.ts';
import type { ItemKey, Lease, LedgerTable, TableItem } from './dynamodb-table.ts';

interface HeldLease {
  readonly until: Date;
  readonly settled: boolean;
}

/** An empty table. It lives in this process and ends with it. */
export function memoryTable(): LedgerTable {
  const items = new Map<string, TableItem>();
  const leases = new Map<string, HeldLease>();
  return {
    get: async (keys) => keys.flatMap((key) => items.get(nameOf(key)) ?? []),
    query: async (pk, between, { newest = Number.POSITIVE_INFINITY } = {}) =>
      [...items.values()]
        .filter((item) => item.pk === pk && (between === undefined || (item.sk >= between[0] && item.sk <= between[1])))
        .toSorted(byText(({ sk }) => sk))
        .slice(-newest),
    put: async (item) => {
      items.set(nameOf(item), item);
    },
    putAll: async (written, settled = []) => {
      const isStale = (item: TableItem): boolean => (items.get(nameOf(item))?.version ?? 0) !== item.version - 1;
      if (written.some(isStale)) return false;
      for (const item of written) items.set(nameOf(item), item);
      for (const lease of settled) leases.set(nameOf(lease), { until: lease.until, settled: true });
      return true;
    },
    take: async (lease, now) => {
      const current = leases.get(nameOf(lease));
      if (current !== undefined && (current.settled || current.until > now)) return false;
      leases.set(nameOf(lease), { until: lease.until, settled: false });
      return true;
    },
    giveBack: async (key) => {
      if (leases.get(nameOf(key))?.settled === false) leases.delete(nameOf(key));
    },
  };
}

function nameOf({ pk, sk }: ItemKey | Lease): string {
  return `${pk}\n${sk}`;
}
