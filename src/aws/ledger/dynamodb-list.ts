/** The list of findings that are in sight, by account and region: small items, written with the findings in one transaction. */

import type { Sight } from '../../ledger/ledger.ts';
import { FINDING_PARTITIONS, isToBeListed, type Listed, listPartition, toRow } from './dynamodb-rows.ts';
import type { ItemKey, LedgerTable, TableItem } from './dynamodb-table.ts';

/** A finding in the list. */
export interface ListedFinding {
  readonly id: string;
  readonly listed: Listed;
}

/** What is listed in a part. Reads the list alone. */
export async function readList(table: LedgerTable, sight: Sight): Promise<readonly ListedFinding[]> {
  const items = await table.query(listPartition(sight));
  return items.map(({ sk, body }) => ({ id: sk, listed: JSON.parse(body) as Listed }));
}

/** The item that says whether the list of an older ledger was made. */
export const LIST_MADE: ItemKey = { pk: 'sight', sk: 'made' };

/** Old functions may still write for a quarter of an hour after new ones have started, and they write no list. */
const OLD_WRITERS_MS = 3_600_000;

interface Made {
  /** When the first look after the list was made was recorded, ISO 8601 UTC. Absent until then. */
  readonly at?: string | undefined;
  /** True once it was made again after the last old function had ended. */
  readonly final: boolean;
}

/**
 * Makes the list of a ledger that was written by an older version, and once more an hour later. `now` is the time of the look that is being
 * recorded; without one, the list is only made if there is none. `write` writes findings by their ids, and
 * lists them. If several do this at once, each finding is still listed once. `items` are those of `LIST_MADE`, as they were read.
 */
export async function makeList(
  table: LedgerTable,
  items: readonly TableItem[],
  now: Date | undefined,
  write: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  const item = items.find(({ pk, sk }) => pk === LIST_MADE.pk && sk === LIST_MADE.sk);
  const made: Made | undefined = item && JSON.parse(item.body);
  if (made !== undefined && (made.final || now === undefined)) return;
  const put = (body: Made): Promise<void> =>
    table.put({ ...LIST_MADE, version: (item?.version ?? 0) + 1, body: JSON.stringify(body) });
  const at = now?.toISOString();
  if (made !== undefined && made.at === undefined) return put({ at, final: false });
  if (made?.at !== undefined && Number(now) - Date.parse(made.at) < OLD_WRITERS_MS) return;
  for (const partition of FINDING_PARTITIONS) {
    const rows = (await table.query(partition)).map(toRow);
    await write(rows.filter(isToBeListed).map(({ id }) => id));
  }
  await put({ at, final: made !== undefined });
}
