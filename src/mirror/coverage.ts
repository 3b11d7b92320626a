/** Judges existing sessions: the verdict on each interface, and the sessions that are rogue, duplicate or orphaned. */

import { compareText } from '../collections.ts';
import { tagValue } from '../inventory/instance.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { filterCheck } from './checks/filters.ts';
import type { Destination } from './destinations.ts';
import { type ExemptCode, eligibilityOf, sensorDoubt } from './eligibility.ts';
import { UNTIL_TAG } from './policy.ts';
import { choose } from './select-target.ts';
import { sessionHealthOf } from './session-health.ts';
import { countedOf, isDisguised, isManaged, rogueReason } from './sessions.ts';
import type { Verdict } from './verdict.ts';

/** A session that should not exist. */
export interface SessionFinding {
  readonly kind: 'rogue' | 'duplicate' | 'orphan';
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId: string;
  readonly networkInterfaceId: string;
  /** True when the session has our tag and is this account's. We change and delete no others. */
  readonly managed: boolean;
  readonly reason: string;
  /** True for a rogue session with our tag. */
  readonly disguised?: true | undefined;
  /** For a duplicate: the session on the same interface that stays. */
  readonly keep?: string | undefined;
  /** For an orphan: true if its source does not exist any more. */
  readonly sourceIsGone?: boolean | undefined;
}

/**
 * The verdict of an interface, given the existing sessions. Any session with the filter and a target of the interface's destination
 * counts, no matter who made it; our own also count when they have drifted from it. If several count, the lowest number is judged, because
 * it gets the packets; the verdict is `duplicate` only if that one works. If none counts, a rogue session is reported before the
 * missing one. The `rogue` verdict still says which target would be selected, because our sensors don't see this interface either.
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
  const verdict =
    first === undefined
      ? verdictWithoutSession(networkInterface, sessions, destination, account)
      : verdictOnSession(first, counted, networkInterface, destination, account);
  if (verdict.kind === 'mirrored' || verdict.kind === 'duplicate') return verdict;
  const doubt = sensorDoubt(networkInterface, account);
  return doubt === undefined ? verdict : { ...verdict, reason: `${verdict.reason}; ${doubt}` };
}

function verdictOnSession(
  first: TrafficMirrorSession,
  counted: readonly TrafficMirrorSession[],
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
): Verdict {
  const { trafficMirrorSessionId, trafficMirrorTargetId } = first;
  const health = sessionHealthOf(first, networkInterface, destination, account);
  const name = `session ${trafficMirrorSessionId} to ${trafficMirrorTargetId}`;
  if (health.kind === 'dead') {
    const reason = `${name}: ${health.reason}`;
    return { kind: 'ineffective', code: health.code, reason, trafficMirrorSessionId, trafficMirrorTargetId };
  }
  if (health.kind === 'unknown') return { kind: 'unknown', reason: `${name}: ${health.reason}` };
  if (counted.length > 1) {
    const ids = counted.map((session) => session.trafficMirrorSessionId);
    const reason = `${ids.length} sessions do the same and each is billed: ${ids.join(', ')}; only ${trafficMirrorSessionId} gets packets`;
    return { kind: 'duplicate', reason, trafficMirrorSessionIds: ids };
  }
  const lower = account
    .sessionsOn(first.networkInterfaceId)
    .filter(({ sessionNumber }) => sessionNumber < first.sessionNumber)
    .map(
      (session) =>
        `session ${session.trafficMirrorSessionId} has a lower number and takes what its filter matches first`,
    );
  const notes = [health.reason, ...lower].filter((note) => note !== '').join('; ');
  const reason = notes === '' ? `${name} works` : `${name} works; ${notes}`;
  return { kind: 'mirrored', trafficMirrorSessionId, trafficMirrorTargetId, reason };
}

function verdictWithoutSession(
  networkInterface: NetworkInterface,
  sessions: readonly TrafficMirrorSession[],
  destination: Destination,
  account: AccountIndex,
): Verdict {
  const choice = choose(networkInterface, destination, account);
  const trafficMirrorTargetId = choice.kind === 'selected' ? choice.trafficMirrorTargetId : undefined;
  for (const session of sessions) {
    const reason = rogueReason(session, account);
    if (reason === undefined) continue;
    return { kind: 'rogue', reason, trafficMirrorSessionId: session.trafficMirrorSessionId, trafficMirrorTargetId };
  }
  if (choice.kind === 'selected') {
    // Without the target's name: a plan places all sources together, and may send this one elsewhere.
    return {
      kind: 'missing',
      remediable: true,
      trafficMirrorTargetId: choice.trafficMirrorTargetId,
      reason: 'no session',
    };
  }
  const isFilter = filterCheck(destination.filterId, account).result === 'block';
  const whatIsMissing = isFilter ? 'none would carry its traffic' : 'no target serves';
  return choice.unknown
    ? {
        kind: 'unknown',
        reason: `no session, and it is not known whether a target would serve: ${choice.reason}`,
        withoutSession: true,
      }
    : { kind: 'missing', remediable: false, reason: `no session, and ${whatIsMissing}: ${choice.reason}` };
}

/**
 * Every rogue, duplicate and orphan session, by session id. A session can be both rogue and orphan. Other accounts' sessions to a
 * target that we share are on interfaces that we can't see, which doesn't make them orphans. Computed once per account.
 */
export function sessionFindings(account: AccountIndex): readonly SessionFinding[] {
  return account.once(judgeSessions);
}

function judgeSessions(account: AccountIndex): readonly SessionFinding[] {
  const findings: SessionFinding[] = [];
  const interfaces = new Set<string>();
  for (const session of account.inventory.trafficMirrorSessions ?? []) {
    interfaces.add(session.networkInterfaceId);
    const rogue = rogueReason(session, account);
    if (rogue !== undefined) {
      const finding = sessionFinding('rogue', session, rogue, account);
      findings.push(isDisguised(session, account) ? { ...finding, disguised: true } : finding);
    }
    const orphan = orphanReason(session, account);
    if (orphan !== undefined) {
      const sourceIsGone = account.networkInterface(session.networkInterfaceId) === 'gone';
      findings.push({ ...sessionFinding('orphan', session, orphan, account), sourceIsGone });
    }
  }
  for (const id of interfaces) findings.push(...duplicatesOn(id, account));
  return findings.toSorted(
    (a, b) => compareText(a.trafficMirrorSessionId, b.trafficMirrorSessionId) || compareText(a.kind, b.kind),
  );
}

/** Exemptions that make any session useless, no matter who made it. */
const NOTHING_TO_MIRROR: readonly ExemptCode[] = ['STOPPED', 'DETACHED', 'GONE'];

/**
 * Why a session mirrors nothing; undefined when it isn't an orphan. AWS bills it by the hour while it exists.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-considerations.html
 */
function orphanReason(session: TrafficMirrorSession, account: AccountIndex): string | undefined {
  const { networkInterfaceId: id, ownerId } = session;
  const found = account.networkInterface(id);
  const isForeign = ownerId !== undefined && ownerId !== account.inventory.accountId;
  if (found === 'unread' || (found === 'gone' && isForeign)) return undefined;
  if (found === 'gone') return `its source ${id} is gone`;
  const eligibility = eligibilityOf(found, account);
  if (eligibility.kind !== 'exempt') return undefined;
  const isUseless = NOTHING_TO_MIRROR.includes(eligibility.code);
  // A suspect is mirrored for a limited time, whatever the rules say. Its session is deleted when that is over.
  const isTimed = tagValue(session.tags, UNTIL_TAG) !== undefined;
  return isUseless || (isManaged(session, account.inventory.accountId) && !isTimed)
    ? `its source ${id} is exempt: ${eligibility.reason}`
    : undefined;
}

function duplicatesOn(networkInterfaceId: string, account: AccountIndex): readonly SessionFinding[] {
  const found = account.networkInterface(networkInterfaceId);
  if (typeof found !== 'object') return [];
  const eligibility = eligibilityOf(found, account);
  if (eligibility.kind !== 'source') return [];
  const counted = countedOf(account.sessionsOn(networkInterfaceId), eligibility.destination, account);
  const keep = sessionToKeep(counted, found, eligibility.destination, account);
  return counted
    .filter((session) => session !== keep)
    .map((session) => {
      const reason = `it duplicates session ${keep?.trafficMirrorSessionId} of ${networkInterfaceId}, and is billed`;
      return { ...sessionFinding('duplicate', session, reason, account), keep: keep?.trafficMirrorSessionId };
    });
}

/** The one of several sessions to keep: a working one, preferably not ours, because we can't delete those; else the lowest number. */
function sessionToKeep(
  counted: readonly TrafficMirrorSession[],
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
): TrafficMirrorSession | undefined {
  if (counted.length < 2) return counted[0];
  const working = counted.filter(
    (session) => sessionHealthOf(session, networkInterface, destination, account).kind === 'works',
  );
  return working.find((session) => !isManaged(session, account.inventory.accountId)) ?? working[0] ?? counted[0];
}

function sessionFinding(
  kind: SessionFinding['kind'],
  session: TrafficMirrorSession,
  reason: string,
  account: AccountIndex,
): SessionFinding {
  const { trafficMirrorSessionId, trafficMirrorTargetId, networkInterfaceId } = session;
  return {
    kind,
    trafficMirrorSessionId,
    trafficMirrorTargetId,
    networkInterfaceId,
    managed: isManaged(session, account.inventory.accountId),
    reason,
  };
}
