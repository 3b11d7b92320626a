/** Reads ledger entries from the table: by id, of what is in sight, or all. */

import pLimit from 'p-limit';
import { byUrgency } from '../../audit/finding.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { NewestLooks } from '../../ledger/fold.ts';
import type { LedgerEntry, LedgerQuery } from '../../ledger/ledger.ts';
import { LIST_MADE, readList } from './dynamodb-list.ts';
import { doneLooksIn, newestKey } from './dynamodb-looks.ts';
import { listOlder } from './dynamodb-record.ts';
import { entryFor, FINDING_PARTITIONS, findingKey, openScopeOf, type Row, toRow } from './dynamodb-rows.ts';
import type { LedgerTable, TableItem } from './dynamodb-table.ts';

/** Partitions that are read at the same time, and so held. */
const PARALLEL = 4;
/** Accounts and regions whose newest looks are read along with findings. */
const MOST_SCOPES = 20;

/** Reads entries, most urgent first. */
export type EntryReader = (query: LedgerQuery) => Promise<readonly LedgerEntry[]>;

/**
 * A reader of entries. It remembers which accounts and regions it met, and reads their newest looks along with the next findings instead of
 * after them; the looks themselves are never remembered.
 */
export function entryReader(table: LedgerTable): EntryReader {
  const met = new Map<string, Scope>();
  let made: Promise<void> | undefined;
  return async (query) => {
    const { inSight } = query;
    if (inSight !== undefined) {
      made ??= table.get([LIST_MADE]).then((items) => listOlder(table, items));
      await made.catch((fault: unknown) => {
        made = undefined;
        throw fault;
      });
      if (inSight !== 'other-rules') met.set(scopeKey(inSight), inSight);
    }
    const found = (await Promise.all(readsOf(table, query, met))).flat();
    return found.toSorted((a, b) => byUrgency(a.finding, b.finding));
  };
}

/** Reads what a query asks for; everything, a partition at a time, so that only what matches is held. */
function readsOf(
  table: LedgerTable,
  query: LedgerQuery,
  met: Map<string, Scope>,
): readonly Promise<readonly LedgerEntry[]>[] {
  const read = async (reading: (known: readonly Scope[]) => Promise<Read>): Promise<readonly LedgerEntry[]> => {
    const { items, along } = await reading([...met.values()].slice(-MOST_SCOPES));
    const rows = items.filter(({ pk }) => pk.startsWith('finding#')).map(toRow);
    const looks = await looksFor(table, rows, { items, along, met });
    return rows.flatMap((row) => entryFor(row, query, looks) ?? []);
  };
  if (query.inSight !== undefined || query.ids !== undefined) return [read((known) => itemsFor(table, query, known))];
  const limit = pLimit(PARALLEL);
  return FINDING_PARTITIONS.map((partition) =>
    limit(() => read(async () => ({ items: await table.query(partition), along: [] }))),
  );
}

/** What was read, and the accounts and regions whose newest looks are among it, if they have any. */
interface Read {
  readonly items: readonly TableItem[];
  readonly along: readonly Scope[];
}

async function itemsFor(table: LedgerTable, { inSight, ids }: LedgerQuery, known: readonly Scope[]): Promise<Read> {
  const asked = ids && new Set(ids);
  const found =
    inSight === undefined
      ? [...(asked ?? [])]
      : (await readList(table, inSight)).map(({ id }) => id).filter((id) => asked?.has(id) ?? true);
  if (found.length === 0) return { items: [], along: known };
  return { items: await table.get([...found.map(findingKey), ...known.map(newestKey)]), along: known };
}

/** The newest looks at the accounts of open rows: those that were read along, and the others. */
async function looksFor(
  table: LedgerTable,
  rows: readonly Row[],
  { items, along, met }: Read & { readonly met: Map<string, Scope> },
): Promise<NewestLooks> {
  const have = new Set(along.map(scopeKey));
  const missing = new Map<string, Scope>();
  for (const row of rows) {
    const scope = openScopeOf(row);
    if (scope !== undefined && !have.has(scopeKey(scope))) missing.set(scopeKey(scope), scope);
  }
  for (const [key, scope] of missing) met.set(key, scope);
  const others = missing.size === 0 ? [] : await table.get([...missing.values()].map(newestKey));
  return doneLooksIn([...items, ...others]);
}
