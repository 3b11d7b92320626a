/** Shares slow-changing lists between functions: the one that repairs begins when the one that finds has just read them. */

import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { LedgerTable } from '../ledger/dynamodb-table.ts';
import type { Cache } from './cache.ts';

/** How old a list may be when it is taken over: as long as a function may run, since repairs may begin when the one that finds ends. */
export const SHARED_LIST_MS = 5 * 60_000;
/** When DynamoDB may delete it. */
const EXPIRES_MS = 10 * 60_000;
/** The most compressed bytes of a list that is shared. A longer one is read again: an item of DynamoDB holds 400 KB at most. */
const MOST_BYTES = 100_000;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** How lists are shared. */
export interface Sharing {
  readonly table: Pick<LedgerTable, 'get' | 'put'>;
  /** `publish` writes what was read; `take` takes over what another function published, if it is recent. */
  readonly use: 'publish' | 'take';
  /** True for the keys of lists that are shared. */
  readonly isShared: (key: string) => boolean;
  /** In milliseconds. */
  readonly now: () => number;
}

/**
 * The cache, with lists shared between functions through the ledger's table, which only our own roles can write to. A refreshed or
 * dropped list is read from EC2, never taken over. The table is only a short cut: whatever it answers, the list is read if it is not
 * there.
 */
export function sharedCache(cache: Cache, sharing: Sharing): Cache {
  const dropped = new Set<string>();
  return {
    get: <T>(key: string, read: () => Promise<T>, refresh = false): Promise<T> =>
      cache.get(
        key,
        async () => {
          const isStale = dropped.delete(key) || refresh;
          if (!sharing.isShared(key)) return read();
          const taken = sharing.use === 'take' && !isStale ? await takenOver(key, sharing) : undefined;
          if (taken !== undefined) return taken as T;
          const readAt = sharing.now();
          const value = await read();
          if (sharing.use === 'publish') await publish(key, { readAt, value }, sharing);
          return value;
        },
        refresh,
      ),
    forget(key) {
      dropped.add(key);
      cache.forget(key);
    },
  };
}

function keyOf(key: string): { readonly pk: string; readonly sk: string } {
  return { pk: `list#${key}`, sk: 'list' };
}

async function takenOver(key: string, { table, now }: Sharing): Promise<unknown> {
  try {
    const [item] = await table.get([keyOf(key)]);
    if (item === undefined) return undefined;
    const { readAt, packed } = JSON.parse(item.body) as { readonly readAt: number; readonly packed: string };
    const ageMs = now() - readAt;
    if (ageMs < 0 || ageMs >= SHARED_LIST_MS) return undefined;
    return JSON.parse((await unpack(Buffer.from(packed, 'base64'))).toString());
  } catch {
    // EC2 has the list itself.
    return undefined;
  }
}

async function publish(
  key: string,
  { readAt, value }: { readonly readAt: number; readonly value: unknown },
  { table }: Sharing,
): Promise<void> {
  try {
    const packed = await pack(JSON.stringify(value));
    if (packed.length > MOST_BYTES) return;
    const body = JSON.stringify({ readAt, packed: packed.toString('base64') });
    await table.put({ ...keyOf(key), version: 0, body, expiresAt: new Date(readAt + EXPIRES_MS) });
  } catch {
    // The other function reads the list itself.
  }
}
