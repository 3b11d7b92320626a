/** `mirrorwatch mirror apply`: carries out the plan. */

import { atLeast } from '../../audit/finding.ts';
import { repairsOf } from '../../audit/rule-book.ts';
import { PipelineError } from '../../errors.ts';
import { startClock } from '../../local/run-clock.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { RemediationPlan } from '../../remediation/plan.ts';
import { CLEAN, FAILED, FINDINGS, INCOMPLETE } from '../exit-codes.ts';
import { openLedger } from '../ledger-and-mail.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';
import { openCounter } from '../progress.ts';
import type { AccountWorld } from '../world.ts';
import { type MirrorRun, planContract, plansOf } from './mirror-run.ts';

/** Carries out the plan, prints the outcomes and returns the exit code. */
export async function applyMirrorPlan(run: MirrorRun): Promise<number> {
  const { world, options, log } = run;
  if (world.kind === 'records')
    throw new PipelineError(
      'usage',
      '--account none has no account to change: give --account SNAPSHOT.json, or use live AWS',
    );
  const [{ joinPlans }, { renderOutcomes, renderPlan }] = await Promise.all([
    import('../../remediation/plan-remediation.ts'),
    import('../../report/terminal/plan-table.ts'),
  ]);
  const plans = (await plansOf(run)).map(({ plan }) => plan);
  const plan = joinPlans(plans);
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
  return exitCodeOfApply(plan, outcomes, run);
}

async function applyPlans(
  plans: readonly RemediationPlan[],
  { writer, launcher }: AccountWorld,
  run: MirrorRun,
): Promise<readonly Outcome[]> {
  const { applyPlan } = await import('../../remediation/apply-plan.ts');
  const { options, now } = run;
  const line = openCounter(process.stderr, options.quiet ?? false, () => performance.now());
  const total = plans.reduce((sum, { steps }) => sum + steps.length, 0);
  const outcomes: Outcome[] = [];
  const onOutcome = (outcome: Outcome): void => {
    outcomes.push(outcome);
    line.update(outcomes.length, total, 'steps done');
  };
  try {
    const clock = startClock();
    for (const plan of plans) await applyPlan(plan, writer, { now, clock, launcher, onOutcome });
  } finally {
    line.done();
    // Record what was done even if the run failed halfway.
    if (options.ledger !== undefined) await recordOutcomes(options.ledger, outcomes, run);
  }
  return outcomes;
}

async function recordOutcomes(
  location: string,
  outcomes: readonly Outcome[],
  { assessment, connect, now }: MirrorRun,
): Promise<void> {
  const { withRemediation } = await import('../../remediation/settle-findings.ts');
  const ledger = await openLedger(location, connect);
  try {
    const done: RemediationPlan = { steps: outcomes.map(({ step }) => step), unplaced: [], load: [] };
    const findings = withRemediation(assessment.findings, done, outcomes);
    await ledger.record({ at: now, findings, judgements: assessment.judgements, outcomes });
  } finally {
    await ledger.close();
  }
}

function exitCodeOfApply(plan: RemediationPlan, outcomes: readonly Outcome[], run: MirrorRun): number {
  const failed = outcomes.filter(({ result }) => result === 'failed');
  for (const { step, reason } of failed) run.log.warn(`${step.kind} ${step.networkInterfaceId}: ${reason}`);
  if (failed.length > 0) return FAILED;
  if (run.incomplete) return INCOMPLETE;
  return leavesFindings(plan, run) && !run.options.exitZero ? FINDINGS : CLEAN;
}

/** True if a source without a target has an open finding that counts. */
function leavesFindings({ unplaced }: RemediationPlan, { assessment, options }: MirrorRun): boolean {
  const unplacedResources = new Set(unplaced.map(({ resourceId }) => resourceId));
  return assessment.findings.some(
    ({ rule, resourceId, status, severity }) =>
      repairsOf(rule).includes('create-session') &&
      status === 'open' &&
      atLeast(severity, options.failOn) &&
      unplacedResources.has(resourceId),
  );
}
