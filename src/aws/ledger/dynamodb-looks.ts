/** Complete looks in the ledger's table: each as an item of its account and region, and the newest in one item that is read with findings. */

import type { JudgedRules, ScopeLook } from '../../audit/gaps/gap.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { NewestLooks } from '../../ledger/fold.ts';
import { type Covering, coveringOf } from '../../ledger/looks/covering.ts';
import type { OwnLook } from '../../ledger/looks/own-looks.ts';
import { lookItem, lookPartition } from './dynamodb-runs.ts';
import type { ItemKey, LedgerTable, TableItem } from './dynamodb-table.ts';
import { retried } from './retried.ts';

/** The newest looks at an account and region. */
export interface Newest {
  readonly version: number;
  /** The newest look that was begun to be recorded, in milliseconds since 1970: what it found is written, what it resolves may not be. */
  readonly begun: number;
  /** The newest look that is recorded completely. */
  readonly done?: JudgedRules | undefined;
}

const NONE: Newest = { version: 0, begun: Number.NEGATIVE_INFINITY };

/** The key of the item of the newest looks. */
export function newestKey(scope: Scope): ItemKey {
  return { pk: `looked#${scopeKey(scope)}`, sk: 'newest' };
}

/** The newest looks in what was read, for an account and region. */
export function newestIn(items: readonly TableItem[], scope: Scope): Newest {
  const { pk } = newestKey(scope);
  const item = items.find((each) => each.pk === pk);
  return item === undefined ? NONE : newestOf(item);
}

function newestOf({ version, body }: TableItem): Newest {
  return { version, ...(JSON.parse(body) as Pick<Newest, 'begun' | 'done'>) };
}

/** The looks in what was read that are recorded completely, by `scopeKey`. Other items are left out. */
export function doneLooksIn(items: readonly TableItem[]): NewestLooks {
  const prefix = 'looked#';
  return new Map(
    items.flatMap((item): readonly [string, Covering][] => {
      if (!item.pk.startsWith(prefix)) return [];
      const { done } = newestOf(item);
      const covering = done && coveringOf({ judged: done });
      return covering === undefined ? [] : [[item.pk.slice(prefix.length), covering]];
    }),
  );
}

/**
 * Writes the look. From then on, whoever records something older folds in what the look says, so everything that it found must be written
 * before, and what is listed must be read after.
 */
export async function beginLook(table: LedgerTable, { scope, look, covering }: OwnLook): Promise<void> {
  const item = lookItem(look, covering.at);
  await retried(async () => {
    const newest = newestIn(await table.get([newestKey(scope)]), scope);
    const begun = Math.max(newest.begun, covering.at);
    return (await table.putAll([newestItem(scope, { ...newest, begun })], { set: [item] })) || null;
  });
}

/** Notes that everything is written that the look found and resolved. */
export async function finishLook(table: LedgerTable, { scope, look, covering }: OwnLook): Promise<void> {
  await retried(async () => {
    const newest = newestIn(await table.get([newestKey(scope)]), scope);
    if (newest.done !== undefined && Date.parse(newest.done.at) >= covering.at) return true;
    return (await table.putAll([newestItem(scope, { ...newest, done: look.judged })])) || null;
  });
}

/** The item of the newest looks with the content that was read and the next version: it can be written unless another run wrote it meanwhile. */
export function sameNewest(items: readonly TableItem[], { accountId, region }: Scope): TableItem {
  const scope = { accountId, region };
  const newest = newestIn(items, scope);
  // JSON has no infinity.
  return newestItem(scope, { ...newest, begun: Math.max(newest.begun, 0) });
}

function newestItem(scope: Scope, { version, begun, done }: Newest): TableItem {
  return { ...newestKey(scope), version: version + 1, body: JSON.stringify({ begun, done }) };
}

/** The looks at an account and region at or after a time, in their order. */
export async function looksSince(table: LedgerTable, scope: Scope, since: number): Promise<readonly Covering[]> {
  const items = await table.query(lookPartition(scope), [new Date(since).toISOString(), '~']);
  return items
    .flatMap(({ body }) => coveringOf(JSON.parse(body) as ScopeLook) ?? [])
    .toSorted((one, other) => one.at - other.at);
}
