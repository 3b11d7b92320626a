/** Scans shards with processes of this machine. */

import type { FailedShard } from '../../history/run/run-shards.ts';
import { runLocally } from './local-shards.ts';
import type { ScanContext, ScanWork } from './scan-context.ts';
import type { WorkerSetup } from './worker-setup.ts';

/** Scans the shards that have no result yet. Returns those that failed. */
export async function scanLocally(work: ScanWork, context: ScanContext): Promise<readonly FailedShard[]> {
  const { unfinishedShards } = await import('../../history/run/unfinished.ts');
  const { read, result, places, run, config } = work;
  const { region, trail } = config;
  const setup: WorkerSetup = { ...places, folder: read.plan.folder, run, config: { region, trail } };
  const left = await unfinishedShards(result, read.pointers);
  return runLocally(
    { read, left, script: workerScript(), setup, words: { has: 'a result', done: 'scanned' } },
    context,
  );
}

/** The module of a worker: beside this one, or beside the command in what was built. */
function workerScript(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? './worker.ts' : './history-worker.js', import.meta.url);
}
