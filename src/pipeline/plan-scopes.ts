/** Plans for what was judged: first what GuardDuty suspects, then everything else, on the account as the first steps leave it. */

import { indexAccount } from '../mirror/account-index.ts';
import { accountAfter, type Verdicts, verdictsAfter } from '../remediation/account-after.ts';
import type { PlannedAccount } from '../remediation/advice/fixes.ts';
import type { PlanStep, RemediationPlan } from '../remediation/plan.ts';
import { joinPlans, planRemediation } from '../remediation/plan-remediation.ts';
import { endedSuspicions, planSuspicion, type Suspect } from '../remediation/suspicion/plan-suspicion.ts';
import type { AssessedScope } from './assess.ts';
import { suspicionsOf } from './relevant-sightings.ts';

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
  /** Only the steps about these interfaces, resources or sessions, as they are in the whole plan. */
  readonly only?: ReadonlySet<string> | undefined;
}

const NO_PLAN: RemediationPlan = { steps: [], unplaced: [], load: [] };

/** The plan for the interfaces that were judged in a scope, by the verdicts of the audit; empty when mirroring was not judged. */
export function planFor({ audited, inventory }: AssessedScope, choices: PlanChoices = {}): RemediationPlan {
  if (audited.account === null) return NO_PLAN;
  const { cleanup = false, rebalance = false, maxMoves, now, stepsBefore = [], only } = choices;
  const { judgedOnly = inventory.partial !== undefined } = choices;
  const { policy, unsupported, compiled } = audited.account;
  const account =
    cleanup && !policy.cleanup
      ? indexAccount(inventory, { ...policy, cleanup }, { unsupported, compiled })
      : audited.account;
  const verdicts = verdictsOf(audited);
  return planRemediation(accountAfter(account, stepsBefore), {
    networkInterfaceIds: judgedOnly ? new Set(verdicts.keys()) : undefined,
    verdicts: verdictsAfter(verdicts, stepsBefore),
    now,
    only,
    forbidden: audited.forbidden,
    rebalance: rebalance ? { maxMoves } : undefined,
  });
}

/** A scope's plan, and the sources in it that are suspected. */
export interface ScopePlan {
  readonly scope: AssessedScope;
  readonly plan: RemediationPlan;
  readonly suspects: readonly Suspect[];
}

/**
 * The plan for one scope: expired sessions for suspects are deleted, suspects get theirs, and the rest is planned for the account
 * as it will be then. Unless the whole account was judged, only judged interfaces are in it.
 */
export function planScope(scope: AssessedScope, { now, complete }: { now: Date; complete: boolean }): ScopePlan {
  const { audited, inventory, sightings = [] } = scope;
  const { account } = audited;
  if (account === null) return { scope, plan: NO_PLAN, suspects: [] };
  const judged = verdictsOf(audited);
  const ended = endedSuspicions(account, now).filter(
    ({ networkInterfaceId }) => complete || judged.has(networkInterfaceId),
  );
  const left = accountAfter(account, ended);
  const { suspects, steps, unplaced } = planSuspicion(left, suspicionsOf(sightings), now, audited.forbidden);
  const first = { steps: [...ended, ...steps], unplaced, load: [] };
  const judgedOnly = !complete || inventory.partial !== undefined;
  const rest = planFor(scope, { now, judgedOnly, stepsBefore: first.steps });
  return { scope, plan: joinPlans([first, rest]), suspects };
}

/** What the audit concluded about each interface that it judged. */
function verdictsOf({ resources }: AssessedScope['audited']): Verdicts {
  return new Map(
    resources.flatMap(({ interfaces }) =>
      interfaces.map(({ networkInterface, verdict }) => [networkInterface.networkInterfaceId, verdict] as const),
    ),
  );
}

/** A scope with its plan, as the fixes of its findings need it. Undefined when its mirroring was not judged. */
export function plannedAccount({ audited }: AssessedScope, plan: RemediationPlan): PlannedAccount | undefined {
  const { account, resources, forbidden } = audited;
  return account === null ? undefined : { account, resources, forbidden, plan };
}
