/** Compares a file of kept records with its checksum: a changed byte in it may read as another record, and no reader would notice. */

import { createHash } from 'node:crypto';
import { PipelineError } from '../../errors.ts';
import type { HistoryStore } from '../history-store.ts';
import type { StoredList } from '../shard/shard-summary.ts';

/** How much is read at a time. */
const PART_BYTES = 8 * 1024 * 1024;

/**
 * Reads the file once, in parts. Throws PipelineError `log-unreadable` when it is not the file that its summary names, `log-missing` when it
 * is gone, and what the store throws.
 */
export async function checkRecordFile(
  result: Pick<HistoryStore, 'readRange' | 'place'>,
  { name, bytes, sha256 }: StoredList,
): Promise<void> {
  const hash = createHash('sha256');
  for (let start = 0; start < bytes; start += PART_BYTES)
    hash.update(await result.readRange(name, start, Math.min(bytes, start + PART_BYTES)));
  if (hash.digest('hex') === sha256) return;
  const path = `${result.place}/${name}`;
  throw new PipelineError('log-unreadable', `${path} is not the file that its summary names`, { path });
}
