/** What the targets of a destination offer to a source. Sources that no rule could tell apart share one offer, judged once. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { utilisation } from './checks/capacity.ts';
import type { Destination } from './destinations.ts';
import { judgeTarget, type Source, sourceOf, type TargetJudgement, withCapacity } from './judge-target.ts';
import { addBit, type BitSet, bitSet } from './placement/bit-set.ts';
import { hashOf, tieRank } from './stable-hash.ts';
import { type TargetProfile, targetsOf } from './targets.ts';

/** Targets by their index among the configured ones. */
export interface Choices {
  readonly near: BitSet;
  readonly far: BitSet;
}

export interface CandidateSet {
  /** In the order of target ids. */
  readonly options: readonly TargetJudgement[];
  /** The options that nothing but the tie hash tells apart, and that no other is preferred to; empty when there is no target. */
  readonly best: readonly TargetJudgement[];
  /** Those that pass, and those that could not be checked, as sets. */
  readonly pass: Choices;
  readonly unknown: Choices;
}

/** What the targets of a destination offer to an interface that `eligibilityOf` takes for a source; `exclude` leaves targets out. */
export function candidateSetFor(
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
  exclude: ReadonlySet<string> = NO_TARGETS,
): CandidateSet {
  const source = sourceOf(networkInterface, account);
  const isAlike = exclude.size === 0 && account.sessionsOn(networkInterface.networkInterfaceId).length === 0;
  if (!isAlike) return judgeCandidates(source, destination, account, exclude);
  const known = account.once(knownCandidateSets);
  const ofDestination = known.get(destination) ?? new Map<string, CandidateSet>();
  if (ofDestination.size === 0) known.set(destination, ofDestination);
  const offer = ofDestination.get(source.kind) ?? judgeCandidates(source, destination, account, exclude);
  ofDestination.set(source.kind, offer);
  return offer;
}

const NO_TARGETS: ReadonlySet<string> = new Set();

/** Fills up as sources are judged; what is in it does not depend on the order. */
function knownCandidateSets(): Map<Destination, Map<string, CandidateSet>> {
  return new Map();
}

function judgeCandidates(
  source: Source,
  { targetIds }: Destination,
  account: AccountIndex,
  exclude: ReadonlySet<string>,
): CandidateSet {
  const targets = account.once(targetsOf);
  const options: TargetJudgement[] = [];
  for (const id of targetIds) {
    const target = targets.get(id);
    if (target !== undefined && !exclude.has(id)) options.push(judgeFor(source, target, account));
  }
  const choices = (): Choices => ({ near: bitSet(targets.size), far: bitSet(targets.size) });
  const sets = { pass: choices(), unknown: choices() };
  for (const { target, tier, result } of options) {
    if (result === 'block') continue;
    const { near, far } = sets[result];
    addBit(tier === 'same-zone' ? near : far, target.index);
  }
  return { options, best: bestOf(options), ...sets };
}

/** A source that the target has already needs no room, however full it is. */
function judgeFor(source: Source, target: TargetProfile, account: AccountIndex): TargetJudgement {
  const { sources, capacity } = target;
  const judgement = judgeTarget(source, target, account);
  if (capacity === null || !sources.has(source.networkInterfaceId)) return judgement;
  const reason = `${sources.size} of ${capacity} sources, of which this is one`;
  return withCapacity(judgement, { check: 'capacity', result: 'allow', reason });
}

function bestOf(options: readonly TargetJudgement[]): readonly TargetJudgement[] {
  let best: TargetJudgement[] = [];
  for (const option of options) {
    const [first] = best;
    const order = first === undefined ? -1 : byMerit(option, first);
    if (order < 0) best = [option];
    else if (order === 0) best.push(option);
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

/** Two that may have none at all are equal. */
function byUtilisation(a: TargetProfile, b: TargetProfile): number {
  const useOfA = utilisation(a.sources.size, a.unit);
  const useOfB = utilisation(b.sources.size, b.unit);
  return useOfA === useOfB ? 0 : useOfA - useOfB;
}

/**
 * The order of preference of one source: what passes before what does not, the same zone before other zones, the less utilised
 * first, then a stable hash of source and target, and the target's id where even that is equal.
 */
export function byPreference(networkInterfaceId: string): (a: TargetJudgement, b: TargetJudgement) => number {
  const hash = hashOf(networkInterfaceId);
  return (a, b) =>
    byMerit(a, b) ||
    tieRank(hash, a.target.hash) - tieRank(hash, b.target.hash) ||
    (a.target.id < b.target.id ? -1 : 1);
}
