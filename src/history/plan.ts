/** What a plan of shards says: which objects there are to scan, and in which parts. */

import type { Rejected } from '../ledger/reading.ts';

/**
 * A plan, in `plan.json`. It is data: whoever has the files and can read the objects can run it. It says nothing of what is looked for in
 * the objects; the run does.
 */
export interface HistoryPlan {
  readonly schema: typeof PLAN_SCHEMA;
  /** Tells this plan from every other: the SHA-256 of its shards' names and manifests, in hex. */
  readonly id: string;
  /** ISO 8601 UTC. */
  readonly plannedAt: string;
  /** As they were given. */
  readonly paths: readonly string[];
  /** The folder that relative paths are in: where the plan was made. Absent when all paths are in S3. */
  readonly folder?: string | undefined;
  /** ISO 8601 UTC. Objects whose names rule out events of this period are not planned. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Empty: all that were found. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly shards: number;
  readonly objects: number;
  /** As stored. */
  readonly bytes: number;
  /** What was listed and is in no shard, by kind: other services' files, days outside the period. */
  readonly skipped: Readonly<Record<string, number>>;
  /** What could not be listed or opened. */
  readonly rejected: readonly Rejected[];
}

export const PLAN_SCHEMA = 'mirrorwatch.history-plan/1';

/** The plan's file, written last: a folder without it holds no complete plan. */
export const PLAN_FILE = 'plan.json';

/** The pointers to the shards: one small JSON array, which a Distributed Map reads. */
export const SHARDS_FILE = 'shards.json';

/** Points to a shard. */
export interface ShardPointer {
  /** `00001`, in the order of the listing. */
  readonly shard: string;
  /** Its manifest below the plan: `manifest/shard-00001.jsonl.gz`, a `PlannedObject` a line. */
  readonly manifest: string;
  readonly objects: number;
  /** As stored. */
  readonly bytes: number;
}

/** An object to scan, as it was when it was listed. */
export interface PlannedObject {
  /** `s3://bucket/key`, or a file's path as `scan` names it. An archive is one object, whatever it contains. */
  readonly key: string;
  /** As stored. */
  readonly size: number;
  /** Changes with the content: S3's ETag without quotes, or a file's time of modification. Absent where none is known. */
  readonly etag?: string | undefined;
  /** It is an archive with any number of log files. */
  readonly archive?: true | undefined;
}

/** The name of a shard, by its place from 1: five digits, or more of them past 99,999. */
export function shardName(place: number): string {
  return String(place).padStart(5, '0');
}

/** A shard's manifest below its plan. */
export function manifestOf(shard: string): string {
  return `manifest/shard-${shard}.jsonl.gz`;
}

/** The folder below a result that holds what was found in a shard. */
export function resultFolderOf(shard: string): string {
  return `shard=${shard}`;
}
