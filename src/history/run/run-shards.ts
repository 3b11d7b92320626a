/** Runs the shards of a plan that have no result yet: some at a time, each again if its worker dies. */

import { messageOf } from '../../errors.ts';
import type { ShardPointer } from '../plan.ts';

/** Something that scans shards: processes of this machine, or functions elsewhere. */
export interface ShardWorkers<Result> {
  /** How many shards it scans at the same time. */
  readonly atOnce: number;
  /** Scans a shard. Rejects when it failed, or its worker died: what the worker had found so far is found again. */
  readonly scan: (pointer: ShardPointer) => Promise<Result>;
}

/** A shard that has no result after all attempts. */
export interface FailedShard {
  readonly shard: string;
  readonly objects: number;
  /** Why the last attempt failed. */
  readonly reason: string;
}

/** What is told while shards are scanned. */
export interface ShardEvents<Result> {
  readonly done?: ((pointer: ShardPointer, result: Result) => void) | undefined;
  readonly retried?: ((pointer: ShardPointer, reason: string) => void) | undefined;
}

/** How often a shard is tried in one run. What kills a worker every time would never end otherwise. */
export const MOST_ATTEMPTS = 3;

/**
 * Scans the shards, in their order. Returns those that failed: the next run of the same plan scans them, and no others. A shard that fails
 * goes to the end of the line, so that what passes by itself has time to.
 */
export async function runShards<Result>(
  pointers: readonly ShardPointer[],
  workers: ShardWorkers<Result>,
  { done, retried }: ShardEvents<Result> = {},
): Promise<readonly FailedShard[]> {
  const line = pointers.map((pointer) => ({ pointer, attempt: 1 }));
  const failed: FailedShard[] = [];
  const work = async (): Promise<void> => {
    for (let next = line.shift(); next !== undefined; next = line.shift()) {
      const { pointer, attempt } = next;
      try {
        const result = await workers.scan(pointer);
        done?.(pointer, result);
      } catch (fault) {
        const reason = messageOf(fault);
        if (attempt < MOST_ATTEMPTS) {
          retried?.(pointer, reason);
          line.push({ pointer, attempt: attempt + 1 });
        } else failed.push({ shard: pointer.shard, objects: pointer.objects, reason });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers.atOnce, pointers.length) }, work));
  return failed.toSorted((one, other) => (one.shard < other.shard ? -1 : 1));
}
