/** Which of our sessions are to be deleted: those that are billed for nothing. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { type SessionFinding, sessionFindings, verdictOf } from '../mirror/coverage.ts';
import { resourceOf } from '../mirror/eligibility.ts';
import type { Survey } from '../mirror/survey.ts';
import type { PlanStep } from './plan.ts';
import { surveyAfter } from './survey-after.ts';

/**
 * Our orphans and duplicates among the interfaces in scope, where the policy lets them go. None is deleted that only could not be
 * seen to have a source, and none without which its source would be mirrored no more.
 */
export function deletionsOf(
  survey: Survey,
  inScope: (at: { readonly networkInterfaceId: string }) => boolean,
): readonly PlanStep[] {
  if (!survey.policy.cleanup) return [];
  const { incomplete = {} } = survey.inventory;
  // A source that is missing from a list that lost some of its items may well be there.
  const sure = incomplete.networkInterfaces === undefined && incomplete.instances === undefined;
  const unwanted = sessionFindings(survey).filter(
    ({ managed, kind }) => managed && (kind === 'duplicate' || (kind === 'orphan' && sure)),
  );
  const distinct = new Map(unwanted.map((finding) => [finding.trafficMirrorSessionId, finding]));
  const deletions = [...distinct.values()].flatMap((finding) => {
    const session = survey.trafficMirrorSession(finding.trafficMirrorSessionId);
    return typeof session === 'object' ? [deletionOf(session, finding, survey)] : [];
  });
  return harmless(deletions.filter(inScope), survey);
}

/** Without deletions on interfaces that would be less mirrored after them than before. */
function harmless(deletions: readonly PlanStep[], survey: Survey): readonly PlanStep[] {
  const after = surveyAfter(survey, deletions);
  const carries = (networkInterfaceId: string, at: Survey): boolean => {
    const source = at.networkInterface(networkInterfaceId);
    return typeof source === 'object' && ['mirrored', 'duplicate'].includes(verdictOf(source, at).kind);
  };
  return deletions.filter(({ networkInterfaceId: id }) => !carries(id, survey) || carries(id, after));
}

function deletionOf(session: TrafficMirrorSession, { kind, reason }: SessionFinding, survey: Survey): PlanStep {
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = session;
  const source = survey.networkInterface(networkInterfaceId);
  const name = session.tags.find(({ key }) => key === 'Name')?.value;
  return {
    kind: 'delete-session',
    accountId: survey.inventory.accountId,
    region: survey.inventory.region,
    networkInterfaceId,
    resourceId: typeof source === 'object' ? resourceOf(source, survey).resourceId : (name ?? networkInterfaceId),
    trafficMirrorTargetId,
    trafficMirrorFilterId,
    sessionNumber,
    trafficMirrorSessionId: session.trafficMirrorSessionId,
    reason: `${kind}: ${reason}`,
  };
}
