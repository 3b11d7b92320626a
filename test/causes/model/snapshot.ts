/** The account as the product reads it: a region of a snapshot, and the inventory that `parseSnapshot` makes of it. */

import type { Inventory } from '../../../src/inventory/inventory.ts';
import { parseSnapshot, SNAPSHOT_SCHEMA } from '../../../src/inventory/snapshot.ts';
import { type Account, tableKey } from './account.ts';
import { ACCOUNT_ID, REGION } from './actors.ts';
import { LISTS } from './aws-lists.ts';

/** A snapshot (`mirrorwatch.account/1`), with `SecurityGroupRules` as DescribeSecurityGroupRules returns them. */
export function snapshotOf(account: Account): object {
  const lists = LISTS.map(({ key, list }) => [key, list(account)]);
  return snapshotWith(Object.fromEntries(lists));
}

function snapshotWith(lists: object): object {
  return { schema: SNAPSHOT_SCHEMA, regions: [{ accountId: ACCOUNT_ID, region: REGION, ...lists }] };
}

/** Remembers the lists that were read, by what they were made from. One for a run of many accounts that differ little. */
export type ReadLists = Map<string, Partial<Inventory>>;

/** The inventory of an account: what `parseSnapshot` reads from its snapshot, one list at a time. */
export function inventoryOf(account: Account, known: ReadLists = new Map()): Inventory {
  return inventoryOfLists(() => account, known);
}

/** The inventory of a look that took its time: each list shows the account as it was at another moment. */
export function inventoryOfLists(accountFor: () => Account, known: ReadLists = new Map()): Inventory {
  let inventory: Inventory = { accountId: ACCOUNT_ID, region: REGION };
  for (const { key, from, list } of LISTS) {
    const account = accountFor();
    const text = `${key} ${from.map((name) => tableKey(account[name])).join('\n')}`;
    let read = known.get(text);
    if (read === undefined) {
      const { inventories, problems } = parseSnapshot(snapshotWith({ [key]: list(account) }), 'the model');
      if (problems.length > 0) throw new Error(`the model's ${key} cannot be read: ${JSON.stringify(problems[0])}`);
      const { accountId, region, ...lists } = inventories[0] ?? { accountId: ACCOUNT_ID, region: REGION };
      read = lists;
      known.set(text, read);
    }
    inventory = { ...inventory, ...read };
  }
  return inventory;
}
