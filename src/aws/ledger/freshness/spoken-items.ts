/** When accounts and regions spoke, in the ledger's table: an item for each in one partition, which is read as a whole to judge silence. */

import pLimit from 'p-limit';
import { groupBy } from '../../../collections.ts';
import { type Scope, scopeKey } from '../../../inventory/inventory.ts';
import { KEPT_DAYS } from '../../../ledger/change-log.ts';
import { type FreshnessLog, isJudgingDue, type Resumed, withName } from '../../../ledger/freshness/freshness-log.ts';
import { afterHearing, type Heard } from '../../../ledger/freshness/heard.ts';
import type { Spoken } from '../../../ledger/freshness/spoken.ts';
import type { ItemKey, LedgerTable, TableItem } from '../dynamodb-table.ts';
import { retried } from '../retried.ts';

const PARTITION = 'spoken';
const JUDGED: ItemKey = { pk: 'silence-judged', sk: 'last' };
const DAY_MS = 86_400_000;
const PARALLEL = 8;

/**
 * The freshness log on a table. Of two writers at once, one reads again. An item takes about 600 bytes and is written a few times an hour, so
 * that one partition has room for tens of thousands of accounts and regions.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export function freshnessLogOn(table: LedgerTable): FreshnessLog {
  const limit = pLimit(PARALLEL);
  return {
    async hear(heard, now) {
      const scopes = [...groupBy(heard, scopeKey).values()];
      const items = await table.get([JUDGED, ...scopes.map(([scope]) => keyOf(scope))]);
      const known = new Map(items.filter(({ pk }) => pk === PARTITION).map((item) => [item.sk, item]));
      const judged = items.find(({ pk }) => pk === JUDGED.pk);
      const all = scopes.map((each) =>
        limit(() => hearScope(table, each, { now, item: known.get(keyOf(each[0]).sk) })),
      );
      const resumed = (await Promise.all(all)).flatMap((one) => one ?? []);
      return { resumed, isDue: isJudgingDue(lastOf(judged), now) };
    },

    freshness: async () =>
      (await table.query(PARTITION)).map(({ sk, body }) => {
        const [accountId = '', region = ''] = sk.split(':');
        return { accountId, region, spoken: JSON.parse(body) as Spoken };
      }),

    async takeJudging(now) {
      const [item] = await table.get([JUDGED]);
      if (!isJudgingDue(lastOf(item), now)) return false;
      return table.replace({ ...JUDGED, version: (item?.version ?? 0) + 1, body: JSON.stringify(now.getTime()) });
    },

    async nameSilent(scopes, now) {
      const named = scopes.map(({ spoken, ...scope }) =>
        limit(() =>
          retried(async () => {
            const [item] = await table.get([keyOf(scope)]);
            if (item === undefined) return true;
            const before = JSON.parse(item.body) as Spoken;
            const after = withName(before, spoken, now);
            return after === before || (await table.replace(itemOf(scope, after, item.version, now))) || null;
          }),
        ),
      );
      await Promise.all(named);
    },
  };
}

function lastOf(judged: TableItem | undefined): number | undefined {
  return judged === undefined ? undefined : (JSON.parse(judged.body) as number);
}

interface HeardOnce {
  readonly now: Date;
  /** As it was read with all the others. */
  readonly item: TableItem | undefined;
}

/** Writes what is new of one account and region. Returns what was known before if its silence was a finding that is over. */
async function hearScope(
  table: LedgerTable,
  heard: readonly Heard[],
  { now, item: first }: HeardOnce,
): Promise<Resumed | undefined> {
  const [scope] = heard;
  if (scope === undefined) return undefined;
  const { accountId, region } = scope;
  let read: { readonly item: TableItem | undefined } | undefined = { item: first };
  return retried(async () => {
    const { item } = read ?? { item: (await table.get([keyOf(scope)]))[0] };
    read = undefined;
    const before = item === undefined ? undefined : (JSON.parse(item.body) as Spoken);
    const { spoken, isNew } = afterHearing(before, heard, now);
    if (spoken === undefined || !isNew) return;
    if (!(await table.replace(itemOf(scope, spoken, item?.version ?? 0, now)))) return null;
    const isOver = before?.named !== undefined && spoken.named === undefined;
    return isOver ? { accountId, region, spoken: before, record: new Date(spoken.record) } : undefined;
  });
}

function keyOf(scope: Scope | undefined): ItemKey {
  return { pk: PARTITION, sk: scope === undefined ? '' : scopeKey(scope) };
}

function itemOf(scope: Scope, spoken: Spoken, version: number, now: Date): TableItem {
  const expiresAt = new Date(now.getTime() + KEPT_DAYS * DAY_MS);
  return { ...keyOf(scope), version: version + 1, body: JSON.stringify(spoken), expiresAt };
}
