/** Settles findings by the plan and its outcomes: what was done about each, what is left to do, and which are held back. */

import type { AuditResult, Finding, FindingContext, FindingRemediation } from '../audit/finding.ts';
import { goneJudgement } from '../audit/finding.ts';
import { repairsOf, ruleOf } from '../audit/rule-book.ts';
import { groupBy } from '../collections.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Outcome } from './outcome.ts';
import { type PlanStep, type RemediationPlan, sessionIdOf, type Unplaced } from './plan.ts';
import {
  allTasksFinding,
  allTasksOf,
  coveredByAllTasks,
  mirrorsTasks,
  newRefusals,
  rememberRefusals,
} from './refused-interfaces.ts';

/**
 * The findings with what was done about them. A finding is resolved when every step for it was done, and muted when AWS refuses its
 * source permanently. With a failed step, or a source that could not be placed, it stays open and says why.
 */
export function withRemediation(
  findings: readonly Finding[],
  { steps, unplaced }: Pick<RemediationPlan, 'steps' | 'unplaced'>,
  outcomes: readonly Outcome[],
): readonly Finding[] {
  const stepsOf = groupBy(steps, keyOfStep);
  const outcomesOf = groupBy(outcomes, ({ step }) => keyOfStep(step));
  const sessionSteps = groupBy(steps, sessionIdOf);
  const sessionOutcomes = groupBy(outcomes, ({ step }) => sessionIdOf(step));
  const unplacedOf = groupBy(unplaced, ({ resourceId }) => resourceId);
  return findings.map((finding) => {
    if (finding.status !== 'open' || repairsOf(finding.rule).length === 0) return finding;
    const isSession = ruleOf(finding.rule)?.judges === 'session';
    const key = isSession ? finding.resourceId : keyOf(finding);
    const planned = (isSession ? sessionSteps : stepsOf).get(key) ?? [];
    const results = (isSession ? sessionOutcomes : outcomesOf).get(key) ?? [];
    return settle(finding, {
      steps: planned.filter((step) => canResolve(finding, step)),
      outcomes: results.filter(({ step }) => canResolve(finding, step)),
      unplaced: repairsOf(finding.rule).includes('create-session') ? (unplacedOf.get(finding.resourceId) ?? []) : [],
    });
  });
}

/** The parts of the plan and its outcomes that concern one finding. */
interface Concerned {
  readonly steps: readonly PlanStep[];
  readonly outcomes: readonly Outcome[];
  readonly unplaced: readonly Unplaced[];
}

function settle(finding: Finding, { steps, outcomes, unplaced }: Concerned): Finding {
  const failed = outcomes.filter(({ result }) => result === 'failed');
  const [outcome] = failed.length > 0 ? failed : outcomes;
  const [step] = steps;
  const withOutcome = (how: FindingRemediation['outcome'], reason: string): Finding => ({
    ...finding,
    remediation: remediationOf(outcome, step, how, reason),
  });
  if (failed.length > 0) return withOutcome('failed', reasonsOf(failed));
  if (unplaced.length > 0) return withOutcome('unplaced', reasonsOf(unplaced));
  if (outcome === undefined) return step === undefined ? finding : withOutcome('planned', step.reason);
  if (outcomes.every(({ result }) => result === 'exempt'))
    return {
      ...withOutcome('not-needed', outcome.reason),
      status: 'muted',
      reason: `${finding.resourceId} cannot be mirrored: ${outcome.reason}.`,
    };
  const settled = withOutcome('done', outcome.reason);
  return isComplete(finding, outcomes) ? { ...settled, status: 'resolved' } : settled;
}

/** A finding that names sessions is settled only when each of them was changed; every other by any step that was done. */
function isComplete({ detail }: Finding, outcomes: readonly Outcome[]): boolean {
  const changed = new Set(outcomes.map(({ step }) => sessionIdOf(step)));
  return (detail.trafficMirrorSessionIds ?? []).every((id) => changed.has(id));
}

/** True for a step of a kind that resolves the finding's rule; where the finding names sessions, on one of these. */
function canResolve({ rule, detail: { trafficMirrorSessionIds } }: Finding, step: PlanStep): boolean {
  if (!repairsOf(rule).some((kind) => kind === step.kind)) return false;
  return trafficMirrorSessionIds === undefined || trafficMirrorSessionIds.some((id) => id === sessionIdOf(step));
}

function remediationOf(
  outcome: Outcome | undefined,
  planned: PlanStep | undefined,
  how: FindingRemediation['outcome'],
  reason: string,
): FindingRemediation {
  const step = outcome?.step ?? (how === 'planned' ? planned : undefined);
  const session = outcome?.trafficMirrorSessionId;
  const target = outcome?.trafficMirrorTargetId ?? step?.trafficMirrorTargetId;
  return {
    kind: step?.kind ?? planned?.kind ?? 'create-session',
    outcome: how,
    reason,
    ...(session !== undefined && { trafficMirrorSessionId: session }),
    ...(target !== undefined && { trafficMirrorTargetId: target }),
  };
}

/**
 * The audit's result with what AWS refused permanently in this run: an instance's finding remembers its refused interfaces, and
 * where AWS refuses the interfaces of tasks, one muted finding replaces those of all tasks of the account and region.
 */
export function withRefusals(
  { findings, judgements }: AuditResult,
  outcomes: readonly Outcome[],
  inventories: readonly Inventory[],
  context: FindingContext,
): AuditResult {
  const refusals = newRefusals(outcomes, inventories, context.now);
  if (refusals.length === 0) return { findings, judgements };
  const refusing = new Map(
    refusals
      .filter(({ isTask, inventory }) => isTask && !mirrorsTasks(inventory, outcomes))
      .map((each) => [allTasksOf(each.inventory).id, each]),
  );
  const isCovered = (finding: Finding): boolean =>
    finding.rule === 'instance-unmirrored' &&
    finding.resourceType === 'AWS::ECS::Task' &&
    refusing.has(allTasksOf(finding).id);
  const all = refusals.map(({ refusal }) => refusal);
  return {
    findings: [
      ...findings.filter((finding) => !isCovered(finding)).map((finding) => rememberRefusals(finding, all)),
      ...[...refusing.values()].map(({ inventory, refusal }) => allTasksFinding(inventory, refusal, context)),
    ],
    judgements: [
      ...judgements,
      ...findings.filter(isCovered).map((finding) => goneJudgement(finding, coveredByAllTasks(finding))),
    ],
  };
}

/**
 * The findings, with those held back that another function is repairing: they are not mailed until the repair reports or `until`
 * has passed.
 */
export function holdForRepair(
  findings: readonly Finding[],
  steps: readonly PlanStep[],
  until: Date,
): readonly Finding[] {
  const handed = new Set(steps.map(keyOfStep));
  return findings.map((finding) => {
    const { status, rule, detail } = finding;
    const isHeld = status === 'open' && repairsOf(rule).includes('create-session') && handed.has(keyOf(finding));
    return isHeld ? { ...finding, detail: { ...detail, pendingUntil: until.toISOString() } } : finding;
  });
}

function keyOf({ accountId, region, resourceId }: Finding): string {
  return `${accountId} ${region} ${resourceId}`;
}

function keyOfStep({ accountId, region, resourceId }: PlanStep): string {
  return `${accountId} ${region} ${resourceId}`;
}

function reasonsOf(reasons: readonly { readonly reason: string }[]): string {
  return [...new Set(reasons.map(({ reason }) => reason))].join('; ');
}
