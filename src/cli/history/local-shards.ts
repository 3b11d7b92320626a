/** Has processes of this machine work on shards, and shows how far they are. */

import { availableParallelism } from 'node:os';
import { plural } from '../../collections.ts';
import type { ReadPlan } from '../../history/plan/read-plan.ts';
import type { ShardPointer } from '../../history/plan.ts';
import type { FailedShard } from '../../history/run/run-shards.ts';
import { isInS3 } from '../s3-logs.ts';
import { costOf, openRunProgress } from './run-progress.ts';
import { type ScanContext, sumOf } from './scan-context.ts';

/** What the processes do. */
export interface ShardWork<Setup> {
  readonly read: ReadPlan;
  /** The shards that are not done. */
  readonly left: readonly ShardPointer[];
  readonly script: URL;
  readonly setup: Setup;
  /** What a shard that is done has, and what happens to one: `a result`, `scanned`. */
  readonly words: { readonly has: string; readonly done: string };
}

/** How many processes work on shards, of which there are so many. */
export function workersFor(left: readonly ShardPointer[], workers: number | undefined): number {
  return Math.min(workers ?? availableParallelism(), left.length);
}

/** Works on the shards that are left. Returns those that failed. */
export async function runLocally<Setup>(
  { read: { plan, pointers }, left, script, setup, words }: ShardWork<Setup>,
  { workers, quiet, log }: Omit<ScanContext, 'connect'>,
): Promise<readonly FailedShard[]> {
  const before = pointers.length - left.length;
  if (before > 0)
    log.note(`${plural(before, 'shard')} of ${pointers.length} ${before === 1 ? 'has' : 'have'} ${words.has} already`);
  if (left.length === 0) return [];
  const [{ runShards }, { workerProcesses }] = await Promise.all([
    import('../../history/run/run-shards.ts'),
    import('../../local/history/worker-processes.ts'),
  ]);
  const billed = plan.paths.some(isInS3);
  const total = sumOf(left);
  const done = { shards: 0, objects: 0, bytes: 0 };
  const startedAt = performance.now();
  const line = openRunProgress(quiet);
  const show = (): void =>
    line.update({
      ...{ shards: left.length, shardsDone: done.shards, objects: total.objects, objectsDone: done.objects },
      ...{ bytes: total.bytes, bytesDone: done.bytes, requests: billed ? done.objects : undefined },
      elapsedMs: performance.now() - startedAt,
    });
  const processes = workerProcesses({
    ...{ script, setup },
    workers: workersFor(left, workers),
    onFile: ({ packedBytes }) => {
      done.objects += 1;
      done.bytes += packedBytes;
      show();
    },
  });
  try {
    return await runShards(left, processes, {
      done: () => {
        done.shards += 1;
        show();
      },
      retried: ({ shard }, reason) => {
        line.done();
        log.warn(`shard ${shard} is ${words.done} again: ${reason}`);
      },
    });
  } finally {
    line.done();
    processes.close();
    if (billed) log.note(`${costOf(done.objects)} to S3, by its list price`);
  }
}
