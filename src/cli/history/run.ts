/** `mirrorwatch history run`: scans the shards of a plan that have no result yet, then judges what all of them found. */

import { type Command, Option } from 'commander';
import { plural } from '../../collections.ts';
import { PipelineError } from '../../errors.ts';
import type { Keep } from '../../history/history-run.ts';
import type { FailedShard } from '../../history/run/run-shards.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { loadConfig, loadWrittenConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { mailOf, readCount, readList, withAccount, withFindings, withMail } from '../options.ts';
import { refuseOrganization } from '../organization-members.ts';
import { isTableSeen } from '../output.ts';
import { toolVersion } from '../version.ts';
import { type FoldOptions, foldAndReport, openFoldWorld } from './fold.ts';
import { openPlace, resultPlaceOf } from './places.ts';
import type { ScanWork } from './scan-context.ts';
import { checkReachable, scanInAws } from './scan-in-aws.ts';
import { scanLocally } from './scan-locally.ts';

interface RunOptions extends FoldOptions {
  readonly local?: boolean | undefined;
  readonly stateMachine?: string | undefined;
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
    .option('--state-machine <arn>', 'scan with the functions of deploy/history.json, in AWS')
    .option('--workers <n>', 'how many at a time (default: a process for each core, or 100 functions)', readCount)
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
  mirrorwatch history run s3://history/plan --local --scan-only
  mirrorwatch history run s3://history/plan --state-machine arn:aws:states:eu-west-1:111122223333:stateMachine:mirrorwatch-history --account none`,
    )
    .action(run);
}

async function run(place: string, options: RunOptions): Promise<void> {
  const log = openLog(options, { tableFollows: !options.scanOnly && isTableSeen(options) });
  checkWhere(options);
  mailOf(options);
  const config = await loadConfig(options, log);
  refuseOrganization(config, 'history');
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
  const work = { ...{ plans, read, result, run: asked, config }, places: { plan: place, result: resultPlace } };
  if (options.stateMachine !== undefined) checkReachable(work);
  await beginRun(result, asked);
  const context = { ...{ workers: options.workers, quiet: options.quiet ?? false }, connect, log };
  const failed =
    options.stateMachine === undefined
      ? await scanLocally(work, context)
      : await scanInAws(options.stateMachine, work, context);
  for (const { shard, reason, objects } of failed)
    log.warn(`shard ${shard} with ${plural(objects, 'object')} was not scanned: ${reason}; run the same command again`);
  if (world === undefined) {
    await reportScan(work, failed, log);
    return;
  }
  await foldAndReport({ plans, read, run: asked, result }, { options, world, config, connect, log });
}

/** Names what could not be read; "history fold" compares it with the plan. The shards that were not scanned are named already. */
async function reportScan(
  { read: { plan, pointers }, run: asked, result }: ScanWork,
  failed: readonly FailedShard[],
  log: Log,
): Promise<void> {
  const { countInput, objectsInWords } = await import('../../history/fold/fold-input.ts');
  const named = new Set(failed.map(({ shard }) => `shard ${shard}`));
  const { tally, objects } = await countInput({ plan, run: asked, pointers, result });
  log.note(objectsInWords(objects));
  for (const rejected of tally.rejected) if (!named.has(rejected.path)) log.rejected(rejected);
  process.exitCode = tally.rejected.length > 0 ? INCOMPLETE : CLEAN;
}

function checkWhere({ local = false, stateMachine }: RunOptions): void {
  if (local === (stateMachine === undefined)) {
    if (stateMachine === undefined || /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[\w-]+$/.test(stateMachine))
      return;
    throw new PipelineError(
      'usage',
      `--state-machine: ${JSON.stringify(stateMachine)} is no ARN of a state machine, such as arn:aws:states:eu-west-1:111122223333:stateMachine:mirrorwatch-history`,
    );
  }
  throw new PipelineError(
    'usage',
    'say where to scan: --local with processes of this machine, or --state-machine ARN in AWS',
  );
}
