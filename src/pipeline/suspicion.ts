/** What GuardDuty suspects, planned for and found: the finding's id goes where people and later runs look. */

import { type Finding, findingId } from '../audit/finding.ts';
import { severityOf } from '../audit/rule-book.ts';
import { resourceOf } from '../mirror/eligibility.ts';
import type { RemediationPlan } from '../remediation/plan.ts';
import { joinPlans } from '../remediation/plan-remediation.ts';
import { endedSuspicions, planSuspicion, type Suspect } from '../remediation/plan-suspicion.ts';
import type { AssessedScope } from './assess.ts';
import { planFor } from './plan-scopes.ts';
import { suspicionsOf } from './relevant-sightings.ts';

/** A scope's plan, and the sources of it that are suspected. */
export interface ScopePlan {
  readonly scope: AssessedScope;
  readonly plan: RemediationPlan;
  readonly suspects: readonly Suspect[];
}

/**
 * The plan for one scope: sessions on suspicion that are over go, suspects get theirs, and the rest is planned for the account as it
 * will be then. Unless the whole account was judged, only interfaces that were judged are in it.
 */
export function planScope(scope: AssessedScope, { now, complete }: { now: Date; complete: boolean }): ScopePlan {
  const { audited, inventory, sightings = [] } = scope;
  const { account, resources } = audited;
  if (account === null) return { scope, plan: planFor(scope), suspects: [] };
  const isJudged = new Set(
    resources.flatMap(({ interfaces }) =>
      interfaces.map(({ networkInterface }) => networkInterface.networkInterfaceId),
    ),
  );
  const ended = endedSuspicions(account, now).filter(
    ({ networkInterfaceId }) => complete || isJudged.has(networkInterfaceId),
  );
  const { suspects, steps, unplaced } = planSuspicion(account, suspicionsOf(sightings), now);
  const first = { steps: [...ended, ...steps], unplaced, load: [] };
  const judgedOnly = !complete || inventory.partial !== undefined;
  const rest = planFor(scope, { now, judgedOnly, stepsBefore: first.steps });
  return { scope, plan: joinPlans([first, rest]), suspects };
}

/**
 * The findings with those of suspects: whatever a rule says of the resource, it is not mirrored as its suspicion asks. The finding
 * is not held back by the grace.
 */
export function withSuspects(
  findings: readonly Finding[],
  plans: readonly ScopePlan[],
  severities: Parameters<typeof severityOf>[1],
): readonly Finding[] {
  const suspected = new Map<string, Finding>();
  const known = new Map(findings.map((finding) => [finding.id, finding]));
  for (const { suspects, scope } of plans) {
    for (const suspect of suspects) {
      const { accountId, region } = scope.scope;
      const id = findingId('instance-unmirrored', accountId, region, suspect.resourceId);
      if (suspected.has(id)) continue;
      suspected.set(id, findingOf(id, suspect, scope, { before: known.get(id), severities }));
    }
  }
  return [...findings.filter(({ id }) => !suspected.has(id)), ...suspected.values()];
}

function findingOf(
  id: string,
  { networkInterface, resourceId, sighting, until }: Suspect,
  { scope, audited }: AssessedScope,
  { before, severities }: { before: Finding | undefined; severities: Parameters<typeof severityOf>[1] },
): Finding {
  const { guardDutyFindingId, guardDutyFindingType, evidence } = sighting;
  const { pendingUntil: _, exemption: __, ...detail } = before?.detail ?? {};
  const resource = resourceOf(networkInterface, audited.account ?? undefined);
  const others = (before?.evidence ?? []).filter(({ eventID }) => eventID !== evidence.eventID);
  const also = before?.status === 'open' ? ` ${before.reason}` : '';
  return {
    schema: 'mirrorwatch.finding/1',
    id,
    rule: 'instance-unmirrored',
    severity: before?.severity ?? severityOf('instance-unmirrored', severities),
    status: 'open',
    ...scope,
    resourceType: resource.resourceType,
    resourceId,
    reason: `${resourceId} is suspected by GuardDuty (${guardDutyFindingType}, finding ${guardDutyFindingId}) and is to be mirrored until ${until.toISOString()}.${also}`,
    detail: {
      ...(networkInterface.vpcId !== undefined && { vpcId: networkInterface.vpcId }),
      ...(networkInterface.availabilityZone !== undefined && { availabilityZone: networkInterface.availabilityZone }),
      ...detail,
      guardDutyFindingId,
      guardDutyFindingType,
      mirroredUntil: until.toISOString(),
    },
    firstSeen: evidence.eventTime,
    lastSeen: evidence.eventTime,
    evidence: [evidence, ...others],
    fix: 'mirrorwatch mirror apply',
  };
}
