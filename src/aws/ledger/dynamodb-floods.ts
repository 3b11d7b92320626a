/** Flood control in the ledger's table: an item for each run that found something new, so that runs do not wait for each other. */

import { createHash } from 'node:crypto';
import { compareText } from '../../collections.ts';
import { type FloodLog, MOST_AT_ONCE } from '../../ledger/mails/floods.ts';
import type { LedgerTable, TableItem } from './dynamodb-table.ts';

const DAY_MS = 86_400_000;
/** How long the ids of held findings are kept if nobody releases them. They stay due in any case. */
const HELD_MS = 60 * DAY_MS;
/** Ids in one item: far below DynamoDB's 400 KB. */
const IDS_PER_ITEM = 5000;
/** Items that are read to count a window. Each has at least one finding, but two may have the same: then fewer are counted. */
const ITEMS_COUNTED = 2 * MOST_AT_ONCE;
const HELD = 'held';
/** Before every time in ISO 8601. */
const FIRST = '0';
/** After every key of a time. */
const LAST = '~';

/** Flood control on a table. Each call is one read or write of a few KB, whatever is open: `release` is one for each 5,000 findings. */
export function floodLogOn(table: LedgerTable): FloodLog {
  return {
    async countNew(windowEnd, findingIds) {
      const pk = `new#${windowEnd.toISOString()}`;
      // One more than the most is a flood, so further ids add nothing.
      const ids = findingIds.toSorted(compareText).slice(0, MOST_AT_ONCE + 1);
      if (ids.length > 0) await table.put(itemOf(pk, digestOf(ids), ids, windowEnd.getTime() + DAY_MS));
      const items = await table.query(pk, undefined, { newest: ITEMS_COUNTED });
      return new Set(items.flatMap(idsOf)).size;
    },

    async hold(until, findingIds) {
      for (const ids of pagesOf(findingIds)) {
        const sk = `${until.toISOString()}#${digestOf(ids)}`;
        await table.put(itemOf(HELD, sk, ids, until.getTime() + HELD_MS));
      }
    },

    heldUntil: async (now) => [...new Set((await heldItems(table, now)).flatMap(idsOf))],

    async release(now, findingIds) {
      const released = new Set(findingIds);
      for (const item of await heldItems(table, now)) {
        const left = idsOf(item).filter((id) => !released.has(id));
        const [until = ''] = item.sk.split('#');
        if (left.length === idsOf(item).length) continue;
        // What is left gets an item of its own first: if this is interrupted, nothing is forgotten.
        if (left.length > 0)
          await table.put(itemOf(HELD, `${until}#${digestOf(left)}`, left, Date.parse(until) + HELD_MS));
        await table.putAll([], { deleted: [item] });
      }
    },
  };
}

function heldItems(table: LedgerTable, now: Date): Promise<readonly TableItem[]> {
  return table.query(HELD, [FIRST, `${now.toISOString()}${LAST}`]);
}

/** The content is part of the key, so an item never changes. */
function itemOf(pk: string, sk: string, ids: readonly string[], expiresAt: number): TableItem {
  return { pk, sk, version: 1, body: JSON.stringify(ids), expiresAt: new Date(expiresAt) };
}

function idsOf({ body }: TableItem): readonly string[] {
  return JSON.parse(body);
}

function digestOf(ids: readonly string[]): string {
  return createHash('sha256').update(ids.toSorted(compareText).join('\n')).digest('hex').slice(0, 32);
}

function pagesOf(ids: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(ids.length / IDS_PER_ITEM);
  return Array.from({ length: count }, (_, page) => ids.slice(page * IDS_PER_ITEM, (page + 1) * IDS_PER_ITEM));
}
