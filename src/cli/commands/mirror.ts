/** `mirrorwatch mirror plan | apply | explain`: what would be done about mirroring, doing it, and why. */

import type { Command } from 'commander';
import { atLeast } from '../../audit/finding.ts';
import { repairsOf } from '../../audit/rule-book.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { AssessedScope, Assessment } from '../../pipeline/assess.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { RemediationPlan } from '../../remediation/plan.ts';
import { CLEAN, FAILED, FINDINGS, INCOMPLETE } from '../exit-codes.ts';
import { type Log, openLog } from '../log.ts';
import {
  type CommonOptions,
  type OutputChoice,
  outputOption,
  readCount,
  readList,
  withAccount,
  withExitCode,
} from '../options.ts';
import { print, terminalColumns, writeOutput } from '../output.ts';
import { openCounter } from '../progress.ts';
import { type Connect, connectionTo, loadConfig, openLedger, openWorld, scopesOf, type World } from '../world.ts';

interface MirrorOptions extends CommonOptions {
  readonly regions?: readonly string[] | undefined;
  readonly cleanup?: boolean | undefined;
  readonly rebalance?: boolean | undefined;
  readonly maxMoves?: number | undefined;
  readonly save?: string | undefined;
}

/** Adds `mirror plan`, `mirror apply` and `mirror explain`. */
export function addMirror(program: Command): void {
  const mirror = program
    .command('mirror')
    .description('Plan, make and explain traffic mirror sessions.')
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror plan --account account.json');
  const planned = (name: string, description: string): Command =>
    mirror
      .command(name)
      .description(description)
      .option('--regions <list>', 'only these regions, such as eu-west-1,us-east-1', readList)
      .option('--cleanup', 'delete our own sessions that are orphans or duplicates')
      .option('--rebalance', 'move our own sessions from crowded targets to idle ones')
      .option('--max-moves <n>', 'at most so many moves (default: 20)', readCount);
  const shared = (command: Command): Command =>
    withAccount(withExitCode(command.optionsGroup('Output:').addOption(outputOption(['table', 'json'], 'table'))));

  shared(planned('plan', 'Say what would be done; nothing is changed.'))
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror plan --account account.json -o json')
    .action((options: MirrorOptions) => withAssessment(options, plan));
  shared(
    planned('apply', 'Do what the plan says; sessions of others are never touched.').option(
      '--save <file>',
      'where the changed copy of a snapshot goes (default: beside it, as NAME.applied.json)',
    ),
  )
    .addHelpText(
      'after',
      `
Exit code 3: a source of at least the severity of --fail-on has no target.

Example:
  mirrorwatch mirror apply --account account.json --ledger history.sqlite`,
    )
    .action((options: MirrorOptions) => withAssessment(options, apply));
  shared(
    mirror
      .command('explain')
      .description('Say why an interface, instance or task goes to its target, check by check.')
      .argument('<id>', 'eni-…, i-… or the ARN of a task'),
  )
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror explain i-0123456789abcdef0 --account account.json')
    .action((id: string, options: MirrorOptions) => withAssessment(options, (run) => explainOne(id, run)));
}

interface Run {
  readonly options: MirrorOptions;
  readonly world: World;
  readonly config: Config;
  readonly connect: Connect;
  readonly assessment: Assessment;
  readonly now: Date;
  readonly log: Log;
  /** True when something of the account was not read. */
  readonly incomplete: boolean;
}

async function withAssessment(options: MirrorOptions, work: (run: Run) => Promise<number>): Promise<void> {
  const log = openLog(options);
  const config = await loadConfig(options, log);
  if (config.mirroring === null || config.mirroring.mode === 'off')
    throw new PipelineError(
      'usage',
      'mirroring is off in the configuration; give "mirroring" a mode, a filterId and targets',
    );
  const now = options.now ?? new Date();
  const connect = connectionTo(config, options);
  const world = await openWorld(options, config, connect, log);
  const { assess, failureOf } = await import('../../pipeline/assess.ts');
  const scopes = await scopesOf(world, options.regions);
  const assessment = await assess({ sightings: [], scope: 'all', scopes, now }, world.source, config);
  const rejected = [...world.problems, ...assessment.unread, ...assessment.failed.map(failureOf)];
  for (const input of rejected) log.rejected(input);
  const code = await work({ options, world, config, connect, assessment, now, log, incomplete: rejected.length > 0 });
  await world.close();
  process.exitCode = code;
}

async function plansOf({
  assessment,
  options,
  now,
}: Run): Promise<readonly { readonly scope: AssessedScope; readonly plan: RemediationPlan }[]> {
  const { planFor } = await import('../../pipeline/plan-scopes.ts');
  const { cleanup = false, rebalance = false, maxMoves } = options;
  return assessment.scopes.map((scope) => ({
    scope,
    plan: planFor(scope, { cleanup, rebalance, now, ...(maxMoves !== undefined && { maxMoves }) }),
  }));
}

async function plan(run: Run): Promise<number> {
  const { joinPlans } = await import('../../remediation/plan-remediation.ts');
  const joined = joinPlans((await plansOf(run)).map((one) => one.plan));
  await tell(run, { table: (columns) => planText(joined, columns), json: async () => planContract(joined) });
  return run.incomplete ? INCOMPLETE : CLEAN;
}

async function apply(run: Run): Promise<number> {
  const { world, options, log, now } = run;
  const { writer, launcher } = world;
  if (writer === undefined)
    throw new PipelineError('usage', 'sessions can be created in live AWS or in a snapshot (--account FILE) only');
  const [{ applyPlan }, { joinPlans }] = await Promise.all([
    import('../../remediation/apply-plan.ts'),
    import('../../remediation/plan-remediation.ts'),
  ]);
  const plans = await plansOf(run);
  const joined = joinPlans(plans.map((one) => one.plan));
  // On a terminal the plan is shown before it is done.
  await tell(run, { table: async (columns, path) => (path === undefined ? planText(joined, columns) : undefined) });
  const line = openCounter(process.stderr, options.quiet ?? false, () => performance.now());
  const outcomes: Outcome[] = [];
  try {
    for (const { plan: one } of plans)
      await applyPlan(one, writer, {
        now,
        ...(launcher && { launcher }),
        onOutcome: (outcome) => {
          outcomes.push(outcome);
          line.update(outcomes.length, joined.steps.length, 'steps done');
        },
      });
  } finally {
    line.done();
    // What was done is remembered, even if the run did not come to its end.
    if (options.ledger !== undefined) await remember(run, outcomes);
  }
  const { renderOutcomes } = await import('../../report/terminal/plan-table.ts');
  const done = (columns: { readonly columns?: number }): string =>
    outcomes.length === 0 ? '' : `\n${renderOutcomes(outcomes, columns)}`;
  await tell(run, {
    table: async (columns, path) => (path === undefined ? '' : await planText(joined, columns)) + done(columns),
    json: async () => ({ ...planContract(joined), outcomes }),
  });
  const failed = outcomes.filter(({ result }) => result === 'failed');
  for (const { step, reason } of failed) log.warn(`${step.kind} ${step.networkInterfaceId}: ${reason}`);
  if (failed.length > 0) return FAILED;
  if (run.incomplete) return INCOMPLETE;
  return unplacedCount(joined, run) && !options.exitZero ? FINDINGS : CLEAN;
}

/** True when a source without a target has an open finding that counts. */
function unplacedCount({ unplaced }: RemediationPlan, { assessment, options }: Run): boolean {
  const unplacedResources = new Set(unplaced.map(({ resourceId }) => resourceId));
  return assessment.findings.some(
    ({ rule, resourceId, status, severity }) =>
      repairsOf(rule).includes('create-session') &&
      status === 'open' &&
      atLeast(severity, options.failOn) &&
      unplacedResources.has(resourceId),
  );
}

/** How an answer reads in each form; a form that is absent is left out this time. */
interface Forms {
  readonly table?: (options: { readonly columns?: number }, path: string | undefined) => Promise<string | undefined>;
  readonly json?: (() => Promise<unknown>) | undefined;
}

/** Prints or writes the answer in the forms that were asked for. */
async function tell({ options, log }: Run, { table, json }: Forms): Promise<void> {
  const choices: readonly OutputChoice[] = options.output.length === 0 ? [{ format: 'table' }] : options.output;
  for (const { format, path } of choices) {
    const columns = path === undefined ? terminalColumns() : undefined;
    const text =
      format === 'table'
        ? await table?.(columns === undefined ? {} : { columns }, path)
        : json && `${JSON.stringify(await json(), null, 2)}\n`;
    if (text === undefined) continue;
    if (path === undefined) await print(text);
    else await writeOutput(path, text, log);
  }
}

async function planText(joined: RemediationPlan, columns: { readonly columns?: number }): Promise<string> {
  const { renderPlan } = await import('../../report/terminal/plan-table.ts');
  return renderPlan(joined, columns);
}

async function remember({ assessment, connect, options, now }: Run, outcomes: readonly Outcome[]): Promise<void> {
  const { withRemediation } = await import('../../pipeline/plan-scopes.ts');
  const ledger = await openLedger(options.ledger ?? '', connect);
  try {
    const findings = withRemediation(
      assessment.findings,
      { steps: outcomes.map(({ step }) => step), unplaced: [], load: [] },
      outcomes,
    );
    await ledger.record({ at: now, findings, judgements: assessment.judgements, outcomes });
  } finally {
    await ledger.close();
  }
}

async function explainOne(id: string, run: Run): Promise<number> {
  const [{ explain, explainInstance }, { renderExplanation }] = await Promise.all([
    import('../../mirror/explain.ts'),
    import('../../report/terminal/plan-table.ts'),
  ]);
  for (const { audited } of run.assessment.scopes) {
    if (audited.account === null) continue;
    const one = explain(id, audited.account);
    const many = one === undefined ? explainInstance(id, audited.account) : undefined;
    const found = one ?? many;
    if (found === undefined) continue;
    const all = one === undefined ? (many?.interfaces ?? []) : [one];
    await tell(run, {
      json: async () => found,
      table: async (columns) =>
        all.length === 0
          ? `${id} has no interface: nothing is to be mirrored.\n`
          : all.map((each) => renderExplanation(each, columns)).join('\n'),
    });
    return run.incomplete ? INCOMPLETE : CLEAN;
  }
  throw new PipelineError('usage', `${id} is not in the account: no interface, instance or task has that id`, {
    resourceId: id,
  });
}

/** The fields of the contract, in its order, then the others. */
function planContract({ steps, unplaced, load }: RemediationPlan): RemediationPlan {
  return { steps, unplaced, load };
}
