/** Finds files of records that no summary names: what reads a result without its summaries, such as Athena, takes them for its own. */

import type { HistoryStore } from '../history-store.ts';
import { resultFolderOf } from '../plan.ts';
import type { FoldedShard } from './fold-input.ts';

/**
 * The names of such files of shards that are done, in byte order: a worker that died left them, and the one that took its place wrote others,
 * since the logs had changed or its version packs otherwise. Throws what the store throws.
 */
export async function strayFiles(
  result: Pick<HistoryStore, 'list'>,
  shards: readonly Pick<FoldedShard, 'shard' | 'files'>[],
): Promise<readonly string[]> {
  const done = new Set(shards.map(({ shard }) => resultFolderOf(shard)));
  const named = new Set(shards.flatMap(({ files }) => files.map(({ name }) => name)));
  const stray: string[] = [];
  for await (const { name } of result.list('shard=')) {
    const [folder = '', kind] = name.split('/');
    if (kind === 'records' && done.has(folder) && !named.has(name)) stray.push(name);
  }
  return stray;
}
