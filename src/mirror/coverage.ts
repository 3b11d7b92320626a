/** What the sessions that exist are worth: the verdict of an interface, and the sessions that are billed for nothing or not ours to trust. */

import { tagValue } from '../inventory/instance.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import type { Destination } from './destinations.ts';
import { type Eligibility, type ExemptCode, eligibilityOf } from './eligibility.ts';
import { UNTIL_TAG } from './policy.ts';
import { choose } from './select-target.ts';
import { sessionHealthOf } from './session-health.ts';
import { countedOf, isManaged, rogueReason } from './sessions.ts';
import type { Verdict } from './verdict.ts';

export { isManaged } from './sessions.ts';

/** A session that should not be as it is. */
export interface SessionFinding {
  readonly kind: 'rogue' | 'duplicate' | 'orphan';
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId: string;
  readonly networkInterfaceId: string;
  /** True when the session carries our tag: only those may be changed or deleted. */
  readonly managed: boolean;
  readonly reason: string;
  /** For a duplicate, the session of the interface that stays. */
  readonly keep?: string | undefined;
}

/**
 * The verdict of an interface, given the sessions that exist. A session of anyone's with the filter and a target of its destination
 * counts; ours count also where they have drifted from it. Of several, the one with the lowest number is judged, since it gets the
 * packets; it is `duplicate` only when that one works. Where none counts, a rogue session is named before the missing one, and the
 * `rogue` verdict still says which target would be chosen: the sensor does not see this interface either way.
 */
export function verdictOf(networkInterface: NetworkInterface, account: AccountIndex): Verdict {
  const eligibility = eligibilityOf(networkInterface, account);
  if (eligibility.kind === 'exempt') return { kind: 'exempt', reason: eligibility.reason };
  if (eligibility.kind === 'unknown') return { kind: 'unknown', reason: eligibility.reason };
  if (account.inventory.trafficMirrorSessions === undefined) {
    return { kind: 'unknown', reason: 'the traffic mirror sessions could not be read' };
  }
  const { destination } = eligibility;
  const sessions = account.sessionsOn(networkInterface.networkInterfaceId);
  const counted = countedOf(sessions, destination, account);
  const [first] = counted;
  if (first !== undefined) return judged(first, counted, networkInterface, destination, account);
  return uncovered(networkInterface, sessions, destination, account);
}

function judged(
  first: TrafficMirrorSession,
  counted: readonly TrafficMirrorSession[],
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
): Verdict {
  const { trafficMirrorSessionId, trafficMirrorTargetId } = first;
  const health = sessionHealthOf(first, networkInterface, destination, account);
  const where = `session ${trafficMirrorSessionId} to ${trafficMirrorTargetId}`;
  if (health.kind === 'dead') {
    const reason = `${where}: ${health.reason}`;
    return { kind: 'ineffective', code: health.code, reason, trafficMirrorSessionId, trafficMirrorTargetId };
  }
  if (health.kind === 'unknown') return { kind: 'unknown', reason: `${where}: ${health.reason}` };
  if (counted.length > 1) {
    const ids = counted.map((session) => session.trafficMirrorSessionId);
    const reason = `${ids.length} sessions do the same and are billed: ${ids.join(', ')}; only ${trafficMirrorSessionId} gets packets`;
    return { kind: 'duplicate', reason, trafficMirrorSessionIds: ids };
  }
  const lower = account
    .sessionsOn(first.networkInterfaceId)
    .filter(({ sessionNumber }) => sessionNumber < first.sessionNumber)
    .map(
      (session) => `session ${session.trafficMirrorSessionId} has a lower number and gets what its filter takes first`,
    );
  const notes = [health.reason, ...lower].filter((note) => note !== '').join('; ');
  const reason = notes === '' ? `${where} works` : `${where} works; ${notes}`;
  return { kind: 'mirrored', trafficMirrorSessionId, trafficMirrorTargetId, reason };
}

function uncovered(
  networkInterface: NetworkInterface,
  sessions: readonly TrafficMirrorSession[],
  destination: Destination,
  account: AccountIndex,
): Verdict {
  const choice = choose(networkInterface, destination, account);
  const chosen = choice.kind === 'selected' ? { trafficMirrorTargetId: choice.trafficMirrorTargetId } : {};
  const rogue = sessions.find((session) => rogueReason(session, account) !== undefined);
  if (rogue !== undefined) {
    const reason = rogueReason(rogue, account) ?? '';
    return { kind: 'rogue', reason, trafficMirrorSessionId: rogue.trafficMirrorSessionId, ...chosen };
  }
  if (choice.kind === 'selected') {
    const { trafficMirrorTargetId, reason } = choice;
    return { kind: 'missing', remediable: true, trafficMirrorTargetId, reason: `no session; ${reason}` };
  }
  return choice.unknown
    ? { kind: 'unknown', reason: `no session, and it could not be told whether a target serves: ${choice.reason}` }
    : { kind: 'missing', remediable: false, reason: `no session, and no target serves: ${choice.reason}` };
}

/**
 * Every rogue, duplicate and orphan session, by session id; one session may be both rogue and orphan. Those of other accounts on a
 * target that is shared with them are on interfaces that cannot be seen from here, and are no orphans for that.
 */
export function sessionFindings(account: AccountIndex): readonly SessionFinding[] {
  const findings: SessionFinding[] = [];
  const interfaces = new Set<string>();
  for (const session of account.inventory.trafficMirrorSessions ?? []) {
    interfaces.add(session.networkInterfaceId);
    const rogue = rogueReason(session, account);
    if (rogue !== undefined) findings.push(findingOf('rogue', session, rogue));
    const orphan = orphanReason(session, account);
    if (orphan !== undefined) findings.push(findingOf('orphan', session, orphan));
  }
  for (const id of interfaces) findings.push(...duplicatesOn(id, account));
  return findings.toSorted((a, b) =>
    a.trafficMirrorSessionId === b.trafficMirrorSessionId
      ? a.kind.localeCompare(b.kind)
      : a.trafficMirrorSessionId < b.trafficMirrorSessionId
        ? -1
        : 1,
  );
}

/** What makes any session useless, whoever made it. */
const NOTHING_TO_CARRY: readonly ExemptCode[] = ['STOPPED', 'DETACHED', 'GONE'];

/** A session is billed by the hour as long as it exists. @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-considerations.html */
function orphanReason(session: TrafficMirrorSession, account: AccountIndex): string | undefined {
  const { networkInterfaceId: id, ownerId } = session;
  const found = account.networkInterface(id);
  const isForeign = ownerId !== undefined && ownerId !== account.inventory.accountId;
  if (found === 'unread' || (found === 'gone' && isForeign)) return undefined;
  if (found === 'gone') return `its source ${id} is gone`;
  const eligibility: Eligibility = eligibilityOf(found, account);
  if (eligibility.kind !== 'exempt') return undefined;
  const isUseless = NOTHING_TO_CARRY.includes(eligibility.code);
  // What was suspected is mirrored for a time whatever the rules say; its session is taken away then.
  const isTimed = tagValue(session.tags, UNTIL_TAG) !== undefined;
  return isUseless || (isManaged(session) && !isTimed)
    ? `its source ${id} is exempt: ${eligibility.reason}`
    : undefined;
}

function duplicatesOn(networkInterfaceId: string, account: AccountIndex): readonly SessionFinding[] {
  const found = account.networkInterface(networkInterfaceId);
  if (typeof found !== 'object') return [];
  const eligibility = eligibilityOf(found, account);
  if (eligibility.kind !== 'source') return [];
  const counted = countedOf(account.sessionsOn(networkInterfaceId), eligibility.destination, account);
  const keep = keptOf(counted, found, eligibility.destination, account);
  return counted
    .filter((session) => session !== keep)
    .map((session) => ({
      ...findingOf(
        'duplicate',
        session,
        `it repeats session ${keep?.trafficMirrorSessionId} of ${networkInterfaceId}, and is billed`,
      ),
      ...(keep === undefined ? {} : { keep: keep.trafficMirrorSessionId }),
    }));
}

/** Of several, the one that works and that is not ours to delete, else the lowest number. */
function keptOf(
  counted: readonly TrafficMirrorSession[],
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
): TrafficMirrorSession | undefined {
  if (counted.length < 2) return counted[0];
  const working = counted.filter(
    (session) => sessionHealthOf(session, networkInterface, destination, account).kind === 'works',
  );
  return working.find((session) => !isManaged(session)) ?? working[0] ?? counted[0];
}

function findingOf(kind: SessionFinding['kind'], session: TrafficMirrorSession, reason: string): SessionFinding {
  const { trafficMirrorSessionId, trafficMirrorTargetId, networkInterfaceId } = session;
  return {
    kind,
    trafficMirrorSessionId,
    trafficMirrorTargetId,
    networkInterfaceId,
    managed: isManaged(session),
    reason,
  };
}
