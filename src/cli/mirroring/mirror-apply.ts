/** `mirrorwatch mirror apply`: carries out the plan. */

import { plural } from '../../collections.ts';
import type { FullLedger } from '../../ledger/change-log.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { RemediationPlan } from '../../remediation/plan.ts';
import { FAILED, INCOMPLETE } from '../exit-codes.ts';
import { commandOptions } from '../options.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';
import { openCounter } from '../terminal/progress.ts';
import { stopBySignal } from '../terminal/stop.ts';
import type { AccountWorld } from '../world.ts';
import { exitCodeOfPlan, type MirrorRun, planContract, plansOf } from './mirror-run.ts';

/** Carries out the plan, prints the outcomes and returns the exit code. */
export async function applyMirrorPlan(run: MirrorRun): Promise<number> {
  const { world, options, log } = run;
  const [{ joinPlans }, { renderOutcomes, renderPlan }] = await Promise.all([
    import('../../remediation/plan-remediation.ts'),
    import('../../report/terminal/plan-table.ts'),
  ]);
  const plans = await plansOf(run);
  const plan = joinPlans(plans.map((one) => one.plan));
  const choices = outputsOf(options);
  const columns = terminalColumns();
  // On stdout the plan is shown before it is carried out; a file gets plan and outcomes together.
  await writeAnswer(
    choices,
    { table: (path) => (path === undefined ? renderPlan(plan, { columns }) : undefined) },
    log,
  );
  const outcomes = await applyPlans(plans, world, run);
  const outcomeTable = (width?: number): string =>
    outcomes.length === 0 ? '' : `\n${renderOutcomes(outcomes, { columns: width })}`;
  await writeAnswer(
    choices,
    {
      table: (path) => (path === undefined ? outcomeTable(columns) : renderPlan(plan) + outcomeTable()),
      json: () => jsonText({ ...planContract(plan), outcomes }),
    },
    log,
  );
  if (world.copyPath !== undefined && outcomes.some(({ result }) => result === 'done'))
    log.note(`this was done in ${world.copyPath}, a copy of the snapshot; nothing was changed on AWS`);
  return exitCodeOfApply(plan, outcomes, run);
}

async function applyPlans(
  plans: Awaited<ReturnType<typeof plansOf>>,
  { writer, launcher }: AccountWorld,
  run: MirrorRun,
): Promise<readonly Outcome[]> {
  const { applyPlan } = await import('../../remediation/apply-plan.ts');
  const { options, now, log } = run;
  const stop = stopBySignal((name) =>
    log.note(`${name}: finishing this step, then stopping; a second one ends it at once`),
  );
  const clock = { ...run.clock, isStopped: () => stop.signal.aborted };
  const line = openCounter(process.stderr, options.quiet ?? false, () => performance.now());
  const total = plans.reduce((sum, { plan: { steps } }) => sum + steps.length, 0);
  const outcomes: Outcome[] = [];
  const onOutcome = (outcome: Outcome): void => {
    outcomes.push(outcome);
    line.update(outcomes.length, total, 'steps done');
  };
  try {
    for (const { plan, scope } of plans) {
      const proven = scope.inventory.ours?.instanceIds;
      // Without a ledger, nothing proves to later runs that a sensor is ours: each would launch another one.
      const options = { now, clock, launcher: run.ledger && launcher, launches: run.ledger, onOutcome, proven };
      await applyPlan(plan, writer, options);
    }
  } finally {
    line.done();
    // Record what was done even if the run failed halfway.
    if (run.ledger !== undefined) await recordOutcomes(run.ledger, outcomes, run);
  }
  if (stop.signal.aborted) log.warn(stoppedWords(outcomes));
  return outcomes;
}

/** What was done before the run was stopped, and how to go on. */
function stoppedWords(outcomes: readonly Outcome[]): string {
  const done = outcomes.filter(({ result }) => result !== 'failed').length;
  return `stopped after ${done} of ${plural(outcomes.length, 'step')}; the same command plans and makes what is left`;
}

/**
 * Records the findings by the plan for the whole account, of which `--only` applies a part, with what was done about them. The
 * account was looked at completely, so the coverage and what could not be judged are recorded too.
 */
async function recordOutcomes(ledger: FullLedger, outcomes: readonly Outcome[], run: MirrorRun): Promise<void> {
  const [
    { withRemediation },
    { withFixes },
    { plannedAccount },
    { joinPlans },
    { observationTimes },
    { completeLook },
    { keepOwnCalls },
    { lookedIds },
  ] = await Promise.all([
    import('../../remediation/settle-findings.ts'),
    import('../../remediation/advice/fixes.ts'),
    import('../../pipeline/plan-scopes.ts'),
    import('../../remediation/plan-remediation.ts'),
    import('../../ledger/observation.ts'),
    import('../../pipeline/gaps/run-looks.ts'),
    import('../../pipeline/history/own-calls.ts'),
    import('../../pipeline/sight/swept-looks.ts'),
  ]);
  const { assessment, now } = run;
  const scopes = await plansOf(run, { only: undefined });
  const whole = joinPlans(scopes.map(({ plan }) => plan));
  const planned = scopes.flatMap(({ scope, plan }) => plannedAccount(scope, plan) ?? []);
  const found = withFixes(assessment.findings, planned, commandOptions(run.options));
  const findings = withRemediation(found, whole, outcomes, 'account');
  const { judgements } = assessment;
  const times = observationTimes(assessment.findings, { findings, judgements }, now);
  await keepOwnCalls(outcomes, ledger, now);
  const look = completeLook(assessment, findings);
  await ledger.record({ at: now, times, findings, judgements, looked: lookedIds(assessment), outcomes, ...look });
}

function exitCodeOfApply(plan: RemediationPlan, outcomes: readonly Outcome[], run: MirrorRun): number {
  const failed = outcomes.filter(({ result }) => result === 'failed');
  for (const { step, reason } of failed) run.log.warn(`${step.kind} ${step.networkInterfaceId}: ${reason}`);
  if (failed.length > 0) return FAILED;
  return run.incomplete ? INCOMPLETE : exitCodeOfPlan(plan.unplaced, run);
}
