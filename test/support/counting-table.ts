/** The ledger's table in memory, which counts what DynamoDB would charge for each call. */

import type { AlsoWritten, ItemKey, Lease, LedgerTable, TableItem } from '../../src/aws/ledger/dynamodb-table.ts';

/** What was asked of the table. */
export interface TableCosts {
  readonly calls: number;
  /** Items that were read. */
  readonly items: number;
  /**
   * Strongly consistent: one for each 4 KB of an item that is read by its key, and of a page of a query.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
   */
  readonly readUnits: number;
  /** One for each KB of an item that is written, two in a transaction. */
  readonly writeUnits: number;
}

/** A table, with what was asked of it since the last `reset`. */
export interface CountingTable {
  readonly table: LedgerTable;
  readonly costs: () => TableCosts;
  readonly reset: () => void;
  /** Items that the table holds. */
  readonly size: () => number;
}

const KEYS_PER_GET = 100;
const PAGE_BYTES = 1024 * 1024;
/** Roughly what the attributes' names, the version and the expiry take. */
const ITEM_BYTES = 60;

interface Held {
  readonly owner: string;
  readonly until: Date;
  readonly settled: boolean;
}

/** An empty table. */
export function countingTable(): CountingTable {
  const partitions = new Map<string, Map<string, TableItem>>();
  const leases = new Map<string, Held>();
  let costs = { calls: 0, items: 0, readUnits: 0, writeUnits: 0 };
  const find = ({ pk, sk }: ItemKey): TableItem | undefined => partitions.get(pk)?.get(sk);
  const set = (item: TableItem): void => {
    const partition = partitions.get(item.pk) ?? new Map<string, TableItem>();
    partition.set(item.sk, item);
    partitions.set(item.pk, partition);
  };
  const leaseName = ({ pk, sk }: ItemKey): string => `${pk}\n${sk}`;
  const reading = (calls: number, items: number, units: number): void => {
    costs = { ...costs, calls: costs.calls + calls, items: costs.items + items, readUnits: costs.readUnits + units };
  };
  const writing = (units: number): void => {
    costs = { ...costs, calls: costs.calls + 1, writeUnits: costs.writeUnits + units };
  };
  const table: LedgerTable = {
    get: async (keys) => {
      const found = keys.flatMap((key) => find(key) ?? []);
      // A key without an item costs as much as a small one.
      const units = found.reduce((sum, item) => sum + Math.ceil(bytesOf(item) / 4096), keys.length - found.length);
      reading(Math.ceil(keys.length / KEYS_PER_GET), found.length, units);
      return found;
    },
    query: async (pk, between, { newest = Number.POSITIVE_INFINITY } = {}) => {
      const all = [...(partitions.get(pk)?.values() ?? [])].toSorted((a, b) => (a.sk < b.sk ? -1 : 1));
      const found = all
        .filter(({ sk }) => between === undefined || (sk >= between[0] && sk <= between[1]))
        .slice(-newest);
      const bytes = found.reduce((sum, item) => sum + bytesOf(item), 0);
      const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
      reading(pages, found.length, Math.max(pages, Math.ceil(bytes / 4096)));
      return found;
    },
    put: async (item) => {
      set(item);
      writing(unitsOf(item));
    },
    replace: async (item) => {
      writing(unitsOf(item));
      if ((find(item)?.version ?? 0) !== item.version - 1) return false;
      set(item);
      return true;
    },
    putAll: async (items, { set: over = [], settled = [], deleted = [] }: AlsoWritten = {}) => {
      if (items.length + over.length + settled.length + deleted.length === 0) return true;
      if (items.some((item) => (find(item)?.version ?? 0) !== item.version - 1)) return false;
      const gone = deleted.reduce((sum, key) => sum + unitsOf(find(key)), 0);
      const written = [...items, ...over].reduce((sum, item) => sum + unitsOf(item), 0);
      writing(2 * (written + gone + settled.length));
      for (const item of [...items, ...over]) set(item);
      for (const lease of settled) leases.set(leaseName(lease), { ...held(lease), settled: true });
      for (const key of deleted) {
        partitions.get(key.pk)?.delete(key.sk);
        leases.delete(leaseName(key));
      }
      return true;
    },
    take: async (lease, now) => {
      writing(1);
      const current = leases.get(leaseName(lease));
      const isOthers = current !== undefined && current.until > now && current.owner !== lease.owner;
      if (isOthers || current?.settled === true) return false;
      leases.set(leaseName(lease), held(lease));
      return true;
    },
    giveBack: async (key, owner) => {
      writing(1);
      const current = leases.get(leaseName(key));
      if (current?.settled === false && current.owner === owner) leases.delete(leaseName(key));
    },
  };
  return {
    table,
    costs: () => costs,
    reset: () => {
      costs = { calls: 0, items: 0, readUnits: 0, writeUnits: 0 };
    },
    size: () => [...partitions.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

function held({ owner, until }: Lease): Held {
  return { owner, until, settled: false };
}

function bytesOf({ pk, sk, body }: TableItem): number {
  return Buffer.byteLength(body) + pk.length + sk.length + ITEM_BYTES;
}

function unitsOf(item: TableItem | undefined): number {
  return item === undefined ? 1 : Math.ceil(bytesOf(item) / 1024);
}
