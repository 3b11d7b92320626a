/** `mirrorwatch history fold`: adds up the shards of a plan, accounts for every object, and judges what was found. */

import type { Command } from 'commander';
import { plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { HistoryRun } from '../../history/history-run.ts';
import type { HistoryStore } from '../../history/history-store.ts';
import type { ReadPlan } from '../../history/plan/read-plan.ts';
import { refusalsOf, warnOfForeign } from '../checks/foreign-logs.ts';
import { spanOf } from '../checks/logs-read.ts';
import { refuseToJudgeNothing } from '../checks/request.ts';
import { type Connect, connectionTo } from '../connection.ts';
import type { CommandRun } from '../judge-and-report.ts';
import { loadConfig, loadWrittenConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { type CommonOptions, mailOf, withAccount, withFindings, withMail } from '../options.ts';
import { refuseOrganization } from '../organization-members.ts';
import { isTableSeen } from '../output.ts';
import { toolVersion } from '../version.ts';
import { openWorldOrRecords, type World } from '../world.ts';
import { openPlace, resultPlaceOf } from './places.ts';

/** The options of a command that judges a result. */
export interface FoldOptions extends CommonOptions {
  readonly result?: string | undefined;
  readonly mail?: string | true | undefined;
}

/** Adds `history fold`. */
export function addHistoryFold(history: Command): void {
  const command = history
    .command('fold')
    .description('Account for every object of a plan, and judge what its shards found. Scans nothing.')
    .argument('<plan>', 'the plan: a folder, or s3://bucket/prefix')
    .option('--result <place>', 'where the result is kept (default: PLAN/result)');
  withAccount(withFindings(withMail(command)), { records: true })
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch history fold plan --account none
  mirrorwatch history fold plan --account account.json -o html=report.html`,
    )
    .action(run);
}

async function run(place: string, options: FoldOptions): Promise<void> {
  const log = openLog(options, { tableFollows: isTableSeen(options) });
  mailOf(options);
  const config = await loadConfig(options, log);
  refuseOrganization(config, 'history');
  const connect = connectionTo(config);
  const world = await openFoldWorld(options, config, { connect, log });
  const [{ readPlan }, { readRun, runOf }] = await Promise.all([
    import('../../history/plan/read-plan.ts'),
    import('../../history/history-run.ts'),
  ]);
  const plans = await openPlace(place, connect);
  const read = await readPlan(plans);
  const result = await openPlace(options.result ?? resultPlaceOf(place), connect);
  const there = await readRun(result);
  if (there === undefined)
    throw new PipelineError(
      'usage',
      `${result.place} holds no result: scan the plan with "mirrorwatch history run ${place}"`,
      {
        path: result.place,
      },
    );
  const asked = runOf(read.plan, { ...there, toolVersion: toolVersion(), written: await loadWrittenConfig(options) });
  if (asked.id !== there.id)
    throw new PipelineError(
      'usage',
      `${result.place} answers another question: it is of another plan or version, or "watch", "trail.accounts" or "maxLogBytes" of the configuration were different; run the plan again with another --result`,
      { path: result.place },
    );
  await foldAndReport({ plans, read, run: there, result }, { options, world, config, connect, log });
}

/** Opens the account to judge against. Throws PipelineError `usage` if nothing would be judged. */
export async function openFoldWorld(
  options: FoldOptions,
  config: Config,
  { connect, log }: { readonly connect: Connect; readonly log: Log },
): Promise<World> {
  const world = await openWorldOrRecords(options, config, connect, log);
  refuseToJudgeNothing(config, world, { records: true });
  return world;
}

/** A result, and the plan that it is of. */
export interface ResultOfPlan {
  readonly plans: HistoryStore;
  readonly read: ReadPlan;
  readonly run: HistoryRun;
  readonly result: HistoryStore;
}

/** Judges a result as `scan` judges the same files, prints the findings, and sets the exit code: 2 if an object is missing. */
export async function foldAndReport(
  { plans, read, run: asked, result }: ResultOfPlan,
  command: Omit<CommandRun, 'mail' | 'options'> & { readonly options: FoldOptions },
): Promise<void> {
  const [
    { foldInput, objectsInWords },
    { strayFiles },
    { accountBatches },
    { readScope },
    { objectsOf },
    { settingsOf },
    { judgeAndReport },
  ] = await Promise.all([
    import('../../history/fold/fold-input.ts'),
    import('../../history/fold/stray-files.ts'),
    import('../../history/fold/account-batches.ts'),
    import('../../history/records/read-scope.ts'),
    import('../../history/plan/read-plan.ts'),
    import('../../history/history-run.ts'),
    import('../judge-and-report.ts'),
  ]);
  const { options, log, world } = command;
  const folded = await foldInput({
    ...{ plan: read.plan, run: asked, pointers: read.pointers, result },
    objectsOf: (pointer) => objectsOf(plans, pointer),
  });
  const { tally, objects, shards, warnings, inPeriod } = folded;
  log.note(objectsInWords(objects));
  for (const warning of warnings) log.note(warning);
  for (const rejected of tally.rejected) log.rejected(rejected);
  warnOfStray(await strayFiles(result, shards), result, log);
  warnOfForeign(tally.unlogged.foreignAccounts, log);
  if (tally.records === 0 && tally.rejected.length === 0)
    throw new PipelineError(
      'usage',
      `nothing was judged: there is no record in the ${plural(objects.planned, 'object')} of the plan`,
    );
  const settings = settingsOf(asked);
  if (!inPeriod && tally.rejected.length === 0 && tally.unlogged.foreignAccounts.size === 0)
    throw new PipelineError(
      'usage',
      `nothing was judged: none of the ${plural(tally.records, 'record')} of the plan is ${spanOf(settings.period)}; make a plan of another --since or --until`,
    );
  const { manifest: _, unlogged, ...input } = tally;
  await judgeAndReport(
    {
      batches: accountBatches({ result, shards, readScope }, settings),
      scope: 'sighted',
      input,
      manifest: [],
      refused: refusalsOf(unlogged.foreignAccounts),
      older: { snapshots: [], problems: [] },
      recorded: { spans: new Map(), widenTo: async () => undefined },
    },
    { ...command, mail: mailOf(options) },
  );
  await world.close();
}

/** What is found here does not depend on them. */
function warnOfStray([first, ...more]: readonly string[], { place }: HistoryStore, log: Log): void {
  if (first === undefined) return;
  const others = more.length === 0 ? '' : ` and ${plural(more.length, 'other file')}`;
  log.warn(
    `${place}/${first}${others}: left by a worker that was stopped; Athena and DuckDB would count its records twice: remove what no summary.json names`,
  );
}
