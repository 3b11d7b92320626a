/** What an interface needs by its verdict: nothing, a session, or a change of ours; and the step that gives it. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { verdictOf } from '../mirror/coverage.ts';
import { eligibilityOf, resourceOf } from '../mirror/eligibility.ts';
import type { Placement } from '../mirror/placement/assign.ts';
import { CONFIG_TAG, MANAGED_TAG } from '../mirror/policy.ts';
import { freeSessionNumber } from '../mirror/session-number.ts';
import { isManaged, kindOf } from '../mirror/sessions.ts';
import type { Verdict } from '../mirror/verdict.ts';
import type { PlanStep, Unplaced } from './plan.ts';

type UncoveredVerdict = Extract<Verdict, { readonly kind: 'missing' | 'ineffective' | 'rogue' }>;

/** A source that needs a session: `session` of ours changed, or a new one; with this number. */
export interface SessionNeed {
  readonly networkInterface: NetworkInterface;
  readonly verdict: UncoveredVerdict;
  readonly session?: TrafficMirrorSession | undefined;
  readonly sessionNumber: number;
}

/** What an interface needs; why it can have none; undefined when it needs nothing. */
export function needOf(networkInterface: NetworkInterface, account: AccountIndex): SessionNeed | Unplaced | undefined {
  const verdict = verdictOf(networkInterface, account);
  switch (verdict.kind) {
    case 'mirrored':
    case 'exempt':
    // Which of two sessions of ours goes is the clean-up's to say; the one that stays carries the traffic.
    case 'duplicate':
      return undefined;
    case 'unknown':
      return unplacedFor(networkInterface, verdict.reason, account);
    case 'missing':
    case 'ineffective':
    case 'rogue': {
      const sessions = account.sessionsOn(networkInterface.networkInterfaceId);
      const named = sessions.find(
        (each) => 'code' in verdict && each.trafficMirrorSessionId === verdict.trafficMirrorSessionId,
      );
      if (named !== undefined && !isManaged(named)) return goBefore(named, networkInterface, verdict, account);
      const session = named ?? sessions.find((each) => isManaged(each) && isAstray(each, networkInterface, account));
      if (session === undefined) return newSession(networkInterface, verdict, account);
      return { networkInterface, verdict, session, sessionNumber: session.sessionNumber };
    }
  }
}

/** True for a session of ours that drifted from the configuration, or was turned to a target that nobody configured. */
function isAstray(session: TrafficMirrorSession, networkInterface: NetworkInterface, account: AccountIndex): boolean {
  const eligibility = eligibilityOf(networkInterface, account);
  const destination = eligibility.kind === 'source' ? eligibility.destination : undefined;
  return ['drifted', 'rogue'].includes(kindOf(session, destination, account));
}

/** Decided before the batch is placed, so that a source that can have no session takes no place from one that can. */
function newSession(
  networkInterface: NetworkInterface,
  verdict: UncoveredVerdict,
  account: AccountIndex,
): SessionNeed | Unplaced {
  const number = freeSessionNumber(networkInterface.networkInterfaceId, account);
  if (number.kind !== 'free') return unplacedFor(networkInterface, number.reason, account);
  return { networkInterface, verdict, sessionNumber: number.sessionNumber };
}

/**
 * What is left to do where a dead session of someone else's gets the packets: it is theirs to mend, so that ours goes before it,
 * by a lower number. A packet goes to the first session whose filter takes it, and theirs has the very filter that ours has.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-sessions.html
 */
function goBefore(
  other: TrafficMirrorSession,
  networkInterface: NetworkInterface,
  verdict: UncoveredVerdict,
  account: AccountIndex,
): SessionNeed | Unplaced {
  // A filter that takes nothing takes nothing from ours either.
  if ('code' in verdict && verdict.code.startsWith('FILTER_')) {
    return unplacedFor(networkInterface, verdict.reason, account);
  }
  const sessions = account.sessionsOn(networkInterface.networkInterfaceId);
  const session = sessions.find(isManaged);
  const taken = new Set(sessions.filter((each) => each !== session).map((each) => each.sessionNumber));
  const sessionNumber = [account.policy.sessionNumber, 1, 2, 3].find(
    (number) => number < other.sessionNumber && !taken.has(number),
  );
  if (sessionNumber === undefined) {
    const why = `it is not ours to change, and number ${other.sessionNumber} gets the packets before ours would`;
    return unplacedFor(networkInterface, `${verdict.reason}; ${why}`, account);
  }
  if (session !== undefined) return { networkInterface, verdict, session, sessionNumber };
  const fresh = newSession(networkInterface, verdict, account);
  return 'verdict' in fresh ? { ...fresh, sessionNumber } : fresh;
}

/** The step that gives a source its place; unplaced when the session of ours is there already and carries nothing all the same. */
export function stepFor(need: SessionNeed, placement: Placement, account: AccountIndex): PlanStep | Unplaced {
  const { networkInterface, verdict, session, sessionNumber } = need;
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, tier, alternatives } = placement;
  const { accountId, region } = account.inventory;
  const { resourceId } = resourceOf(networkInterface, account);
  const common = {
    ...{ accountId, region, networkInterfaceId, resourceId },
    ...{ trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber, alternatives },
  };
  const where = `${trafficMirrorTargetId} is in ${tier === 'same-zone' ? 'its own' : 'another'} zone`;
  if (session !== undefined) {
    const { trafficMirrorSessionId } = session;
    const renumber = session.sessionNumber !== sessionNumber;
    const changes = [
      ...(session.trafficMirrorTargetId === trafficMirrorTargetId ? [] : [where]),
      ...(session.trafficMirrorFilterId === trafficMirrorFilterId
        ? []
        : [`${trafficMirrorFilterId} is to be its filter`]),
      ...(renumber ? [`number ${sessionNumber} puts ${trafficMirrorSessionId} first`] : []),
    ];
    // What is as it should be and still carries nothing (an empty filter) is not mended by asking for it again.
    if (changes.length === 0) return unplacedFor(networkInterface, verdict.reason, account);
    const reason = [verdict.reason, ...changes].join('; ');
    return { kind: 'modify-session', ...common, trafficMirrorSessionId, ...(renumber && { renumber }), reason };
  }
  const tags = [
    { key: MANAGED_TAG, value: 'true' },
    { key: CONFIG_TAG, value: account.policy.configHash },
    { key: 'Name', value: resourceId },
  ];
  const why = verdict.kind === 'missing' ? 'no session carries its traffic' : verdict.reason;
  return { kind: 'create-session', ...common, tags, reason: `${why}; ${where}` };
}

/** A source that gets no session, with the reason. */
export function unplacedFor(networkInterface: NetworkInterface, reason: string, account: AccountIndex): Unplaced {
  const { resourceId } = resourceOf(networkInterface, account);
  return { networkInterfaceId: networkInterface.networkInterfaceId, resourceId, reason };
}
