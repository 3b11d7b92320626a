/** The complete looks before and after each update that is recorded, and the newest one, which must not move meanwhile. */

import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { FindingUpdate, LooksAround } from '../../ledger/finding-updates.ts';
import { type Covering, coveringOf } from '../../ledger/looks/covering.ts';
import type { OwnLook } from '../../ledger/looks/own-looks.ts';
import { looksSince, newestIn, newestKey, sameNewest } from './dynamodb-looks.ts';
import type { Row } from './dynamodb-rows.ts';
import type { ItemKey, LedgerTable, TableItem } from './dynamodb-table.ts';

/** The looks that the recording of an observation knows and can read. */
export interface LooksRead {
  /** The observation's own complete looks, by `scopeKey`. */
  readonly own: ReadonlyMap<string, OwnLook>;
  /** The complete looks since the oldest update of an account and region. Reads them once for each newest look (`begun`). */
  readonly looksOf: (scope: Scope, begun: number) => Promise<readonly Covering[]>;
}

/** The complete looks that say something about an update, and the time of the newest. Reads looks only if the update is older than one. */
export async function looksFor(
  { own, looksOf }: LooksRead,
  { about, at }: FindingUpdate,
  { history }: Row,
  items: readonly TableItem[],
): Promise<{ readonly looks?: LooksAround | undefined; readonly newest?: number | undefined }> {
  const scope = about ?? history.latest?.content;
  if (scope === undefined) return {};
  const { covering, before } = own.get(scopeKey(scope)) ?? {};
  const { begun, done } = newestIn(items, scope);
  const isOwn = covering?.at === at.getTime();
  // Another run may have begun a newer look after this run read which one is the newest.
  const isLate = about !== undefined && (isOwn ? at.getTime() < begun : at.getTime() <= begun);
  const looks = isLate ? await looksOf(scope, begun) : [];
  const later = isOwn ? looks.filter((look) => look.at > covering.at) : looks;
  const last = done === undefined ? before : coveringOf({ judged: done });
  return { looks: { later, last, own: covering }, newest: Math.max(begun, covering?.at ?? begun) };
}

/** Reads the complete looks since the oldest of these updates of each account and region: once for each newest look. */
export function looksOnce(table: LedgerTable, updates: readonly FindingUpdate[]): LooksRead['looksOf'] {
  const oldest = new Map<string, number>();
  for (const { about, at } of updates) {
    const key = about === undefined ? '' : scopeKey(about);
    oldest.set(key, Math.min(oldest.get(key) ?? Number.POSITIVE_INFINITY, at.getTime()));
  }
  const read = new Map<string, Promise<readonly Covering[]>>();
  return (scope, begun) => {
    const key = scopeKey(scope);
    const reading = `${key} ${begun}`;
    const looks = read.get(reading) ?? looksSince(table, scope, oldest.get(key) ?? 0);
    read.set(reading, looks);
    return looks;
  };
}

/** The keys of the newest looks at the accounts and regions of these updates. */
export function newestKeys(batch: readonly FindingUpdate[]): readonly ItemKey[] {
  return [...scopesIn(batch).values()].map(newestKey);
}

/**
 * The items of the newest looks where the observation is a look itself, as they were read: if another run begins a newer look meanwhile,
 * the transaction fails, and what it writes is late.
 */
export function untouchedLooks(
  { own }: LooksRead,
  batch: readonly FindingUpdate[],
  items: readonly TableItem[],
): readonly TableItem[] {
  return [...scopesIn(batch)].flatMap(([key, scope]) => (own.has(key) ? [sameNewest(items, scope)] : []));
}

/** The accounts and regions of updates, by `scopeKey`. */
function scopesIn(batch: readonly FindingUpdate[]): ReadonlyMap<string, Scope> {
  return new Map(batch.flatMap(({ about }) => (about === undefined ? [] : [[scopeKey(about), about]])));
}
