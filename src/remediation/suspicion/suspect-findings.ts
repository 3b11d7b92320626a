/** Findings for what GuardDuty suspects: the resource should be mirrored, whatever the rules say about it. */

import {
  type Finding,
  type FindingContext,
  findingId,
  makeFinding,
  type RuleId,
  type Severity,
} from '../../audit/finding.ts';
import { UNPLANNED_FIX } from '../../audit/mirrored-resource.ts';
import { groupBy, uniqueBy } from '../../collections.ts';
import type { Scope } from '../../inventory/inventory.ts';
import { resourceOf } from '../../mirror/eligibility.ts';
import type { Suspect } from './plan-suspicion.ts';

/** The suspects of one account and region. */
export interface SuspectsOfScope {
  readonly scope: Scope;
  /** When the account was read. */
  readonly readAt: Date;
  readonly suspects: readonly Suspect[];
}

/**
 * The findings, with those of suspects replaced or added: a suspect is not mirrored as its suspicion asks. Such a finding is mailed
 * without waiting for the grace period.
 */
export function withSuspects(
  findings: readonly Finding[],
  suspected: readonly SuspectsOfScope[],
  severities: Readonly<Partial<Record<RuleId, Severity>>>,
): readonly Finding[] {
  const known = new Map(findings.map((finding) => [finding.id, finding]));
  const made = suspected.flatMap(({ scope: { accountId, region }, readAt, suspects }) => {
    const ofResource = groupBy(suspects, ({ resourceId }) => resourceId);
    return uniqueBy(suspects, ({ resourceId }) => resourceId).map((suspect) => {
      const id = findingId('instance-unmirrored', accountId, region, suspect.resourceId);
      const detail = detailOf(ofResource.get(suspect.resourceId) ?? []);
      const before = known.get(id) ?? { detail };
      return suspectFinding(suspect, { accountId, region }, before, { severities, now: readAt });
    });
  });
  const replaced = new Set(made.map(({ id }) => id));
  return [...findings.filter(({ id }) => !replaced.has(id)), ...made];
}

/** The detail of a finding about a resource that is mirrored as the rules ask: a re-check finds it again by its interfaces. */
function detailOf(suspects: readonly Suspect[]): Finding['detail'] {
  const ids = new Set(suspects.map(({ networkInterface }) => networkInterface.networkInterfaceId));
  const interfaces = [...ids].map((networkInterfaceId) => ({
    networkInterfaceId,
    verdict: 'missing',
    reason: 'it has no session on suspicion',
  }));
  return { interfaces };
}

function suspectFinding(
  { networkInterface, resourceId, sighting, until }: Suspect,
  scope: Scope,
  before: Pick<Finding, 'detail'> & Partial<Finding>,
  context: FindingContext,
): Finding {
  const { guardDutyFindingId, guardDutyFindingType, evidence } = sighting;
  const { vpcId, availabilityZone } = networkInterface;
  const { pendingUntil: _, exemption: __, ...detail } = before.detail;
  const others = (before.evidence ?? []).filter(({ eventID }) => eventID !== evidence.eventID);
  const alsoFound = before.status === 'open' ? ` ${before.reason}` : '';
  return makeFinding(
    {
      ...scope,
      rule: 'instance-unmirrored',
      resourceType: resourceOf(networkInterface).resourceType,
      resourceId,
      reason: `${resourceId} is suspected by GuardDuty (${guardDutyFindingType}, finding ${guardDutyFindingId}) and should be mirrored until ${until.toISOString()}.${alsoFound}`,
      detail: {
        vpcId,
        availabilityZone,
        ...detail,
        guardDutyFindingId,
        guardDutyFindingType,
        mirroredUntil: until.toISOString(),
      },
      cause: before.cause,
      launchedBy: before.launchedBy,
      owner: before.owner,
      seenBecause: `GuardDuty finding ${guardDutyFindingId}`,
      evidence: [evidence, ...others],
      fix: UNPLANNED_FIX,
      // Suspected since then; not mirrored as of the look.
      firstSeen: evidence.eventTime,
      lastSeen: context.now.toISOString(),
    },
    context,
  );
}
