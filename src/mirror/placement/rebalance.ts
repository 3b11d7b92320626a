/** Bounded moves of our own healthy sessions from crowded targets to idle ones; proposed, never done by itself. */

import type { AccountIndex } from '../account-index.ts';
import { candidateSetFor } from '../candidates.ts';
import { utilisation } from '../checks/capacity.ts';
import { verdictOf } from '../coverage.ts';
import { eligibilityOf } from '../eligibility.ts';
import type { TargetJudgement } from '../judge-target.ts';
import { isManaged } from '../sessions.ts';
import { hashOf, tieRank } from '../stable-hash.ts';
import { type TargetProfile, targetsOf } from '../targets.ts';

/** One session to be re-targeted by Modify, so that copies keep flowing. */
export interface Move {
  readonly trafficMirrorSessionId: string;
  readonly networkInterfaceId: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export interface RebalanceOptions {
  /** The most moves of one run. @default 20 */
  readonly maxMoves?: number | undefined;
  /** The least difference in utilisation (0 to 1) between two targets that is worth a move. @default 0.3 */
  readonly threshold?: number | undefined;
}

/** A session that may move, with what it may move to. */
interface Movable {
  readonly trafficMirrorSessionId: string;
  readonly networkInterfaceId: string;
  readonly options: readonly TargetJudgement[];
  at: number;
}

/**
 * Moves that even out utilisation, each from the fullest target it can relieve to the least utilised one that passes every check
 * for that source and is not in a worse tier. Only our own sessions that work are moved, each at most once, and only while the
 * difference exceeds the threshold and the move makes it smaller. Empty when all is even enough; the same for any order of input.
 */
export function rebalance(
  account: AccountIndex,
  { maxMoves = 20, threshold = 0.3 }: RebalanceOptions = {},
): readonly Move[] {
  const targets = [...account.once(targetsOf).values()];
  const load = targets.map(({ sources }) => sources.size);
  const movable = movableOf(account);
  const moves: Move[] = [];
  while (moves.length < maxMoves) {
    const next = bestMove(movable, targets, load, threshold);
    if (next === undefined) return moves;
    const { one, to } = next;
    const from = targets[one.at] as TargetProfile;
    const use = (target: TargetProfile): string => `${load[target.index]} of ${target.unit}`;
    moves.push({
      trafficMirrorSessionId: one.trafficMirrorSessionId,
      networkInterfaceId: one.networkInterfaceId,
      from: from.id,
      to: to.id,
      reason: `${from.id} is fuller (${use(from)}) than ${to.id} (${use(to)})`,
    });
    load[one.at] = (load[one.at] ?? 0) - 1;
    load[to.index] = (load[to.index] ?? 0) + 1;
    movable.delete(one.networkInterfaceId);
  }
  return moves;
}

/** Our sessions that work and alone make their source count at its target, by interface id. */
function movableOf(account: AccountIndex): Map<string, Movable> {
  const movable = new Map<string, Movable>();
  const interfaces = (account.inventory.networkInterfaces ?? []).toSorted((a, b) =>
    a.networkInterfaceId < b.networkInterfaceId ? -1 : 1,
  );
  for (const networkInterface of interfaces) {
    const { networkInterfaceId } = networkInterface;
    const sessions = account.sessionsOn(networkInterfaceId);
    if (!sessions.some(isManaged)) continue;
    const verdict = verdictOf(networkInterface, account);
    const eligibility = eligibilityOf(networkInterface, account);
    if (verdict.kind !== 'mirrored' || eligibility.kind !== 'source') continue;
    const { trafficMirrorSessionId, trafficMirrorTargetId } = verdict;
    const there = sessions.filter((session) => session.trafficMirrorTargetId === trafficMirrorTargetId);
    if (there.length !== 1 || !there.some(isManaged)) continue;
    const { options } = candidateSetFor(networkInterface, eligibility.destination, account);
    const at = options.find(({ target }) => target.id === trafficMirrorTargetId);
    if (at === undefined) continue;
    const better = options.filter(
      ({ target, result, tier }) =>
        result === 'pass' && target !== at.target && (tier === 'same-zone' || at.tier === 'other-zone'),
    );
    movable.set(networkInterfaceId, {
      trafficMirrorSessionId,
      networkInterfaceId,
      options: better,
      at: at.target.index,
    });
  }
  return movable;
}

/** The move between the two targets that differ most; of several sources, the one that comes first by a stable hash. */
function bestMove(
  movable: ReadonlyMap<string, Movable>,
  targets: readonly TargetProfile[],
  load: readonly number[],
  threshold: number,
): { readonly one: Movable; readonly to: TargetProfile } | undefined {
  const useAt = (index: number, more: number): number =>
    utilisation((load[index] ?? 0) + more, targets[index]?.unit ?? 0);
  let best: { one: Movable; to: TargetProfile; gap: number; rank: number } | undefined;
  for (const one of movable.values()) {
    for (const { target: to } of one.options) {
      const gap = useAt(one.at, 0) - useAt(to.index, 0);
      const hasRoom = to.capacity === null || (load[to.index] ?? 0) < to.capacity;
      if (gap <= threshold || !hasRoom || useAt(to.index, 1) >= useAt(one.at, 0)) continue;
      const rank = tieRank(hashOf(one.networkInterfaceId), to.hash);
      if (best === undefined || gap > best.gap || (gap === best.gap && rank < best.rank)) best = { one, to, gap, rank };
    }
  }
  return best;
}
