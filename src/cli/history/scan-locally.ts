/** Scans shards with processes of this machine. */

import { availableParallelism } from 'node:os';
import { plural } from '../../collections.ts';
import type { FailedShard } from '../../history/run/run-shards.ts';
import { isInS3 } from '../s3-logs.ts';
import { costOf, openRunProgress } from './run-progress.ts';
import { type ScanContext, type ScanWork, sumOf } from './scan-context.ts';
import type { WorkerSetup } from './worker-setup.ts';

/** Scans the shards that have no result yet. Returns those that failed. */
export async function scanLocally(
  work: ScanWork,
  { workers, quiet, log }: ScanContext,
): Promise<readonly FailedShard[]> {
  const { plan, pointers } = work.read;
  const [{ unfinishedShards }, { runShards }, { workerProcesses }] = await Promise.all([
    import('../../history/run/unfinished.ts'),
    import('../../history/run/run-shards.ts'),
    import('../../local/history/worker-processes.ts'),
  ]);
  const left = await unfinishedShards(work.result, pointers);
  if (left.length < pointers.length)
    log.note(
      `${plural(pointers.length - left.length, 'shard')} of ${pointers.length} ${left.length === pointers.length - 1 ? 'has' : 'have'} a result already`,
    );
  if (left.length === 0) return [];
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
    ...{ script: workerScript(), setup: setupOf(work) },
    workers: Math.min(workers ?? availableParallelism(), left.length),
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
        log.warn(`shard ${shard} is scanned again: ${reason}`);
      },
    });
  } finally {
    line.done();
    processes.close();
    if (billed) log.note(`${costOf(done.objects)} to S3, by its list price`);
  }
}

function setupOf({ places, read, run, config: { region, trail } }: ScanWork): WorkerSetup {
  return { ...places, folder: read.plan.folder, run, config: { region, trail } };
}

/** The module of a worker: beside this one, or beside the command in what was built. */
function workerScript(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? './worker.ts' : './history-worker.js', import.meta.url);
}
