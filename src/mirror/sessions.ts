/** What a session that exists is to us: ours, one that serves as well, another tool's, or one that nobody should have made. */

import { tagValue } from '../inventory/instance.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { type AccountIndex, SESSIONS_PER_INTERFACE } from './account-index.ts';
import type { Destination } from './destinations.ts';
import { MANAGED_TAG } from './policy.ts';

/**
 * - `serving`: has the filter and a target of the source's destination, whoever made it
 * - `drifted`: ours by its tag, but with another filter or target than the destination's
 * - `suspicion`: goes where suspects go
 * - `rogue`: of a foreign owner, or to a target nobody configured
 * - `other`: another tool's, which is none of our business
 */
export type SessionKind = 'serving' | 'drifted' | 'suspicion' | 'rogue' | 'other';

/** True for a session that carries our tag: the only ones we change or delete. */
export function isManaged({ tags }: TrafficMirrorSession): boolean {
  return tagValue(tags, MANAGED_TAG) === 'true';
}

/** What a session is, seen from a source that belongs to `destination` (undefined for one that is not mirrored). */
export function kindOf(
  session: TrafficMirrorSession,
  destination: Destination | undefined,
  account: AccountIndex,
): SessionKind {
  const { trafficMirrorFilterId: filterId, trafficMirrorTargetId: targetId } = session;
  if (rogueReason(session, account) !== undefined) return 'rogue';
  if (filterId === destination?.filterId && destination.targetIds.includes(targetId)) return 'serving';
  const { onSuspicion } = account.policy;
  if (onSuspicion?.filterId === filterId && onSuspicion.targetIds.includes(targetId)) return 'suspicion';
  return isManaged(session) ? 'drifted' : 'other';
}

/**
 * Why a session should not exist, undefined when there is nothing against it: its owner, or its target's, is neither this account
 * nor trusted; or its target is not one of those configured. Mirroring to a target of one's own in the victim's account is how
 * traffic is stolen, so that a target's being in this account clears nothing; our own tag does for a target in this account, which
 * was taken out of the configuration then.
 *
 * @see https://attack.mitre.org/techniques/T1020/001/
 */
export function rogueReason(session: TrafficMirrorSession, account: AccountIndex): string | undefined {
  const { trafficMirrorSessionId: id, trafficMirrorTargetId: targetId, ownerId } = session;
  const { trustedOwners } = account.policy;
  const isTrusted = (owner: string): boolean => owner === account.inventory.accountId || trustedOwners.includes(owner);
  if (ownerId !== undefined && !isTrusted(ownerId)) {
    return `session ${id} belongs to account ${ownerId}, which is not trusted`;
  }
  if (account.configuredTarget(targetId) !== undefined) return undefined;
  const target = account.trafficMirrorTarget(targetId);
  const targetOwner = typeof target === 'object' ? target.ownerId : undefined;
  if (targetOwner !== undefined && !isTrusted(targetOwner)) {
    return `session ${id} sends copies to ${targetId} of account ${targetOwner}, which is not trusted`;
  }
  if (targetOwner !== undefined && trustedOwners.includes(targetOwner)) return undefined;
  if (isManaged(session) && target !== 'gone') return undefined;
  return `session ${id} sends copies to ${targetId}, which is not a configured target`;
}

/**
 * Why an interface can have no further session, undefined when it can: AWS allows three, and all are others'. One of ours among
 * them can be changed instead.
 */
export function slotsTaken(networkInterfaceId: string, account: AccountIndex): string | undefined {
  const sessions = account.sessionsOn(networkInterfaceId);
  if (sessions.length < SESSIONS_PER_INTERFACE || sessions.some(isManaged)) return undefined;
  const ids = sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId).join(', ');
  return `its ${SESSIONS_PER_INTERFACE} session slots are taken by sessions that are not ours: ${ids}`;
}

/** The sessions that are there for the source's destination, the lowest session number first. */
export function countedOf(
  sessions: readonly TrafficMirrorSession[],
  destination: Destination,
  account: AccountIndex,
): readonly TrafficMirrorSession[] {
  return sessions.filter((session) => {
    const kind = kindOf(session, destination, account);
    return kind === 'serving' || kind === 'drifted';
  });
}
