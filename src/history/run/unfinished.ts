/** Which shards of a plan have a result already. */

import type { HistoryStore } from '../history-store.ts';
import type { ShardPointer } from '../plan.ts';
import { summaryNameOf } from '../shard/shard-summary.ts';

/** The shards without the file that `nameOf` names, which is written last: what else is in their folders, dead workers left. In the order of the plan. */
export async function unfinishedShards(
  result: Pick<HistoryStore, 'list'>,
  pointers: readonly ShardPointer[],
  nameOf: (shard: string) => string = summaryNameOf,
): Promise<readonly ShardPointer[]> {
  const done = new Set<string>();
  const last = nameOf('').slice(nameOf('').lastIndexOf('/'));
  for await (const { name } of result.list('shard=')) if (name.endsWith(last)) done.add(name);
  return pointers.filter(({ shard }) => !done.has(nameOf(shard)));
}
