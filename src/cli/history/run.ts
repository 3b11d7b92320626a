/** `mirrorwatch history run`: scans the shards of a plan that have no result yet, then judges what all of them found. */

import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { HistoryRun, Keep } from '../../history/history-run.ts';
import type { HistoryStore } from '../../history/history-store.ts';
import type { ReadPlan } from '../../history/plan/read-plan.ts';
import type { FailedShard } from '../../history/run/run-shards.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { loadConfig, loadWrittenConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { mailOf, readCount, readList, withAccount, withFindings, withMail } from '../options.ts';
import { isTableSeen } from '../output.ts';
import { isInS3 } from '../s3-logs.ts';
import { toolVersion } from '../version.ts';
import { type FoldOptions, foldAndReport, openFoldWorld } from './fold.ts';
import { openPlace, resultPlaceOf } from './places.ts';
import { costOf, openRunProgress } from './run-progress.ts';
import type { WorkerSetup } from './worker-setup.ts';

interface RunOptions extends FoldOptions {
  readonly local?: boolean | undefined;
  readonly workers?: number | undefined;
  readonly keep: Keep;
  readonly eventName?: readonly string[] | undefined;
  readonly scanOnly?: boolean | undefined;
}

/** Adds `history run`. */
export function addHistoryRun(history: Command): void {
  const command = history
    .command('run')
    .description('Scan the shards of a plan that have no result yet, and judge what all of them found.')
    .argument('<plan>', 'the plan: a folder, or s3://bucket/prefix')
    .option('--local', 'scan with processes of this machine')
    .option('--workers <n>', 'how many processes (default: one per core)', readCount)
    .option('--result <place>', 'where to keep the result: a folder, or s3://bucket/prefix (default: PLAN/result)')
    .addOption(
      new Option('--keep <records>', 'the records to keep for "history ask": those that are judged, or all')
        .choices(['watched', 'all'])
        .default('watched'),
    )
    .option('--event-name <list>', 'keep the records of these calls, too, such as ConsoleLogin', readList)
    .option('--scan-only', 'only scan; "history fold" judges later');
  withAccount(withFindings(withMail(command)), { records: true })
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch history run plan --local --account none
  mirrorwatch history run plan --local --workers 4 --keep all --account account.json -o json=found.json
  mirrorwatch history run s3://results/plan --local --scan-only`,
    )
    .action(run);
}

async function run(place: string, options: RunOptions): Promise<void> {
  const log = openLog(options, { tableFollows: !options.scanOnly && isTableSeen(options) });
  if (!options.local)
    throw new PipelineError('usage', 'say where to scan: --local scans with processes of this machine');
  mailOf(options);
  const config = await loadConfig(options, log);
  const connect = connectionTo(config);
  const world = options.scanOnly ? undefined : await openFoldWorld(options, config, { connect, log });
  const [{ readPlan }, { beginRun, runOf }] = await Promise.all([
    import('../../history/plan/read-plan.ts'),
    import('../../history/history-run.ts'),
  ]);
  const plans = await openPlace(place, connect);
  const read = await readPlan(plans);
  const resultPlace = options.result ?? resultPlaceOf(place);
  const result = await openPlace(resultPlace, connect);
  const asked = runOf(read.plan, {
    ...{ keep: options.keep, eventNames: options.eventName ?? [] },
    ...{ toolVersion: toolVersion(), written: await loadWrittenConfig(options) },
  });
  await beginRun(result, asked);
  const setup = {
    plan: place,
    result: resultPlace,
    folder: read.plan.folder,
    run: asked,
    config: connectionPart(config),
  };
  const failed = await scanLocally(read, result, { setup, options, log });
  for (const { shard, reason, objects } of failed)
    log.warn(`shard ${shard} with ${plural(objects, 'object')} was not scanned: ${reason}; run the same command again`);
  if (world === undefined) {
    process.exitCode = failed.length > 0 ? INCOMPLETE : CLEAN;
    return;
  }
  await foldAndReport({ plans, read, run: asked, result }, { options, world, config, connect, log });
}

function connectionPart({ region, trail }: Config): WorkerSetup['config'] {
  return { region, trail };
}

async function scanLocally(
  { plan, pointers }: ReadPlan,
  result: HistoryStore,
  {
    setup,
    options,
    log,
  }: { readonly setup: WorkerSetup & { readonly run: HistoryRun }; readonly options: RunOptions; readonly log: Log },
): Promise<readonly FailedShard[]> {
  const [{ unfinishedShards }, { runShards }, { workerProcesses }] = await Promise.all([
    import('../../history/run/unfinished.ts'),
    import('../../history/run/run-shards.ts'),
    import('../../local/history/worker-processes.ts'),
  ]);
  const left = await unfinishedShards(result, pointers);
  if (left.length < pointers.length)
    log.note(
      `${plural(pointers.length - left.length, 'shard')} of ${pointers.length} ${left.length === pointers.length - 1 ? 'has' : 'have'} a result already`,
    );
  if (left.length === 0) return [];
  const billed = plan.paths.some(isInS3);
  const total = left.reduce((sum, one) => ({ objects: sum.objects + one.objects, bytes: sum.bytes + one.bytes }), {
    objects: 0,
    bytes: 0,
  });
  const done = { shards: 0, objects: 0, bytes: 0 };
  const startedAt = performance.now();
  const line = openRunProgress(options.quiet ?? false);
  const show = (): void =>
    line.update({
      ...{ shards: left.length, shardsDone: done.shards, objects: total.objects, objectsDone: done.objects },
      ...{ bytes: total.bytes, bytesDone: done.bytes, requests: billed ? done.objects : undefined },
      elapsedMs: performance.now() - startedAt,
    });
  const workers = workerProcesses({
    ...{ script: workerScript(), setup },
    workers: Math.min(options.workers ?? availableParallelism(), left.length),
    onFile: ({ packedBytes }) => {
      done.objects += 1;
      done.bytes += packedBytes;
      show();
    },
  });
  try {
    return await runShards(left, workers, {
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
    workers.close();
    if (billed) log.note(`${costOf(done.objects)} to S3, by its list price`);
  }
}

/** The module of a worker: beside this one, or beside the command in what was built. */
function workerScript(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? './worker.ts' : './history-worker.js', import.meta.url);
}
