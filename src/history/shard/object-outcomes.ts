/** What became of each planned object of a shard: one line each, in the order of the plan, so that a fold can compare them one by one. */

import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PipelineError } from '../../errors.ts';
import type { InputManifestEntry } from '../../ledger/ledger.ts';
import type { HistoryStore } from '../history-store.ts';
import { resultFolderOf } from '../plan.ts';
import type { StoredList } from './shard-summary.ts';

/** The outcome of one object. */
export interface ObjectOutcome {
  readonly key: string;
  readonly etag?: string | undefined;
  /** `skipped`: it needed no scan. `failed`: nothing of it could be read. */
  readonly outcome: 'scanned' | 'skipped' | 'failed';
  /** What a skipped one is. */
  readonly kind?: string | undefined;
  /** Why it failed. */
  readonly reason?: string | undefined;
  /** The files in it that were scanned, with checksums: one, or those of an archive. */
  readonly files: readonly InputManifestEntry[];
}

/** What was found in an object so far. */
export type FoundObject = Omit<ObjectOutcome, 'outcome'>;

/** The outcome by what was found: of an archive, one file that was read is enough, since the others are named. */
export function outcomeOf({ key, etag, kind, reason, files }: FoundObject): ObjectOutcome {
  const named = { key, ...(etag !== undefined && { etag }) };
  if (files.length > 0) return { ...named, outcome: 'scanned', files };
  if (reason !== undefined) return { ...named, outcome: 'failed', reason, files };
  return { ...named, outcome: 'skipped', kind: kind ?? 'nothing-in-it', files };
}

/** A shard has thousands of objects; an archive can have many more files. */
const MOST_LIST_BYTES = 512 * 1024 * 1024;

/** Writes the outcomes of a shard, gzipped. The same outcomes give the same bytes. */
export async function writeOutcomes(
  result: Pick<HistoryStore, 'write'>,
  shard: string,
  outcomes: readonly ObjectOutcome[],
): Promise<StoredList> {
  const bytes = gzipSync(outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''), { level: 6 });
  const name = `${resultFolderOf(shard)}/objects.jsonl.gz`;
  await result.write(name, bytes);
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Reads them. Throws PipelineError `log-unreadable` when the list is missing or not the one that the summary names. */
export async function readOutcomes(
  result: Pick<HistoryStore, 'read' | 'place'>,
  { name, sha256 }: StoredList,
): Promise<readonly ObjectOutcome[]> {
  const path = `${result.place}/${name}`;
  const bytes = await result.read(name);
  if (bytes === undefined) throw new PipelineError('log-unreadable', `${path} is missing`, { path });
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new PipelineError('log-unreadable', `${path} is not the file that its summary names`, { path });
  const text = gunzipSync(bytes, { maxOutputLength: MOST_LIST_BYTES }).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ObjectOutcome);
}
