/** Hashes the files of one shard, once, so that a verification that is stopped need not read them again. */

import { gzipSync } from 'node:zlib';
import type { FoundLog, LogFile } from '../../delivery/fetch-log.ts';
import { PipelineError } from '../../errors.ts';
import { contentOf } from '../../pipeline/verify/content.ts';
import { readAhead } from '../../pipeline/verify/read-ahead.ts';
import type { RequestPace } from '../../pipeline/verify/request-pace.ts';
import type { HistoryStore } from '../history-store.ts';
import { type PlannedObject, resultFolderOf, type ShardPointer } from '../plan.ts';

export const HASHES_SCHEMA = 'mirrorwatch.history-hashes/1';

/** The first line of a shard's hashes. */
export interface HashesHead {
  readonly schema: typeof HASHES_SCHEMA;
  /** The plan's id. */
  readonly plan: string;
  readonly shard: string;
}

/** One of the other lines: what was read of a file. */
export interface FileHash extends Pick<LogFile, 'path' | 'size'> {
  /** The file is the one that was read as long as it has this version, and its size. */
  readonly version: string;
  /** Of its first gzip member, inflated; in hex. Absent from a damaged file. */
  readonly sha256?: string | undefined;
  /** How many bytes follow that member. Absent for none. */
  readonly trailingBytes?: number | undefined;
  /** Why it cannot be read, which is the file's own fault. */
  readonly damage?: string | undefined;
}

/** What there is to hash, and where its hashes go. */
export interface HashPorts {
  readonly result: Pick<HistoryStore, 'write'>;
  /** The log files in a planned object. */
  readonly open: (object: PlannedObject) => AsyncIterable<FoundLog>;
  readonly pace: RequestPace;
  readonly maxLogBytes: number;
  /** Told after each file that was read. */
  readonly onFile?: ((packedBytes: number) => void) | undefined;
}

/** How many files a shard has, and how many of them have no hash. */
export interface HashedShard {
  readonly files: number;
  /** They are read again when they are judged: what is not as it was planned, or longer than the limit. */
  readonly unread: number;
}

/** The place of a shard's hashes below its result. */
export function hashesNameOf(shard: string): string {
  return `${resultFolderOf(shard)}/hashes.jsonl.gz`;
}

/**
 * Hashes the files of a shard, and writes the hashes once, at the end. Throws when reading fails in a way that may pass, or nothing can be
 * written: then the shard is not done.
 */
export async function hashShard(
  { shard }: Pick<ShardPointer, 'shard'>,
  objects: AsyncIterable<PlannedObject> | Iterable<PlannedObject>,
  plan: string,
  { result, open, pace, maxLogBytes, onFile }: HashPorts,
): Promise<HashedShard> {
  const head: HashesHead = { schema: HASHES_SCHEMA, plan, shard };
  const lines: string[] = [JSON.stringify(head)];
  let files = 0;
  const isKnowable = ({ version }: LogFile): boolean => version !== undefined;
  for await (const { found, packed, fault } of readAhead(filesOf(objects, open), isKnowable, {
    pace,
    maxBytes: maxLogBytes,
  })) {
    if (fault instanceof PipelineError && fault.retryable) throw fault;
    if (found.kind !== 'log') continue;
    files += 1;
    if (packed === undefined) continue;
    const hash = hashOf(found.file, packed, maxLogBytes);
    if (hash !== undefined) lines.push(JSON.stringify(hash));
    onFile?.(packed.length);
  }
  await result.write(hashesNameOf(shard), gzipSync(`${lines.join('\n')}\n`, { level: 6 }), { once: true });
  return { files, unread: files - (lines.length - 1) };
}

async function* filesOf(
  objects: AsyncIterable<PlannedObject> | Iterable<PlannedObject>,
  open: HashPorts['open'],
): AsyncGenerator<FoundLog, void, undefined> {
  for await (const object of objects) yield* open(object);
}

function hashOf({ path, size, version }: LogFile, packed: Buffer, maxLogBytes: number): FileHash | undefined {
  const { content } = contentOf({ packed }, maxLogBytes);
  if (version === undefined || content === undefined) return undefined;
  const file = { path, size, version };
  switch (content.kind) {
    case 'present':
    case 'hashed': {
      const { sha256, trailingBytes } = content;
      return { ...file, sha256, ...(trailingBytes > 0 && { trailingBytes }) };
    }
    case 'unreadable':
      return { ...file, damage: content.reason };
    case 'unread':
      return undefined;
  }
}
