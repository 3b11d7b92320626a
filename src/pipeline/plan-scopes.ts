/** Plans for what was judged, and the findings as a plan and its outcomes leave them. */

import type { Finding, FindingRemediation } from '../audit/finding.ts';
import { indexAccount } from '../mirror/account-index.ts';
import { accountAfter, type Verdicts, verdictsAfter } from '../remediation/account-after.ts';
import type { Outcome } from '../remediation/outcome.ts';
import type { PlanStep, RemediationPlan } from '../remediation/plan.ts';
import { planRemediation } from '../remediation/plan-remediation.ts';
import type { AssessedScope } from './assess.ts';

export interface PlanChoices {
  /** Overrides the policy: orphans and duplicates of ours are deleted. */
  readonly cleanup?: boolean | undefined;
  readonly rebalance?: boolean | undefined;
  readonly maxMoves?: number | undefined;
  /** The time of the plan; without it no idle sensor is old enough to be terminated. */
  readonly now?: Date | undefined;
  /** Steps that will be applied first; the plan builds on the account as they leave it. @default none */
  readonly stepsBefore?: readonly PlanStep[] | undefined;
  /** Plans only the interfaces that the audit judged. @default true when only part of the account was read */
  readonly judgedOnly?: boolean | undefined;
}

/** The plan for the interfaces that were judged in a scope, by the verdicts of the audit; empty when mirroring was not judged. */
export function planFor({ audited, inventory }: AssessedScope, choices: PlanChoices = {}): RemediationPlan {
  if (audited.account === null) return { steps: [], unplaced: [], load: [] };
  const { cleanup = false, rebalance = false, maxMoves, now, stepsBefore = [] } = choices;
  const { judgedOnly = inventory.partial !== undefined } = choices;
  const { policy, unsupported } = audited.account;
  const account =
    cleanup && !policy.cleanup ? indexAccount(inventory, { ...policy, cleanup }, { unsupported }) : audited.account;
  const verdicts = verdictsOf(audited);
  return planRemediation(accountAfter(account, stepsBefore), {
    networkInterfaceIds: judgedOnly ? new Set(verdicts.keys()) : undefined,
    verdicts: verdictsAfter(verdicts, stepsBefore),
    now,
    rebalance: rebalance ? { maxMoves } : undefined,
  });
}

/** What the audit concluded about each interface that it judged. */
function verdictsOf({ resources }: AssessedScope['audited']): Verdicts {
  return new Map(
    resources.flatMap(({ interfaces }) =>
      interfaces.map(({ networkInterface, verdict }) => [networkInterface.networkInterfaceId, verdict] as const),
    ),
  );
}

/** Rules that a step on a resource's interface can settle. */
const MENDED_BY: Readonly<Partial<Record<Finding['rule'], readonly PlanStep['kind'][]>>> = {
  'instance-unmirrored': ['create-session', 'modify-session'],
  'mirror-ineffective': ['modify-session', 'create-session'],
  'mirror-duplicate': ['delete-session'],
  'mirror-orphan': ['delete-session'],
};

/**
 * The findings with what was done about them. One whose every step was done is resolved; one whose source AWS refuses for good
 * is muted with the reason; with a failed step, or a source that has no target, it stays open and says why.
 */
export function withRemediation(
  findings: readonly Finding[],
  plan: RemediationPlan,
  outcomes: readonly Outcome[],
): readonly Finding[] {
  const steps = groupByResource(plan.steps);
  const results = groupByResource(outcomes.map((outcome) => ({ ...outcome.step, outcome })));
  const unplacedByResource = groupByResource(plan.unplaced);
  return findings.map((finding) => {
    const kinds = MENDED_BY[finding.rule];
    if (kinds === undefined || finding.status !== 'open') return finding;
    const concerns = (step: PlanStep): boolean =>
      kinds.includes(step.kind) &&
      (finding.resourceType !== 'AWS::EC2::TrafficMirrorSession' || step.trafficMirrorSessionId === finding.resourceId);
    const keys = finding.resourceType === 'AWS::EC2::TrafficMirrorSession' ? [...steps.keys()] : [finding.resourceId];
    const planned = keys.flatMap((key) => steps.get(key) ?? []).filter(concerns);
    const done = keys
      .flatMap((key) => results.get(key) ?? [])
      .filter(concerns)
      .map(({ outcome }) => outcome);
    const unplaced =
      finding.resourceType === 'AWS::EC2::TrafficMirrorSession'
        ? []
        : (unplacedByResource.get(finding.resourceId) ?? []);
    if (done.length > 0)
      return settled(
        finding,
        done,
        unplaced.map(({ reason }) => reason),
      );
    const [first] = planned;
    if (unplaced.length > 0)
      return {
        ...finding,
        remediation: {
          kind: first?.kind ?? 'create-session',
          outcome: 'unplaced',
          reason: sentences(unplaced.map(({ reason }) => reason)),
        },
      };
    if (first === undefined) return finding;
    return {
      ...finding,
      remediation: {
        kind: first.kind,
        outcome: 'planned',
        reason: first.reason,
        trafficMirrorTargetId: first.trafficMirrorTargetId,
      },
    };
  });
}

function settled(finding: Finding, outcomes: readonly Outcome[], unplaced: readonly string[]): Finding {
  const failed = outcomes.filter(({ result }) => result === 'failed');
  const [first] = failed.length > 0 ? failed : outcomes;
  if (first === undefined) return finding;
  const { step, trafficMirrorSessionId, trafficMirrorTargetId = step.trafficMirrorTargetId } = first;
  const remediation = (outcome: FindingRemediation['outcome'], reason: string): FindingRemediation => ({
    kind: step.kind,
    outcome,
    reason,
    ...(trafficMirrorSessionId !== undefined && { trafficMirrorSessionId }),
    ...(trafficMirrorTargetId !== undefined && { trafficMirrorTargetId }),
  });
  if (failed.length > 0)
    return { ...finding, remediation: remediation('failed', sentences(failed.map(({ reason }) => reason))) };
  if (unplaced.length > 0) return { ...finding, remediation: remediation('unplaced', sentences(unplaced)) };
  if (outcomes.every(({ result }) => result === 'exempt')) {
    return {
      ...finding,
      status: 'muted',
      reason: `${finding.resourceId} cannot be mirrored: ${first.reason}.`,
      remediation: remediation('not-needed', first.reason),
    };
  }
  return { ...finding, status: 'resolved', remediation: remediation('done', first.reason) };
}

function sentences(reasons: readonly string[]): string {
  return [...new Set(reasons)].join('; ');
}

function groupByResource<T extends { readonly resourceId: string }>(
  items: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.resourceId);
    if (group === undefined) groups.set(item.resourceId, [item]);
    else group.push(item);
  }
  return groups;
}
