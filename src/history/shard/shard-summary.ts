/** What a worker says about a shard, once and last: a shard without it is not done, whatever else lies in its folder. */

import { z } from 'zod';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../ledger/reading.ts';
import type { HistoryStore } from '../history-store.ts';
import { resultFolderOf } from '../plan.ts';

export const SHARD_SCHEMA = 'mirrorwatch.history-shard/1';

/** A shard's summary, in `shard=NNNNN/summary.json`. */
export interface ShardSummary {
  readonly schema: typeof SHARD_SCHEMA;
  /** The run's id, and the plan's. */
  readonly run: string;
  readonly plan: string;
  readonly shard: string;
  /** Every planned object is one of these: `planned` is the sum of the others. */
  readonly objects: {
    readonly planned: number;
    readonly scanned: number;
    /** By kind. */
    readonly skipped: Readonly<Record<string, number>>;
    readonly failed: number;
  };
  /** The objects that could not be read, each with the reason. */
  readonly failed: readonly FailedObject[];
  /** The counts of a scan. An archive is one object and many files. */
  readonly input: {
    readonly files: number;
    readonly records: number;
    /** After decompression. */
    readonly bytes: number;
    /** As stored. */
    readonly packedBytes: number;
    readonly skipped: Readonly<Record<string, number>>;
    readonly rejected: readonly Rejected[];
    /** Whether a record of the run's period is known; true without a period. */
    readonly inPeriod: boolean;
  };
  /** Files that hold nothing of CloudTrail's, and what could not be opened. */
  readonly foreignFiles: number;
  readonly unopened: number;
  /** The logs of accounts that are not listed: account, number of files, the first of them. */
  readonly foreignAccounts: readonly (readonly [accountId: string, files: number, first: string])[];
  /** Files whose checksum failed: their records may not be what CloudTrail wrote. */
  readonly unsound: readonly string[];
  /** Remarks on files that take nothing from the result. */
  readonly warnings: readonly string[];
  /** The line of each planned object and its outcome. */
  readonly objectList: StoredList;
  readonly kept: {
    readonly records: number;
    /** How many of the kept records each call has, the most frequent first. */
    readonly eventNames: Readonly<Record<string, number>>;
    readonly files: readonly RecordFile[];
  };
}

/** A file of a result, and how to know that it is whole. */
export interface StoredList {
  /** Below the result. */
  readonly name: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** A planned object that could not be read. */
export interface FailedObject {
  readonly key: string;
  readonly etag?: string | undefined;
  readonly reason: string;
}

/** A file of kept records. */
export interface RecordFile extends StoredList {
  readonly records: number;
  /** The accounts and regions of its records, in the order of its rows. */
  readonly scopes: readonly RecordScope[];
}

/** The records of an account and region in a file. */
export interface RecordScope {
  readonly accountId: string;
  readonly region: string;
  readonly records: number;
  /** Milliseconds since 1970 in UTC; absent if no record has a time. */
  readonly first?: number | undefined;
  readonly last?: number | undefined;
}

/** The place of a shard's summary below its result. */
export function summaryNameOf(shard: string): string {
  return `${resultFolderOf(shard)}/summary.json`;
}

const counts = z.record(z.string(), z.number().int().nonnegative());
const list = { name: z.string(), bytes: z.number(), sha256: z.string() };
const summarySchema = z.object({
  schema: z.literal(SHARD_SCHEMA),
  run: z.string(),
  plan: z.string(),
  shard: z.string(),
  objects: z.object({ planned: z.number(), scanned: z.number(), skipped: counts, failed: z.number() }),
  failed: z.array(z.object({ key: z.string(), etag: z.string().optional(), reason: z.string() })).readonly(),
  input: z.object({
    files: z.number(),
    records: z.number(),
    bytes: z.number(),
    packedBytes: z.number(),
    skipped: counts,
    rejected: z.array(z.custom<Rejected>((value) => typeof value === 'object' && value !== null)).readonly(),
    inPeriod: z.boolean().default(true),
  }),
  foreignFiles: z.number(),
  unopened: z.number(),
  foreignAccounts: z.array(z.tuple([z.string(), z.number(), z.string()]).readonly()).readonly(),
  unsound: z.array(z.string()).readonly(),
  warnings: z.array(z.string()).readonly(),
  objectList: z.object(list),
  kept: z.object({
    records: z.number(),
    eventNames: counts,
    files: z
      .array(
        z.object({
          ...list,
          records: z.number(),
          scopes: z
            .array(
              z.object({
                accountId: z.string(),
                region: z.string(),
                records: z.number(),
                first: z.number().optional(),
                last: z.number().optional(),
              }),
            )
            .readonly(),
        }),
      )
      .readonly(),
  }),
});

/**
 * A shard's summary; undefined while it is not done. Throws PipelineError `log-unreadable` when the summary is damaged, or of another run or
 * shard: the shard's result cannot be used then, and is not taken for done.
 */
export async function readSummary(
  result: Pick<HistoryStore, 'read' | 'place'>,
  shard: string,
  run: { readonly id: string },
): Promise<ShardSummary | undefined> {
  const name = summaryNameOf(shard);
  const bytes = await result.read(name);
  if (bytes === undefined) return undefined;
  const path = `${result.place}/${name}`;
  const unusable = (reason: string, cause?: unknown): PipelineError =>
    new PipelineError('log-unreadable', `${path}: ${reason}`, { path, cause });
  let summary: ShardSummary;
  try {
    summary = summarySchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw unusable(
      `is no summary of a shard: ${cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)}`,
      cause,
    );
  }
  if (summary.run !== run.id) throw unusable('is of another run');
  if (summary.shard !== shard) throw unusable(`is of shard ${summary.shard}`);
  if (!addsUp(summary)) throw unusable('its counts do not add up');
  return summary;
}

/** True if each count is the sum of its parts, as a worker writes it. */
function addsUp({ objects, failed, kept }: ShardSummary): boolean {
  const { planned, scanned, skipped } = objects;
  return (
    planned === sumOf([scanned, objects.failed, ...Object.values(skipped)]) &&
    objects.failed === failed.length &&
    kept.records === sumOf(kept.files.map(({ records }) => records)) &&
    kept.files.every(({ records, scopes }) => records === sumOf(scopes.map((scope) => scope.records)))
  );
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
