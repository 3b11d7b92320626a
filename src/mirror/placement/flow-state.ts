/** The state of a placement in progress: how many sources of each demand are at which target. */

import { type BitSet, eachBit, hasBit } from './bit-set.ts';

/** A group of sources that may go to the same targets. */
export interface Demand {
  /** Unique among the demands. It decides the order and all ties, so the order of the list doesn't matter. */
  readonly key: string;
  readonly hash: number;
  readonly count: number;
  /** Targets inside and outside the sources' zone, by index; disjoint. */
  readonly near: BitSet;
  readonly far: BitSet;
  /** True when each placement uses up one of `budget`. */
  readonly isBudgeted: boolean;
  /** The target at which each of the sources keeps its place until it is placed elsewhere. That place counts as room of the target. */
  readonly leaves?: number | undefined;
}

/** A target with room. */
export interface Supply {
  /** How many more sources it takes; Infinity without a limit. Includes the places of sources that should leave it. */
  readonly room: number;
  /** Without the sources that should leave it. */
  readonly load: number;
  /** Utilisation is load / unit. */
  readonly unit: number;
  readonly hash: number;
}

/** For each demand, in the given order, how many of its sources go to which target. */
export type Placed = readonly ReadonlyMap<number, number>[];

/** Which sources are at which target, and what is left to place. The arrays change as placements are made. */
export interface Flow {
  readonly demands: readonly Demand[];
  readonly supplies: readonly Supply[];
  /** How many sources are not placed yet, by demand. */
  readonly left: number[];
  readonly load: number[];
  readonly room: number[];
  /** By target: how many sources it has of each demand. */
  readonly held: Map<number, number>[];
  budget: number;
}

/** A demand by its index, which must exist. */
export function demandAt(demands: readonly Demand[], index: number): Demand {
  return demands[index] as Demand;
}

/** The cost of staying at a target that does not serve: more than any chain of moves between targets that do. */
export const STAYING = 1_000_000;

/** The cost of a place: 0 in the sources' zone, 1 outside it, `STAYING` at the target that the source should leave. */
export function costOf({ demands }: Flow, demand: number, target: number): number {
  const { near, far, leaves } = demandAt(demands, demand);
  if (hasBit(near, target)) return 0;
  return leaves === target && !hasBit(far, target) ? STAYING : 1;
}

/** Calls `visit` with each target at which sources of a demand may be, and the cost of a place there. */
export function eachPlace(
  { near, far, leaves }: Demand,
  visit: (target: number, cost: number) => void,
  except?: BitSet,
): void {
  eachBit(near, (target) => visit(target, 0), except);
  eachBit(far, (target) => visit(target, 1), except);
  if (leaves === undefined || hasBit(near, leaves) || hasBit(far, leaves)) return;
  if (except === undefined || !hasBit(except, leaves)) visit(leaves, STAYING);
}

/** A target's utilisation with `more` sources than it has now. */
export function utilisationAt({ load, supplies }: Flow, target: number, more: number): number {
  return ((load[target] ?? 0) + more) / (supplies[target]?.unit ?? 1);
}

/** Adds sources of a demand to a target, or takes them away when `units` is negative. */
export function put({ held, load, room }: Flow, demand: number, target: number, units: number): void {
  const at = held[target] as Map<number, number>;
  const count = (at.get(demand) ?? 0) + units;
  if (count === 0) at.delete(demand);
  else at.set(demand, count);
  load[target] = (load[target] ?? 0) + units;
  room[target] = (room[target] ?? 0) - units;
}

/** A breadth-first search for a chain of moves. */
export interface Search {
  readonly visited: BitSet;
  /** By target: the demand that reached it. */
  readonly reachedBy: Map<number, number>;
  /** By demand: the target it would leave; undefined for the demand that the search starts from. */
  readonly leaves: Map<number, number | undefined>;
  end?: number | undefined;
}

/** Moves sources of a demand from one target to another, or places them when `from` is undefined. */
export interface Step {
  readonly demand: number;
  readonly from: number | undefined;
  readonly to: number;
}

/** The moves that lead to a target, last move first. */
export function pathTo(end: number, { reachedBy, leaves }: Search): readonly Step[] {
  const path: Step[] = [];
  for (let to: number | undefined = end; to !== undefined; ) {
    const demand = reachedBy.get(to);
    if (demand === undefined) break;
    const from = leaves.get(demand);
    path.push({ demand, from, to });
    to = from;
  }
  return path;
}

/** How many sources can make a move. */
export function unitsOf({ held }: Flow, { demand, from }: Step): number {
  return from === undefined ? Number.POSITIVE_INFINITY : (held[from]?.get(demand) ?? 0);
}

/** Makes the moves of a path, each with `units` sources. */
export function move(flow: Flow, path: readonly Step[], units: number): void {
  for (const { demand, from, to } of path) {
    if (from !== undefined) put(flow, demand, from, -units);
    put(flow, demand, to, units);
  }
}
