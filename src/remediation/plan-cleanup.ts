/** Which of our sessions are to be deleted: those that are billed for nothing. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { type SessionFinding, sessionFindings, verdictOf } from '../mirror/coverage.ts';
import { resourceOf } from '../mirror/eligibility.ts';
import { accountAfter } from './account-after.ts';
import type { PlanStep } from './plan.ts';

/**
 * Our orphans and duplicates among the interfaces in scope, where the policy lets them go. None is deleted that only could not be
 * seen to have a source, and none without which its source would be mirrored no more.
 */
export function deletionsOf(
  account: AccountIndex,
  inScope: (at: { readonly networkInterfaceId: string }) => boolean,
): readonly PlanStep[] {
  if (!account.policy.cleanup) return [];
  const { incomplete = {} } = account.inventory;
  // A source that is missing from a list that lost some of its items may well be there.
  const sure = incomplete.networkInterfaces === undefined && incomplete.instances === undefined;
  const unwanted = sessionFindings(account).filter(
    ({ managed, kind }) => managed && (kind === 'duplicate' || (kind === 'orphan' && sure)),
  );
  const distinct = new Map(unwanted.map((finding) => [finding.trafficMirrorSessionId, finding]));
  const deletions = [...distinct.values()].flatMap((finding) => {
    const session = account.trafficMirrorSession(finding.trafficMirrorSessionId);
    return typeof session === 'object' ? [deletionOf(session, finding, account)] : [];
  });
  return harmless(deletions.filter(inScope), account);
}

/** Without deletions on interfaces that would be less mirrored after them than before. */
function harmless(deletions: readonly PlanStep[], account: AccountIndex): readonly PlanStep[] {
  const after = accountAfter(account, deletions);
  const carries = (networkInterfaceId: string, at: AccountIndex): boolean => {
    const source = at.networkInterface(networkInterfaceId);
    return typeof source === 'object' && ['mirrored', 'duplicate'].includes(verdictOf(source, at).kind);
  };
  return deletions.filter(({ networkInterfaceId: id }) => !carries(id, account) || carries(id, after));
}

function deletionOf(session: TrafficMirrorSession, { kind, reason }: SessionFinding, account: AccountIndex): PlanStep {
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = session;
  const source = account.networkInterface(networkInterfaceId);
  const name = session.tags.find(({ key }) => key === 'Name')?.value;
  return {
    kind: 'delete-session',
    accountId: account.inventory.accountId,
    region: account.inventory.region,
    networkInterfaceId,
    resourceId: typeof source === 'object' ? resourceOf(source, account).resourceId : (name ?? networkInterfaceId),
    trafficMirrorTargetId,
    trafficMirrorFilterId,
    sessionNumber,
    trafficMirrorSessionId: session.trafficMirrorSessionId,
    reason: `${kind}: ${reason}`,
  };
}
