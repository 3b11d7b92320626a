/** Proposes a bounded number of moves of our own healthy sessions from fuller targets to emptier ones. It only proposes them. */

import { byText } from '../../collections.ts';
import type { TrafficMirrorSession } from '../../inventory/mirror.ts';
import type { AccountIndex } from '../account-index.ts';
import { candidateSetFor } from '../candidates.ts';
import { utilisation } from '../checks/capacity.ts';
import { verdictOf } from '../coverage.ts';
import { eligibilityOf } from '../eligibility.ts';
import { isManaged } from '../sessions.ts';
import { hashOf, tieRank } from '../stable-hash.ts';
import { type TargetProfile, targetsOf } from '../targets.ts';
import { hasBit } from './bit-set.ts';

/** A session to point at another target by Modify, which doesn't interrupt mirroring. */
export interface Move {
  readonly trafficMirrorSessionId: string;
  readonly networkInterfaceId: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** The bounds of a run. */
export interface RebalanceOptions {
  /** At most this many moves in one run. @default 20 */
  readonly maxMoves?: number | undefined;
  /** Targets must differ by more than this in utilisation (0 to 1) for a move to be worthwhile. @default 0.3 */
  readonly threshold?: number | undefined;
}

/** A session that may move. */
interface MovableSession {
  readonly trafficMirrorSessionId: string;
  readonly networkInterfaceId: string;
  /** The index of its target. */
  readonly from: number;
  /** The targets it may move to. */
  readonly destinations: readonly TargetProfile[];
}

/**
 * Moves that even out utilisation. Each goes from the fullest target that can be relieved to the least utilised one that passes every
 * check for that source and is not in a worse tier. Only our own working sessions move, each at most once, and only while the
 * difference exceeds the threshold and the move reduces it. Empty when the load is even enough; the same for any order of the input.
 */
export function rebalance(
  account: AccountIndex,
  { maxMoves = 20, threshold = 0.3 }: RebalanceOptions = {},
): readonly Move[] {
  const targets = [...account.once(targetsOf).values()];
  const load = targets.map(({ sources }) => sources.size);
  const movable = movableSessions(account);
  const moves: Move[] = [];
  while (moves.length < maxMoves) {
    const next = bestMove(movable, targets, load, threshold);
    if (next === undefined) return moves;
    const { trafficMirrorSessionId, networkInterfaceId } = next.session;
    const { to } = next;
    const from = targets[next.session.from] as TargetProfile;
    const loadOf = (target: TargetProfile): string => `${load[target.index]} of ${target.unit}`;
    moves.push({
      trafficMirrorSessionId,
      networkInterfaceId,
      from: from.id,
      to: to.id,
      reason: `${from.id} is fuller (${loadOf(from)}) than ${to.id} (${loadOf(to)})`,
    });
    load[from.index] = (load[from.index] ?? 0) - 1;
    load[to.index] = (load[to.index] ?? 0) + 1;
    movable.delete(networkInterfaceId);
  }
  return moves;
}

/** Our working sessions that are their source's only one to its target, by interface id: only such a move relieves the target. */
function movableSessions(account: AccountIndex): Map<string, MovableSession> {
  const movable = new Map<string, MovableSession>();
  const isOurs = (session: TrafficMirrorSession): boolean => isManaged(session, account.inventory.accountId);
  const interfaces = (account.inventory.networkInterfaces ?? []).toSorted(byText((it) => it.networkInterfaceId));
  for (const networkInterface of interfaces) {
    const { networkInterfaceId } = networkInterface;
    const sessions = account.sessionsOn(networkInterfaceId);
    if (!sessions.some(isOurs)) continue;
    const verdict = verdictOf(networkInterface, account);
    const eligibility = eligibilityOf(networkInterface, account);
    if (verdict.kind !== 'mirrored' || eligibility.kind !== 'source') continue;
    const { trafficMirrorSessionId, trafficMirrorTargetId } = verdict;
    const toSameTarget = sessions.filter((session) => session.trafficMirrorTargetId === trafficMirrorTargetId);
    if (toSameTarget.length !== 1 || !toSameTarget.some(isOurs)) continue;
    const { targets, judge, pass } = candidateSetFor(networkInterface, eligibility.destination, account);
    const current = targets.find(({ id }) => id === trafficMirrorTargetId);
    if (current === undefined) continue;
    const isFar = judge(current).tier === 'other-zone';
    const destinations = targets.filter(
      (target) =>
        (hasBit(pass.near, target.index) || (isFar && hasBit(pass.far, target.index))) &&
        (target.capacityCheck.result !== 'block' || target.sources.has(networkInterfaceId)) &&
        target !== current,
    );
    const from = current.index;
    movable.set(networkInterfaceId, { trafficMirrorSessionId, networkInterfaceId, from, destinations });
  }
  return movable;
}

/** The move between the two targets that differ most. Among several sources, a stable hash decides. */
function bestMove(
  movable: ReadonlyMap<string, MovableSession>,
  targets: readonly TargetProfile[],
  load: readonly number[],
  threshold: number,
): { readonly session: MovableSession; readonly to: TargetProfile } | undefined {
  const utilisationWith = (index: number, more: number): number =>
    utilisation((load[index] ?? 0) + more, targets[index]?.unit ?? 0);
  let best: { session: MovableSession; to: TargetProfile; gap: number; rank: number } | undefined;
  for (const session of movable.values()) {
    const { from, networkInterfaceId, destinations } = session;
    for (const to of destinations) {
      const gap = utilisationWith(from, 0) - utilisationWith(to.index, 0);
      const hasRoom = to.capacity === null || (load[to.index] ?? 0) < to.capacity;
      if (gap <= threshold || !hasRoom || utilisationWith(to.index, 1) >= utilisationWith(from, 0)) continue;
      const rank = tieRank(hashOf(networkInterfaceId), to.hash);
      const isBetter = best === undefined || gap > best.gap || (gap === best.gap && rank < best.rank);
      if (isBetter) best = { session, to, gap, rank };
    }
  }
  return best;
}
