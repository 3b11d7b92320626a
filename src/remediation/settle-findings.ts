/** Settles findings by the plan and its outcomes: what was done about each, what is left to do, and which are held back. */

import type { AuditResult, Finding, FindingContext, FindingRemediation } from '../audit/finding.ts';
import { repairsOf } from '../audit/rule-book.ts';
import { groupBy } from '../collections.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { type PlanScope, withPlace } from './advice/place-in-plan.ts';
import type { Outcome } from './outcome.ts';
import { type PlanStep, type RemediationPlan, sessionIdOf, type Unplaced } from './plan.ts';
import { coverTasks, mirrorsTasks, newRefusals, rememberRefusals } from './refused-interfaces.ts';

/**
 * The findings with what was done about them. A finding is resolved when every step for it was done, and muted when AWS refuses its
 * source permanently. With a failed step, or a source that could not be placed, it stays open and says why. One with a place in the
 * plan says which: the plan places all sources together, so it need not be the target that this source alone would get.
 */
export function withRemediation(
  findings: readonly Finding[],
  { steps, unplaced }: Pick<RemediationPlan, 'steps' | 'unplaced'>,
  outcomes: readonly Outcome[],
  scope: PlanScope = 'judged',
): readonly Finding[] {
  const stepsOn = groupByAll(steps, resourcesOf);
  const outcomesOn = groupByAll(outcomes, ({ step }) => resourcesOf(step));
  const unplacedOf = groupBy(unplaced, ({ resourceId }) => resourceId);
  return findings.map((finding) => {
    if (!isRepairable(finding)) return finding;
    const concerned = {
      steps: (stepsOn.get(keyOf(finding)) ?? []).filter((step) => canResolve(finding, step)),
      outcomes: (outcomesOn.get(keyOf(finding)) ?? []).filter(({ step }) => canResolve(finding, step)),
      unplaced: repairsOf(finding.rule).includes('create-session') ? (unplacedOf.get(finding.resourceId) ?? []) : [],
    };
    const settled = settle(finding, concerned);
    const isAwaited = concerned.outcomes.length === 0;
    return isAwaited ? withReason(settled, withPlace(settled.reason, concerned, scope)) : settled;
  });
}

/**
 * True for a step that can resolve the finding: of a kind that repairs its rule, on its resource or session, in its account and
 * region; where the finding names sessions, on one of these. Plans, mails and ledgers agree by asking here.
 */
export function canResolve(finding: Finding, step: PlanStep): boolean {
  const { rule, detail } = finding;
  const { trafficMirrorSessionIds: named } = detail;
  return (
    repairsOf(rule).some((kind) => kind === step.kind) &&
    resourcesOf(step).includes(keyOf(finding)) &&
    (named === undefined || named.some((id) => id === sessionIdOf(step)))
  );
}

/** True when these outcomes leave nothing to do about the finding. Other findings' outcomes are ignored. */
export function isRepairedBy(finding: Finding, outcomes: readonly Outcome[]): boolean {
  const own = outcomes.filter(({ step }) => canResolve(finding, step));
  return own.length > 0 && own.every(({ result }) => result === 'done') && isComplete(finding, own);
}

/** True for an open finding that a step can resolve, and for a muted one that its exemption still wants repaired. */
function isRepairable({ rule, status, detail }: Finding): boolean {
  if (repairsOf(rule).length === 0) return false;
  return status === 'open' || (status === 'muted' && detail.exemption?.still === 'repair');
}

function withReason(finding: Finding, reason: string): Finding {
  return reason === finding.reason ? finding : { ...finding, reason };
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
    remediation: remediationOf(outcome, step, how, { reason, answeredAt: newestAnswer(outcomes) }),
  });
  if (failed.length > 0) return withOutcome('failed', reasonsOf(failed));
  if (unplaced.length > 0) return withOutcome('unplaced', reasonsOf(unplaced));
  if (outcome === undefined) return step === undefined ? finding : withOutcome('planned', step.reason);
  if (outcomes.every(({ result }) => result === 'exempt'))
    return {
      ...withOutcome('not-needed', outcome.reason),
      status: 'muted',
      fix: '',
      reason: `${finding.resourceId} cannot be mirrored: ${outcome.reason}.`,
    };
  const settled = withOutcome('done', outcome.reason);
  return isComplete(finding, outcomes) ? { ...settled, status: 'resolved' } : settled;
}

/** When the last of the outcomes came; undefined for none. */
function newestAnswer(outcomes: readonly Outcome[]): string | undefined {
  return outcomes
    .flatMap(({ at }) => at?.toISOString() ?? [])
    .toSorted()
    .at(-1);
}

/** A finding that names sessions is settled only when each of them was changed; every other by any step that was done. */
function isComplete({ detail }: Finding, outcomes: readonly Outcome[]): boolean {
  const changed = new Set(outcomes.map(({ step }) => sessionIdOf(step)));
  return (detail.trafficMirrorSessionIds ?? []).every((id) => changed.has(id));
}

function remediationOf(
  outcome: Outcome | undefined,
  planned: PlanStep | undefined,
  how: FindingRemediation['outcome'],
  { reason, answeredAt }: Pick<FindingRemediation, 'reason' | 'answeredAt'>,
): FindingRemediation {
  const step = outcome?.step ?? (how === 'planned' ? planned : undefined);
  const session = outcome?.trafficMirrorSessionId;
  const target = outcome?.trafficMirrorTargetId ?? step?.trafficMirrorTargetId;
  return {
    kind: step?.kind ?? planned?.kind ?? 'create-session',
    outcome: how,
    reason,
    ...(answeredAt !== undefined && { answeredAt }),
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
  const all = refusals.map(({ refusal }) => refusal);
  const ofTasks = refusals
    .filter(({ isTask, inventory }) => isTask && !mirrorsTasks(inventory, outcomes))
    .map(({ inventory, refusal }) => ({ scope: inventory, refusal }));
  return coverTasks({ findings: findings.map((each) => rememberRefusals(each, all)), judgements }, ofTasks, context);
}

/** How long a repair may take before people are told what it should have repaired: enough for a retry. */
const REPAIR_MS = 10 * 60_000;
/** What each step adds: several times what EC2 takes for a session. */
const STEP_MS = 1000;

/** When a repair of that many steps is overdue that was handed over at `since`. */
export function repairDue(since: Date, steps: number): Date {
  return new Date(since.getTime() + REPAIR_MS + steps * STEP_MS);
}

/** The open findings that one of these steps can resolve. */
export function resolvableBy(findings: readonly Finding[], steps: readonly PlanStep[]): readonly Finding[] {
  if (steps.length === 0) return [];
  const stepsOn = groupByAll(steps, resourcesOf);
  return findings.filter(
    (finding) =>
      finding.status === 'open' && (stepsOn.get(keyOf(finding)) ?? []).some((step) => canResolve(finding, step)),
  );
}

/** The ids of the findings that wait for one of these steps. They are not mailed until it is done, has failed or is overdue. */
export function awaitingRepair(findings: readonly Finding[], steps: readonly PlanStep[]): readonly string[] {
  // A session that only has to be redirected or deleted is mailed at once: it may be an attacker's.
  const holdable = findings.filter(({ rule }) => repairsOf(rule).includes('create-session'));
  return resolvableBy(holdable, steps).map(({ id }) => id);
}

/** The resource of a finding, as a key. */
function keyOf({ accountId, region, resourceId }: Finding): string {
  return `${accountId} ${region} ${resourceId}`;
}

/** What a step may settle findings on, as keys: its resource, and its session if it has one. */
function resourcesOf(step: PlanStep): readonly string[] {
  const { accountId, region, resourceId } = step;
  const session = sessionIdOf(step);
  return [resourceId, ...(session === undefined ? [] : [session])].map((id) => `${accountId} ${region} ${id}`);
}

function groupByAll<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): ReadonlyMap<string, readonly T[]> {
  const keyed = groupBy(
    items.flatMap((item) => keysOf(item).map((key) => ({ key, item }))),
    ({ key }) => key,
  );
  return new Map([...keyed].map(([key, members]) => [key, members.map(({ item }) => item)]));
}

function reasonsOf(reasons: readonly { readonly reason: string }[]): string {
  return [...new Set(reasons.map(({ reason }) => reason))].join('; ');
}
