/** `mirrorwatch mirror plan | apply | explain`: what would be done about mirroring, doing it, and why. */

import { type Command, Option } from 'commander';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import type { AssessedScope, Assessment } from '../pipeline/assess.ts';
import type { RemediationPlan } from '../remediation/plan.ts';
import { CLEAN, FAILED, FINDINGS, INCOMPLETE } from './exit-codes.ts';
import { type Log, openLog } from './log.ts';
import { type CommonOptions, readCount, readList, withAccount } from './options.ts';
import { print } from './output.ts';
import { loadConfig, openLedger, openWorld, type World } from './world.ts';

interface MirrorOptions extends Omit<CommonOptions, 'output'> {
  readonly output: 'table' | 'json';
  readonly regions?: readonly string[];
  readonly cleanup?: boolean;
  readonly rebalance?: boolean;
  readonly maxMoves?: number;
  readonly save?: string;
}

/** Adds `mirror plan`, `mirror apply` and `mirror explain`. */
export function addMirror(program: Command): void {
  const mirror = program.command('mirror').description('plan, make and explain traffic mirror sessions');
  withPlan(mirror.command('plan').description('say what would be done; nothing is changed'))
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror plan --account account.json -o json')
    .action((options: MirrorOptions) => withAssessment(options, plan));
  withPlan(mirror.command('apply').description('do what the plan says; sessions of others are never touched'))
    .option('--save <file>', 'where the changed copy of a snapshot goes (default: beside it, as NAME.applied.json)')
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror apply --account account.json')
    .action((options: MirrorOptions) => withAssessment(options, apply));
  withFormat(
    withAccount(
      mirror
        .command('explain')
        .description('say why an interface, instance or task goes to its target, check by check'),
    ),
  )
    .argument('<id>', 'eni-…, i-… or the ARN of a task')
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror explain i-0123456789abcdef0 --account account.json')
    .action((id: string, options: MirrorOptions) => withAssessment(options, (run) => explainOne(id, run)));
}

function withPlan(command: Command): Command {
  return withFormat(withAccount(command))
    .option('--regions <list>', 'only these regions, such as eu-west-1,us-east-1', readList)
    .option('--cleanup', 'delete our own sessions that are orphans or duplicates')
    .option('--rebalance', 'move our own sessions from crowded targets to idle ones')
    .option('--max-moves <n>', 'at most so many moves (default: 20)', readCount);
}

function withFormat(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'what to print').choices(['table', 'json']).default('table'),
  );
}

interface Run {
  readonly options: MirrorOptions;
  readonly world: World;
  readonly config: Config;
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
  const world = await openWorld({ ...options, output: [] }, config, log);
  const { assess, failureOf } = await import('../pipeline/assess.ts');
  const scopes = (await world.source.scopes()).filter(({ region }) => options.regions?.includes(region) ?? true);
  const assessment = await assess({ sightings: [], scope: 'all', scopes, now }, world.source, config);
  const rejected = [...world.problems, ...assessment.unread, ...assessment.failed.map(failureOf)];
  for (const input of rejected) log.rejected(input);
  const code = await work({ options, world, config, assessment, now, log, incomplete: rejected.length > 0 });
  await world.close();
  process.exitCode = code;
}

async function plansOf({
  assessment,
  options,
}: Run): Promise<readonly { readonly scope: AssessedScope; readonly plan: RemediationPlan }[]> {
  const { planFor } = await import('../pipeline/plan-scopes.ts');
  const { cleanup = false, rebalance = false, maxMoves } = options;
  return assessment.scopes.map((scope) => ({
    scope,
    plan: planFor(scope, { cleanup, rebalance, ...(maxMoves !== undefined && { maxMoves }) }),
  }));
}

async function show(plans: readonly RemediationPlan[], { options }: Run): Promise<void> {
  const [{ renderPlan }, { joinPlans }] = await Promise.all([
    import('../report/plan-table.ts'),
    import('../remediation/plan-remediation.ts'),
  ]);
  const plan = joinPlans(plans);
  await print(options.output === 'json' ? `${JSON.stringify(planContract(plan), null, 2)}\n` : renderPlan(plan));
}

async function plan(run: Run): Promise<number> {
  await show(
    (await plansOf(run)).map((one) => one.plan),
    run,
  );
  return run.incomplete ? INCOMPLETE : CLEAN;
}

async function apply(run: Run): Promise<number> {
  const { writer } = run.world;
  if (writer === undefined)
    throw new PipelineError('usage', 'sessions can be created in live AWS or in a snapshot (--account FILE) only');
  const plans = await plansOf(run);
  await show(
    plans.map((one) => one.plan),
    run,
  );
  const [{ applyPlan }, { renderOutcomes }] = await Promise.all([
    import('../remediation/apply-plan.ts'),
    import('../report/plan-table.ts'),
  ]);
  const outcomes = [];
  for (const { plan: one } of plans) outcomes.push(...(await applyPlan(one, writer, { now: run.now })));
  if (run.options.output === 'table' && outcomes.length > 0) await print(`\nDone:\n${renderOutcomes(outcomes)}`);
  const failed = outcomes.filter(({ result }) => result === 'failed');
  for (const { step, reason } of failed) run.log.warn(`${step.kind} ${step.networkInterfaceId}: ${reason}`);
  if (run.options.ledger !== undefined) await remember(run, outcomes);
  if (failed.length > 0) return FAILED;
  if (run.incomplete) return INCOMPLETE;
  return plans.some((one) => one.plan.unplaced.length > 0) && !run.options.exitZero ? FINDINGS : CLEAN;
}

async function remember(
  { assessment, config, options, now }: Run,
  outcomes: Awaited<ReturnType<typeof import('../remediation/apply-plan.ts').applyPlan>>,
): Promise<void> {
  const { withRemediation } = await import('../pipeline/plan-scopes.ts');
  const ledger = await openLedger(options.ledger ?? '', config);
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
    import('../mirror/explain.ts'),
    import('../report/plan-table.ts'),
  ]);
  for (const { audited } of run.assessment.scopes) {
    if (audited.survey === null) continue;
    const one = explain(id, audited.survey);
    const many = one === undefined ? explainInstance(id, audited.survey) : undefined;
    const found = one ?? many;
    if (found === undefined) continue;
    const all = one === undefined ? (many?.interfaces ?? []) : [one];
    await print(
      run.options.output === 'json'
        ? `${JSON.stringify(found, null, 2)}\n`
        : all.length === 0
          ? `${id} has no interface: nothing is to be mirrored.\n`
          : all.map(renderExplanation).join('\n'),
    );
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
