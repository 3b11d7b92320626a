/** Prepares a batch for the flow: groups of sources that may go to the same targets, and the room at these targets. */

import { groupBy } from '../../collections.ts';
import type { CandidateSet } from '../candidates.ts';
import { hashOf } from '../stable-hash.ts';
import type { TargetProfile } from '../targets.ts';
import { addBit, type BitSet, bitKey, bitSet, eachBit, hasBit } from './bit-set.ts';
import type { Demand, Supply } from './flow-state.ts';
import type { PendingSource } from './sort-batch.ts';

/** Sources that may go to the same targets, in order of interface ids. */
export interface SourceGroup {
  readonly sources: readonly [PendingSource, ...PendingSource[]];
  readonly demand: Demand;
}

/** A batch in numbers. */
export interface SourceGroups {
  readonly groups: readonly SourceGroup[];
  /** The targets by index, then the places that sources have for good. */
  readonly supplies: readonly Supply[];
  /** The index of the target that a supply belongs to. */
  readonly targetOf: readonly number[];
}

/** A place that a source has for good is never short: it makes no target fuller, so it counts as nearly empty. */
const UNIT_FOR_GOOD = 1e9;

/**
 * The groups for the targets that pass (or are unknown). A source that should leave a target frees its place there; one that a target
 * has for good needs no room at it. From a target with more sources than it takes, nobody's leaving makes room.
 */
export function sourceGroupsOf(
  pending: readonly PendingSource[],
  kind: 'pass' | 'unknown',
  targets: readonly TargetProfile[],
  load: readonly number[],
): SourceGroups {
  const roomAt = (target: TargetProfile): number => (target.capacity ?? Infinity) - (load[target.index] ?? 0);
  const leaves = (source: PendingSource): number | undefined => {
    const target = source.leaves === undefined ? undefined : targets[source.leaves];
    return target === undefined || roomAt(target) < 0 ? undefined : target.index;
  };
  const leaving = targets.map(() => 0);
  for (const source of pending) {
    const from = leaves(source);
    if (from !== undefined) leaving[from] = (leaving[from] ?? 0) + 1;
  }
  const usable = bitSet(targets.length);
  for (const target of targets) {
    if (roomAt(target) > 0 || (leaving[target.index] ?? 0) > 0) addBit(usable, target.index);
  }
  const supplies: Supply[] = targets.map((target, index) => {
    const { unit, hash } = target;
    const away = leaving[index] ?? 0;
    return { room: Math.max(0, roomAt(target) + away), load: (load[index] ?? 0) - away, unit, hash };
  });
  const targetOf = targets.map(({ index }) => index);
  const reachable = reachableTargets(kind, usable);
  const grouped = groupBy(pending, (source) => {
    const { needsSession, has, candidates } = source;
    return `${reachable(candidates).key}${needsSession} ${leaves(source) ?? ''} ${has.join(' ')}`;
  });
  const groups = [...grouped.values()].map((sources) => {
    const [first] = sources as [PendingSource, ...PendingSource[]];
    const { networkInterfaceId: key, needsSession: isBudgeted, candidates, has } = first;
    const zones = withPlacesForGood(reachable(candidates), candidates[kind], has, (target) => {
      supplies.push({ room: sources.length, load: 0, unit: UNIT_FOR_GOOD, hash: targets[target]?.hash ?? 0 });
      return targetOf.push(target) - 1;
    });
    const demand = { key, hash: hashOf(key), count: sources.length, ...zones, isBudgeted, leaves: leaves(first) };
    return { sources: [first, ...sources.slice(1)] as const, demand };
  });
  return { groups: groups as readonly SourceGroup[], supplies, targetOf };
}

interface Reachable {
  readonly near: BitSet;
  readonly far: BitSet;
  readonly key: string;
}

/** The candidates that are usable. Many sources share a candidate set, so each set is worked out once. */
function reachableTargets(kind: 'pass' | 'unknown', usable: BitSet): (candidates: CandidateSet) => Reachable {
  const known = new Map<CandidateSet, Reachable>();
  return (candidates) => {
    const found = known.get(candidates);
    if (found !== undefined) return found;
    const among = (set: BitSet): BitSet => set.map((word, index) => word & (usable[index] ?? 0));
    const [near, far] = [among(candidates[kind].near), among(candidates[kind].far)];
    const made = { near, far, key: `${bitKey(near)}${bitKey(far)}` };
    known.set(candidates, made);
    return made;
  };
}

/** Replaces each target that has the sources for good by a supply of their own, which `add` returns. */
function withPlacesForGood(
  { near, far }: Reachable,
  candidates: CandidateSet['pass'],
  has: readonly number[],
  add: (target: number) => number,
): { readonly near: BitSet; readonly far: BitSet } {
  const own = has.filter((target) => hasBit(candidates.near, target) || hasBit(candidates.far, target));
  if (own.length === 0) return { near, far };
  const supplies = own.map((target) => ({ target, index: add(target) }));
  const replaced = (set: BitSet, before: BitSet): BitSet => {
    const last = supplies.at(-1)?.index ?? 0;
    const widened = bitSet(last + 1);
    eachBit(set, (target) => {
      if (!own.includes(target)) addBit(widened, target);
    });
    for (const { target, index } of supplies) if (hasBit(before, target)) addBit(widened, index);
    return widened;
  };
  return { near: replaced(near, candidates.near), far: replaced(far, candidates.far) };
}
