/** The candidates of a source: the targets of its destination, judged. Sources that no rule distinguishes share one set, judged once. */

import { compareText } from '../collections.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { utilisation } from './checks/capacity.ts';
import { filterCheck } from './checks/filters.ts';
import { SEVERITY } from './checks/network-path.ts';
import type { IsAdmitted } from './checks/security-groups.ts';
import { admittance, type Source, sourceOf } from './checks/source.ts';
import type { Destination, UnprovenTarget } from './destinations.ts';
import {
  firstCheck,
  judgeTarget,
  resultOf,
  severityWithRoom,
  type TargetJudgement,
  tierOf,
  withCapacity,
  withFilter,
} from './judge-target.ts';
import { addBit, type BitSet, bitSet, hasBit } from './placement/bit-set.ts';
import { hashOf, tieRank } from './stable-hash.ts';
import { type TargetProfile, targetsOf } from './targets.ts';
import type { Check, Tier } from './verdict.ts';

/** Targets in the source's zone and outside it, by their index among the configured targets. */
export interface TargetsByZone {
  readonly near: BitSet;
  readonly far: BitSet;
}

/** The judged targets of one destination for one source, or for many that no rule distinguishes. */
export interface CandidateSet {
  /** The check of the destination's filter, without which no target helps. */
  readonly filter: Check;
  /** The most preferred targets, which only the tie hash distinguishes. Undefined without targets. */
  readonly best: BestTargets | undefined;
  /** The targets that pass if they have room: a full one may lose a source. */
  readonly pass: TargetsByZone;
  /** The targets that could not be checked, and that nothing blocks except a lack of room. */
  readonly unknown: TargetsByZone;
  /** In order of ids. */
  readonly targets: readonly TargetProfile[];
  /** Targets that get no session because nothing proves that they are ours. */
  readonly unproven: readonly UnprovenTarget[];
  /** Every check of one of the targets. Worked out on each call: most sources need only the results. */
  readonly judge: (target: TargetProfile) => TargetJudgement;
  /** What blocks each target that doesn't pass, else what is unknown about it: the first check of these, in order of target ids. */
  readonly obstacles: () => readonly Obstacle[];
}

/** A check that a target does not pass. */
export interface Obstacle {
  readonly target: TargetProfile;
  readonly check: Check;
}

/** Targets with the same result, in the same tier and equally utilised, by their index among the configured targets. */
export interface BestTargets {
  readonly result: TargetJudgement['result'];
  readonly tier: Tier;
  readonly targets: BitSet;
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
  destination: Destination,
  account: AccountIndex,
  exclude: ReadonlySet<string>,
): CandidateSet {
  const { size } = account.once(targetsOf);
  const filter = filterCheck(destination.filterId, account);
  const noTargets = (): TargetsByZone => ({ near: bitSet(size), far: bitSet(size) });
  const sets = { pass: noTargets(), unknown: noTargets() };
  let best: (BestTargets & Merit) | undefined;
  const targets = targetsFor(destination, account, exclude);
  const isAdmitted = admittance(source, account);
  for (const target of targets) {
    const severity = Math.max(SEVERITY[filter.result], severityWithRoom(source, target, isAdmitted, account));
    if (severity === SEVERITY.block && best !== undefined && best.result !== 'block') continue;
    const tier = tierOf(source, target, account);
    const capacity = capacityFor(source, target).result;
    const result = resultOf(Math.max(severity, SEVERITY[capacity]));
    const order = byMerit({ target, tier, result }, best);
    if (order < 0) best = { target, tier, result, targets: bitSet(size) };
    if (order <= 0 && best !== undefined) addBit(best.targets, target.index);
    const withRoom = capacity === 'block' ? resultOf(severity) : result;
    if (withRoom !== 'block') addBit(tier === 'same-zone' ? sets[withRoom].near : sets[withRoom].far, target.index);
  }
  const judge = (target: TargetProfile): TargetJudgement => withFilter(judgeCandidate(source, target, account), filter);
  const obstacles = (): readonly Obstacle[] => obstaclesTo(targets, { source, isAdmitted, filter }, account);
  return { filter, targets, unproven: destination.unproven ?? [], best, ...sets, judge, obstacles };
}

function obstaclesTo(
  targets: readonly TargetProfile[],
  { source, isAdmitted, filter }: { source: Source; isAdmitted: IsAdmitted; filter: Check },
  account: AccountIndex,
): readonly Obstacle[] {
  const found: Obstacle[] = [];
  for (const target of targets) {
    const capacity = capacityFor(source, target);
    for (const result of ['block', 'unknown'] as const) {
      const first = firstCheck(source, { result, target, capacity, isAdmitted }, account);
      const check = first ?? (filter.result === result ? filter : undefined);
      if (check === undefined) continue;
      found.push({ target, check });
      break;
    }
  }
  return found;
}

/** The targets of a destination that exist in the configuration, in order of ids. */
function targetsFor(
  destination: Destination,
  account: AccountIndex,
  exclude: ReadonlySet<string>,
): readonly TargetProfile[] {
  const known = account.once(targetsByDestination);
  const targets = account.once(targetsOf);
  const all = known.get(destination) ?? destination.targetIds.flatMap((id) => targets.get(id) ?? []);
  known.set(destination, all);
  return exclude.size === 0 ? all : all.filter(({ id }) => !exclude.has(id));
}

/** Starts empty and fills up as sources are judged. */
function targetsByDestination(): Map<Destination, readonly TargetProfile[]> {
  return new Map();
}

/** A source that the target already has needs no further room, however full the target is. */
function capacityFor({ networkInterfaceId }: Source, { sources, capacity, capacityCheck }: TargetProfile): Check {
  if (capacity === null || !sources.has(networkInterfaceId)) return capacityCheck;
  const reason = `${sources.size} of ${capacity} sources, this one included`;
  return { check: 'capacity', result: 'allow', reason };
}

function judgeCandidate(source: Source, target: TargetProfile, account: AccountIndex): TargetJudgement {
  const judgement = judgeTarget(source, target, account);
  const capacity = capacityFor(source, target);
  return capacity === target.capacityCheck ? judgement : withCapacity(judgement, capacity);
}

const RESULT_ORDER = { pass: 0, unknown: 1, block: 2 } as const satisfies Record<TargetJudgement['result'], number>;
const TIER_ORDER = { 'same-zone': 0, 'other-zone': 1 } as const satisfies Record<Tier, number>;

/** Negative when `a` is preferred; anything is preferred to nothing. */
function byMerit(a: Merit, b: Merit | undefined): number {
  if (b === undefined) return -1;
  return (
    RESULT_ORDER[a.result] - RESULT_ORDER[b.result] ||
    TIER_ORDER[a.tier] - TIER_ORDER[b.tier] ||
    byUtilisation(a.target, b.target)
  );
}

/** What decides between targets, before the tie hash does. */
export type Merit = Pick<TargetJudgement, 'target' | 'tier' | 'result'>;

/** Both may be infinite, for targets with a capacity of 0; those are equal. */
function byUtilisation(a: TargetProfile, b: TargetProfile): number {
  const utilisationOfA = utilisation(a.sources.size, a.unit);
  const utilisationOfB = utilisation(b.sources.size, b.unit);
  return utilisationOfA === utilisationOfB ? 0 : utilisationOfA - utilisationOfB;
}

/** The best target for a source: of those that only the tie hash distinguishes, the first by it. Undefined without targets. */
export function mostPreferred(networkInterfaceId: string, { best, targets }: CandidateSet): Merit | undefined {
  if (best === undefined) return undefined;
  const hash = hashOf(networkInterfaceId);
  let first: TargetProfile | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const target of targets) {
    const rank = hasBit(best.targets, target.index) ? tieRank(hash, target.hash) : Number.POSITIVE_INFINITY;
    if (rank >= lowest) continue;
    first = target;
    lowest = rank;
  }
  return first === undefined ? undefined : { target: first, tier: best.tier, result: best.result };
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
