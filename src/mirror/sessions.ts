/** Sorts existing sessions: our own, others that serve as well, other tools', and those that should not exist. */

import { tagValue } from '../inventory/instance.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { type AccountIndex, SESSIONS_PER_INTERFACE } from './account-index.ts';
import type { Destination } from './destinations.ts';
import { unprovenPoolTarget } from './ours/sensors.ts';
import { MANAGED_TAG } from './policy.ts';

/**
 * - `serving`: has the filter and a target of the source's destination, no matter who made it
 * - `drifted`: ours by its tag and owner, but with a filter or target that is not the destination's
 * - `suspicion`: goes to a target for suspects
 * - `rogue`: has an untrusted owner, or goes to a target that is not configured
 * - `other`: another tool's, which we leave alone
 */
export type SessionKind = 'serving' | 'drifted' | 'suspicion' | 'rogue' | 'other';

/**
 * True for a session of this account with our tag. We change and delete no others. The tag doesn't prove that we made it: `sentByUs` and
 * `rogueReason` ask for proof. A target's owner also sees the sessions of accounts
 * that share the target, and only their own account may modify them.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-targets.html
 */
export function isManaged(session: TrafficMirrorSession, accountId: string): boolean {
  return hasOurTag(session) && (session.ownerId ?? accountId) === accountId;
}

function hasOurTag({ tags }: TrafficMirrorSession): boolean {
  return tagValue(tags, MANAGED_TAG) === 'true';
}

/** True if it is proven that we sent the session to the target where it is, or that the target was configured when it was last looked at. */
function sentByUs(
  { trafficMirrorSessionId, trafficMirrorTargetId }: TrafficMirrorSession,
  { inventory: { ours } }: AccountIndex,
): boolean {
  const sentTo = ours?.sessions.get(trafficMirrorSessionId)?.targetIds;
  return sentTo?.has(trafficMirrorTargetId) === true || ours?.formerTargetIds.has(trafficMirrorTargetId) === true;
}

/**
 * The session of ours that is changed when a source without a working session gets a place: the one that is judged, if it is ours; else
 * one that can precede it, or one that someone pointed at an unknown target. Undefined when a session has to be created.
 */
export function sessionToChange(
  networkInterfaceId: string,
  destination: Destination | undefined,
  account: AccountIndex,
): TrafficMirrorSession | undefined {
  const ours = oursOn(networkInterfaceId, account);
  if (ours.length === 0) return undefined;
  const [judged] =
    destination === undefined ? [] : countedOf(account.sessionsOn(networkInterfaceId), destination, account);
  if (judged === undefined) return ours.find((session) => rogueReason(session, account) !== undefined);
  return ours.includes(judged) ? judged : ours[0];
}

function oursOn(networkInterfaceId: string, account: AccountIndex): readonly TrafficMirrorSession[] {
  const { accountId } = account.inventory;
  return account.sessionsOn(networkInterfaceId).filter((session) => isManaged(session, accountId));
}

/** The kind of a session on a source with this destination (undefined for an interface that is not a source). */
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
  return isManaged(session, account.inventory.accountId) ? 'drifted' : 'other';
}

/**
 * Why a session should not exist; undefined when nothing is wrong with it. A session is rogue when its owner or its target's owner is
 * neither this account nor trusted, or when its target is not configured. A target in this account proves nothing: attackers steal
 * traffic by mirroring to a target that they create in the victim's account. Our tag proves nothing either. But a session that we are
 * proven to have sent to its target is fine: the target was only removed from the configuration.
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
    return `session ${id} mirrors to ${targetId} of account ${targetOwner}, which is not trusted`;
  }
  if (targetOwner !== undefined && trustedOwners.includes(targetOwner)) return undefined;
  const what = `session ${id} mirrors to ${targetId}, which is not a configured target`;
  if (!hasOurTag(session)) return what;
  if (target !== 'gone' && sentByUs(session, account)) return undefined;
  const doubt = unprovenPoolTarget(account.poolTargets.get(targetId));
  return [what, ...(doubt === undefined ? [] : [doubt]), disguiseOf(session, account)].join('; ');
}

/** What our tag on a session is worth that leads where we did not send it. */
function disguiseOf({ trafficMirrorSessionId: id }: TrafficMirrorSession, { inventory }: AccountIndex): string {
  const sentTo = inventory.ours?.sessions.get(id)?.targetIds;
  return sentTo === undefined
    ? `the session passes itself off as ours by the tag ${MANAGED_TAG}, and nothing proves that we made it`
    : `we made the session for ${[...sentTo].toSorted().join(', ')}, and somebody else sent it there`;
}

/** True for a session with our tag that is rogue. */
export function isDisguised(session: TrafficMirrorSession, account: AccountIndex): boolean {
  return hasOurTag(session) && rogueReason(session, account) !== undefined;
}

/**
 * Why an interface can't get a session; undefined when it can. AWS allows three sessions per interface. If one of them is ours, we can
 * change it instead of creating another.
 */
export function slotsTaken(networkInterfaceId: string, account: AccountIndex): string | undefined {
  const sessions = account.sessionsOn(networkInterfaceId);
  if (sessions.length < SESSIONS_PER_INTERFACE || oursOn(networkInterfaceId, account).length > 0) return undefined;
  const ids = sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId).join(', ');
  return `its ${SESSIONS_PER_INTERFACE} session slots are taken by sessions that are not ours: ${ids}`;
}

/** The sessions that count as mirroring the source: `serving` and `drifted` ones, lowest session number first. */
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
