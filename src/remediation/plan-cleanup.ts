/** The clean-up: which of our sessions to delete because they are billed for nothing. */

import type { ForbiddenRepairs } from '../audit/exemptions.ts';
import { uniqueBy } from '../collections.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { type SessionFinding, sessionFindings, verdictOf } from '../mirror/coverage.ts';
import { resourceOf } from '../mirror/eligibility.ts';
import type { Verdict } from '../mirror/verdict.ts';
import { accountAfter, type Verdicts } from './account-after.ts';
import type { DeleteSessionStep } from './plan.ts';

/**
 * Deletes our orphans and duplicates among the interfaces in scope, where the policy allows it. Keeps an orphan whose source an
 * incomplete read may have missed, any session whose deletion would leave its source unmirrored, and those that an exemption covers.
 */
export function deletionsOf(
  account: AccountIndex,
  verdicts: Verdicts,
  inScope: (at: { readonly networkInterfaceId: string }) => boolean,
  forbidden: ForbiddenRepairs = new Map(),
): readonly DeleteSessionStep[] {
  if (!account.policy.cleanup) return [];
  const { incomplete = {} } = account.inventory;
  const isComplete = incomplete.networkInterfaces === undefined && incomplete.instances === undefined;
  const unwanted = sessionFindings(account).filter(
    (finding) =>
      finding.managed &&
      (finding.kind === 'duplicate' || (finding.kind === 'orphan' && isComplete)) &&
      !isForbidden(finding, forbidden),
  );
  const distinct = uniqueBy(unwanted, ({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  const deletions = distinct.flatMap((finding) => {
    const session = account.trafficMirrorSession(finding.trafficMirrorSessionId);
    return typeof session === 'object' ? [deletionOf(session, finding, account)] : [];
  });
  return harmlessOf(deletions.filter(inScope), verdicts, account);
}

/** A session on a source that must not be mirrored stays as well: a person decides whether it goes. */
function isForbidden(
  { kind, networkInterfaceId, trafficMirrorSessionId }: SessionFinding,
  forbidden: ForbiddenRepairs,
): boolean {
  if (kind === 'orphan') return forbidden.get(trafficMirrorSessionId)?.has('mirror-orphan') === true;
  const rules = forbidden.get(networkInterfaceId);
  return rules?.has('mirror-duplicate') === true || rules?.has('instance-unmirrored') === true;
}

/** The deletions after which no source is mirrored less than before. */
function harmlessOf(
  deletions: readonly DeleteSessionStep[],
  verdicts: Verdicts,
  account: AccountIndex,
): readonly DeleteSessionStep[] {
  const after = accountAfter(account, deletions);
  const isMirroredNow = (source: NetworkInterface): boolean =>
    isCovered(verdicts.get(source.networkInterfaceId) ?? verdictOf(source, account));
  return deletions.filter(({ networkInterfaceId }) => {
    const source = account.networkInterface(networkInterfaceId);
    return typeof source !== 'object' || !isMirroredNow(source) || isCovered(verdictOf(source, after));
  });
}

function isCovered({ kind }: Verdict): boolean {
  return kind === 'mirrored' || kind === 'duplicate';
}

function deletionOf(
  session: TrafficMirrorSession,
  { kind, reason }: SessionFinding,
  account: AccountIndex,
): DeleteSessionStep {
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = session;
  const source = account.networkInterface(networkInterfaceId);
  const name = session.tags.find(({ key }) => key === 'Name')?.value;
  return {
    kind: 'delete-session',
    accountId: account.inventory.accountId,
    region: account.inventory.region,
    networkInterfaceId,
    resourceId: typeof source === 'object' ? resourceOf(source).resourceId : (name ?? networkInterfaceId),
    trafficMirrorTargetId,
    trafficMirrorFilterId,
    sessionNumber,
    trafficMirrorSessionId: session.trafficMirrorSessionId,
    reason: `${kind}: ${reason}`,
  };
}
