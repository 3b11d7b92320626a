/** From verdict to need: whether an interface needs a session, which number it takes, and whether one of ours can be changed. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { eligibilityOf, resourceOf } from '../mirror/eligibility.ts';
import { freeSessionNumber } from '../mirror/session-number.ts';
import { countedOf, isManaged, sessionToChange } from '../mirror/sessions.ts';
import type { Verdict } from '../mirror/verdict.ts';
import type { ExistingSession, Unplaced } from './plan.ts';

/** The verdicts that require a session. */
export type UncoveredVerdict = Extract<Verdict, { readonly kind: 'missing' | 'ineffective' | 'rogue' }>;

type UnknownVerdict = Extract<Verdict, { readonly kind: 'unknown' }>;

/** An interface to be mirrored through a session with this number: `session`, which is ours, changed; or a new one. */
export interface SessionNeed {
  readonly kind: 'session';
  readonly networkInterface: NetworkInterface;
  readonly verdict: UncoveredVerdict;
  readonly session?: TrafficMirrorSession | undefined;
  readonly sessionNumber: number;
}

/** What an interface needs; `unplaced` if it needs a session but can't have one, no matter how much room the targets have. */
export type Need = SessionNeed | { readonly kind: 'unplaced'; readonly unplaced: Unplaced } | { readonly kind: 'none' };

/** What an interface needs by its verdict. Decided before placement, so sources that can't have a session take no room from others. */
export function needOf(networkInterface: NetworkInterface, verdict: Verdict, account: AccountIndex): Need {
  switch (verdict.kind) {
    case 'mirrored':
    case 'exempt':
    // One of the sessions carries the traffic; the clean-up decides which of them to delete.
    case 'duplicate':
      return { kind: 'none' };
    case 'unknown':
      return isTried(networkInterface, account) ? { kind: 'none' } : unplacedNeed(networkInterface, verdict);
    case 'missing':
    case 'ineffective':
    case 'rogue':
      return uncoveredNeed(networkInterface, verdict, account);
  }
}

/** True if the policy tries targets that could not be checked, and the source has a session to one of them: it needs no other. */
function isTried(networkInterface: NetworkInterface, account: AccountIndex): boolean {
  if (account.policy.onUnknown !== 'try') return false;
  const eligibility = eligibilityOf(networkInterface, account);
  const sessions = account.sessionsOn(networkInterface.networkInterfaceId);
  return eligibility.kind === 'source' && countedOf(sessions, eligibility.destination, account).length > 0;
}

/** A source without a step, with the reason; and what it has of a session, if its verdict is given. */
export function unplacedFor(
  networkInterface: NetworkInterface,
  reason: string,
  verdict?: UncoveredVerdict | UnknownVerdict,
): Unplaced {
  const { networkInterfaceId } = networkInterface;
  const unplaced = { networkInterfaceId, resourceId: resourceOf(networkInterface).resourceId, reason };
  return verdict === undefined ? unplaced : { ...unplaced, session: existingSession(verdict) };
}

/** A session to an unknown target is none to a sensor. */
function existingSession(verdict: UncoveredVerdict | UnknownVerdict): ExistingSession {
  if (verdict.kind === 'ineffective') return 'ineffective';
  return verdict.kind === 'unknown' && verdict.withoutSession !== true ? 'unknown' : 'none';
}

function uncoveredNeed(networkInterface: NetworkInterface, verdict: UncoveredVerdict, account: AccountIndex): Need {
  const sessions = account.sessionsOn(networkInterface.networkInterfaceId);
  const ineffective =
    verdict.kind === 'ineffective'
      ? sessions.find(({ trafficMirrorSessionId }) => trafficMirrorSessionId === verdict.trafficMirrorSessionId)
      : undefined;
  if (ineffective !== undefined && !isManaged(ineffective, account.inventory.accountId)) {
    return precedingNeed(ineffective, networkInterface, verdict, account);
  }
  const session = ineffective ?? ownSession(networkInterface, account);
  if (session === undefined) return newSessionNeed(networkInterface, verdict, account);
  return { kind: 'session', networkInterface, verdict, session, sessionNumber: session.sessionNumber };
}

/** The session of ours to change, besides one that is dead itself. */
function ownSession(networkInterface: NetworkInterface, account: AccountIndex): TrafficMirrorSession | undefined {
  const eligibility = eligibilityOf(networkInterface, account);
  const destination = eligibility.kind === 'source' ? eligibility.destination : undefined;
  return sessionToChange(networkInterface.networkInterfaceId, destination, account);
}

function newSessionNeed(networkInterface: NetworkInterface, verdict: UncoveredVerdict, account: AccountIndex): Need {
  const free = freeSessionNumber(networkInterface.networkInterfaceId, account);
  if (free.kind !== 'free') return unplacedNeed(networkInterface, verdict, free.reason);
  return { kind: 'session', networkInterface, verdict, sessionNumber: free.sessionNumber };
}

/**
 * A dead session of someone else takes the packets, and only its owner may fix it. Ours has to precede it with a lower number: a
 * packet goes to the first session whose filter matches, and both have the same filter.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-sessions.html
 */
function precedingNeed(
  dead: TrafficMirrorSession,
  networkInterface: NetworkInterface,
  verdict: UncoveredVerdict,
  account: AccountIndex,
): Need {
  // A filter that accepts nothing would accept nothing for ours either.
  if (verdict.kind === 'ineffective' && verdict.code.startsWith('FILTER_')) {
    return unplacedNeed(networkInterface, verdict);
  }
  const sessions = account.sessionsOn(networkInterface.networkInterfaceId);
  const session = ownSession(networkInterface, account);
  const taken = new Set(sessions.filter((each) => each !== session).map((each) => each.sessionNumber));
  const sessionNumber = [account.policy.sessionNumber, 1, 2, 3].find(
    (number) => number < dead.sessionNumber && !taken.has(number),
  );
  if (sessionNumber === undefined) {
    const why = `the session is not ours to change, and no session number before its ${dead.sessionNumber} is free for ours`;
    return unplacedNeed(networkInterface, verdict, `${verdict.reason}; ${why}`);
  }
  if (session !== undefined) return { kind: 'session', networkInterface, verdict, session, sessionNumber };
  const need = newSessionNeed(networkInterface, verdict, account);
  return need.kind === 'session' ? { ...need, sessionNumber } : need;
}

function unplacedNeed(
  networkInterface: NetworkInterface,
  verdict: UncoveredVerdict | UnknownVerdict,
  reason = verdict.reason,
): Need {
  return { kind: 'unplaced', unplaced: unplacedFor(networkInterface, reason, verdict) };
}
