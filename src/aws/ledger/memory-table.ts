/** The ledger's table in memory, for functions without a table. They still mail, and only once per finding while they are warm. */

import { byText } from '../../collections.ts';
import type { ItemKey, Lease, LedgerTable, TableItem } from './dynamodb-table.ts';

interface HeldLease {
  readonly owner: string;
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
    replace: async (item) => {
      if ((items.get(nameOf(item))?.version ?? 0) !== item.version - 1) return false;
      items.set(nameOf(item), item);
      return true;
    },
    putAll: async (written, { set = [], settled = [], deleted = [] } = {}) => {
      const isStale = (item: TableItem): boolean => (items.get(nameOf(item))?.version ?? 0) !== item.version - 1;
      if (written.some(isStale)) return false;
      for (const item of [...written, ...set]) items.set(nameOf(item), item);
      for (const lease of settled) leases.set(nameOf(lease), { ...heldLease(lease), settled: true });
      for (const key of deleted) {
        items.delete(nameOf(key));
        leases.delete(nameOf(key));
      }
      return true;
    },
    take: async (lease, now) => {
      const current = leases.get(nameOf(lease));
      const isOthers = current !== undefined && current.until > now && current.owner !== lease.owner;
      if (isOthers || current?.settled === true) return false;
      leases.set(nameOf(lease), heldLease(lease));
      return true;
    },
    giveBack: async (key, owner) => {
      const current = leases.get(nameOf(key));
      if (current?.settled === false && current.owner === owner) leases.delete(nameOf(key));
    },
  };
}

function heldLease({ owner, until }: Lease): HeldLease {
  return { owner, until, settled: false };
}

function nameOf({ pk, sk }: ItemKey | Lease): string {
  return `${pk}\n${sk}`;
}
