/** The change log in the ledger's table: an item for each resource, read and written a hundred at a time. */

import pLimit from 'p-limit';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import { type ChangingCall, KEPT_DAYS, type KeptResource } from '../../ledger/change-log.ts';
import {
  type Addition,
  additionsOf,
  keptResource,
  NO_CALLS,
  type ResourceCalls,
  withCalls,
} from '../../ledger/resource-calls.ts';
import type { ItemKey, LedgerTable, TableItem } from './dynamodb-table.ts';
import { retried } from './retried.ts';

const DAY_MS = 86_400_000;
/**
 * Items in one read and in one transaction: as many as DynamoDB takes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
const PER_CALL = 100;
/** Keeps a transaction under DynamoDB's 4 MB. */
const MOST_BYTES_PER_CALL = 3 * 1024 * 1024;
const PARALLEL = 8;

/**
 * Adds the calls. Writes are conditional on what was read, so that of two concurrent writers neither loses a call. If it is interrupted,
 * keeping the same calls again completes it.
 */
export async function keepCalls(table: LedgerTable, calls: readonly ChangingCall[], now: Date): Promise<void> {
  const limit = pLimit(PARALLEL);
  const expiresAt = new Date(now.getTime() + KEPT_DAYS * DAY_MS);
  await Promise.all(
    batchesOf(additionsOf(calls)).map((batch) => limit(() => retried(() => keepBatch(table, batch, expiresAt)))),
  );
}

/** Null if someone else wrote one of the items meanwhile. */
async function keepBatch(table: LedgerTable, batch: readonly Addition[], expiresAt: Date): Promise<true | null> {
  const items = await table.get(batch.map(({ scope, resourceId }) => callsKey(scope, resourceId)));
  const known = new Map(items.map((item) => [item.pk, item]));
  const writes = batch.flatMap(({ scope, resourceId, calls }): readonly TableItem[] => {
    const key = callsKey(scope, resourceId);
    const item = known.get(key.pk);
    const before: ResourceCalls = item === undefined ? NO_CALLS : JSON.parse(item.body);
    const after = withCalls(before, calls);
    if (after === before) return [];
    return [{ ...key, version: (item?.version ?? 0) + 1, body: JSON.stringify(after), expiresAt }];
  });
  for (const transaction of transactionsOf(writes)) if (!(await table.putAll(transaction))) return null;
  return true;
}

/** The items in groups that one transaction takes. */
function transactionsOf(items: readonly TableItem[]): readonly (readonly TableItem[])[] {
  const groups: TableItem[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const size = Buffer.byteLength(item.body);
    bytes += size;
    if (bytes > MOST_BYTES_PER_CALL) {
      groups.push([]);
      bytes = size;
    }
    groups.at(-1)?.push(item);
  }
  return groups;
}

/** What is kept of these resources. Reads a hundred of them with each call, whatever their number. */
export async function readCalls(
  table: LedgerTable,
  scope: Scope,
  resourceIds: readonly string[],
): Promise<readonly KeptResource[]> {
  const limit = pLimit(PARALLEL);
  const keys = [...new Set(resourceIds)].map((id) => callsKey(scope, id));
  const items = await Promise.all(batchesOf(keys).map((batch) => limit(() => table.get(batch))));
  const prefix = callsKey(scope, '').pk.length;
  return items.flat().map(({ pk, body }) => keptResource(scope, pk.slice(prefix), JSON.parse(body)));
}

function callsKey(scope: Scope, resourceId: string): ItemKey {
  return { pk: `calls#${scopeKey(scope)}#${resourceId}`, sk: 'calls' };
}

function batchesOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / PER_CALL);
  return Array.from({ length: count }, (_, at) => items.slice(at * PER_CALL, (at + 1) * PER_CALL));
}
