/** Which shards of a plan have a result already. */

import type { HistoryStore } from '../history-store.ts';
import type { ShardPointer } from '../plan.ts';
import { summaryNameOf } from '../shard/shard-summary.ts';

/** The shards without a summary, in the order of the plan. A folder without one is what a dead worker left. */
export async function unfinishedShards(
  result: Pick<HistoryStore, 'list'>,
  pointers: readonly ShardPointer[],
): Promise<readonly ShardPointer[]> {
  const done = new Set<string>();
  for await (const { name } of result.list('shard=')) if (name.endsWith('/summary.json')) done.add(name);
  return pointers.filter(({ shard }) => !done.has(summaryNameOf(shard)));
}
