/** Reads back the hashes of a plan's shards. */

import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { LogFile } from '../../delivery/fetch-log.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../ledger/reading.ts';
import type { KnownContent } from '../../pipeline/verify/content.ts';
import type { HistoryStore } from '../history-store.ts';
import type { ShardPointer } from '../plan.ts';
import { type FileHash, HASHES_SCHEMA, hashesNameOf } from './hash-shard.ts';

const headSchema = z.object({ schema: z.literal(HASHES_SCHEMA), plan: z.string(), shard: z.string() });

const hashSchema = z
  .object({
    path: z.string(),
    size: z.number().int().nonnegative(),
    version: z.string(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    trailingBytes: z.number().int().positive().optional(),
    damage: z.string().optional(),
  })
  .refine(({ sha256, damage }) => (sha256 === undefined) !== (damage === undefined), 'needs a sha256 or a damage');

/** What is known of files. */
export interface KnownHashes {
  /** What a file holds, by its path, size and version. Undefined for one that was changed, or never read. */
  readonly of: (file: Pick<LogFile, 'path' | 'size' | 'version'>) => KnownContent | undefined;
  /** The shards whose hashes cannot be used, with the reason. Their files are not known. */
  readonly unusable: readonly Rejected[];
}

/** Which hashes to read. */
export interface KnownRequest {
  readonly result: Pick<HistoryStore, 'read' | 'place'>;
  /** The plan's id. */
  readonly plan: string;
  readonly pointers: readonly Pick<ShardPointer, 'shard'>[];
  /** The path of a planned file as the verification lists it. */
  readonly pathOf: (planned: string) => string;
}

/** A manifest's worth of files, or those of an archive. */
const MOST_HASHES_BYTES = 512 * 1024 * 1024;

/** Reads the hashes of all shards that have some. Throws PipelineError `usage` when they are another plan's, and what the store throws. */
export async function knownHashes({ result, plan, pointers, pathOf }: KnownRequest): Promise<KnownHashes> {
  // A string per file takes a third of what an object takes, and there are millions of files.
  const known = new Map<string, string>();
  const unusable: Rejected[] = [];
  for (const { shard } of pointers) {
    const name = hashesNameOf(shard);
    const path = `${result.place}/${name}`;
    const bytes = await result.read(name);
    if (bytes === undefined) continue;
    const read = parseHashes(bytes);
    if ('reason' in read) {
      unusable.push({ path, reason: read.reason });
      continue;
    }
    if (read.plan !== plan || read.shard !== shard)
      throw new PipelineError('usage', `${path} holds the hashes of another plan: give another place with --result`, {
        path,
      });
    for (const { path: planned, ...rest } of read.hashes) known.set(pathOf(planned), JSON.stringify(rest));
  }
  return { of: (file) => contentFrom(known.get(file.path), file), unusable };
}

function contentFrom(
  text: string | undefined,
  { size, version }: Pick<LogFile, 'size' | 'version'>,
): KnownContent | undefined {
  if (text === undefined) return undefined;
  const hash = JSON.parse(text) as Omit<FileHash, 'path'>;
  if (hash.size !== size || hash.version !== version) return undefined;
  const { sha256, trailingBytes = 0, damage = '' } = hash;
  return sha256 === undefined ? { kind: 'unreadable', reason: damage } : { kind: 'hashed', sha256, trailingBytes };
}

type ParsedHashes =
  | { readonly plan: string; readonly shard: string; readonly hashes: readonly FileHash[] }
  | { readonly reason: string };

function parseHashes(packed: Buffer): ParsedHashes {
  try {
    const text = gunzipSync(packed, { maxOutputLength: MOST_HASHES_BYTES }).toString('utf8');
    const [head = '', ...lines] = text.split('\n').slice(0, -1);
    const { plan, shard } = headSchema.parse(JSON.parse(head));
    return { plan, shard, hashes: lines.map((line) => hashSchema.parse(JSON.parse(line))) };
  } catch (fault) {
    return { reason: `holds no hashes: ${fault instanceof z.ZodError ? z.prettifyError(fault) : messageOf(fault)}` };
  }
}
