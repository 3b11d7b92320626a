/** The candidates of a source: the targets of its destination, judged. Sources that no rule distinguishes share one set, judged once. */

import { compareText } from '../collections.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { utilisation } from './checks/capacity.ts';
import { filterCheck } from './checks/filters.ts';
import type { Destination } from './destinations.ts';
import {
  judgeTarget,
  resultWithRoom,
  type Source,
  sourceOf,
  type TargetJudgement,
  withCapacity,
  withFilter,
} from './judge-target.ts';
import { addBit, type BitSet, bitSet } from './placement/bit-set.ts';
import { hashOf, tieRank } from './stable-hash.ts';
import { type TargetProfile, targetsOf } from './targets.ts';
import type { Check } from './verdict.ts';

/** Targets in the source's zone and outside it, by their index among the configured targets. */
export interface TargetsByZone {
  readonly near: BitSet;
  readonly far: BitSet;
}

/** The judged targets of one destination for one source, or for many that no rule distinguishes. */
export interface CandidateSet {
  /** The check of the destination's filter, without which no target helps. */
  readonly filter: Check;
  /** In order of target ids. */
  readonly judgements: readonly TargetJudgement[];
  /** The most preferred ones, which only the tie hash distinguishes. Empty without targets. */
  readonly best: readonly TargetJudgement[];
  /** The targets that pass if they have room: a full one may lose a source. */
  readonly pass: TargetsByZone;
  /** The targets that could not be checked, and that nothing blocks except a lack of room. */
  readonly unknown: TargetsByZone;
}

/** The candidates of an interface that is a source by `eligibilityOf`; `exclude` leaves targets out. */
export function candidateSetFor(
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
  exclude: ReadonlySet<string> = NO_TARGETS,
): CandidateSet {
  const source = sourceOf(networkInterface, account);
  const isShared = exclude.size === 0 && account.sessionsOn(networkInterface.networkInterfaceId).length === 0;
  if (!isShared) return judgeCandidates(source, destination, account, exclude);
  const sets = account.once(sharedSets);
  const ofDestination = sets.get(destination) ?? new Map<string, CandidateSet>();
  if (ofDestination.size === 0) sets.set(destination, ofDestination);
  const candidates = ofDestination.get(source.equivalenceKey) ?? judgeCandidates(source, destination, account, exclude);
  ofDestination.set(source.equivalenceKey, candidates);
  return candidates;
}

const NO_TARGETS: ReadonlySet<string> = new Set();

/** Starts empty and fills up as sources are judged; its contents don't depend on the order. */
function sharedSets(): Map<Destination, Map<string, CandidateSet>> {
  return new Map();
}

function judgeCandidates(
  source: Source,
  { targetIds, filterId }: Destination,
  account: AccountIndex,
  exclude: ReadonlySet<string>,
): CandidateSet {
  const targets = account.once(targetsOf);
  const filter = filterCheck(filterId, account);
  const judgements: TargetJudgement[] = [];
  for (const id of targetIds) {
    const target = targets.get(id);
    if (target !== undefined && !exclude.has(id))
      judgements.push(withFilter(judgeCandidate(source, target, account), filter));
  }
  const noTargets = (): TargetsByZone => ({ near: bitSet(targets.size), far: bitSet(targets.size) });
  const sets = { pass: noTargets(), unknown: noTargets() };
  for (const judgement of judgements) {
    const result = resultWithRoom(judgement);
    if (result === 'block') continue;
    const { near, far } = sets[result];
    addBit(judgement.tier === 'same-zone' ? near : far, judgement.target.index);
  }
  return { filter, judgements, best: bestOf(judgements), ...sets };
}

/** A source that the target already has needs no further room, however full the target is. */
function judgeCandidate(source: Source, target: TargetProfile, account: AccountIndex): TargetJudgement {
  const { sources, capacity } = target;
  const judgement = judgeTarget(source, target, account);
  if (capacity === null || !sources.has(source.networkInterfaceId)) return judgement;
  const reason = `${sources.size} of ${capacity} sources, this one included`;
  return withCapacity(judgement, { check: 'capacity', result: 'allow', reason });
}

function bestOf(judgements: readonly TargetJudgement[]): readonly TargetJudgement[] {
  let best: TargetJudgement[] = [];
  for (const judgement of judgements) {
    const [first] = best;
    const order = first === undefined ? -1 : byMerit(judgement, first);
    if (order < 0) best = [judgement];
    else if (order === 0) best.push(judgement);
  }
  return best;
}

const RESULT_ORDER = { pass: 0, unknown: 1, block: 2 } as const satisfies Record<TargetJudgement['result'], number>;

function byMerit(a: TargetJudgement, b: TargetJudgement): number {
  return (
    RESULT_ORDER[a.result] - RESULT_ORDER[b.result] ||
    Number(a.tier === 'other-zone') - Number(b.tier === 'other-zone') ||
    byUtilisation(a.target, b.target)
  );
}

/** Both may be infinite, for targets with a capacity of 0; those are equal. */
function byUtilisation(a: TargetProfile, b: TargetProfile): number {
  const utilisationOfA = utilisation(a.sources.size, a.unit);
  const utilisationOfB = utilisation(b.sources.size, b.unit);
  return utilisationOfA === utilisationOfB ? 0 : utilisationOfA - utilisationOfB;
}

/**
 * One source's order of preference: passing targets first, then the same zone, then lower utilisation, then a stable hash of source
 * and target, and finally the target's id.
 */
export function byPreference(networkInterfaceId: string): (a: TargetJudgement, b: TargetJudgement) => number {
  const hash = hashOf(networkInterfaceId);
  return (a, b) =>
    byMerit(a, b) ||
    tieRank(hash, a.target.hash) - tieRank(hash, b.target.hash) ||
    compareText(a.target.id, b.target.id);
}
