/** The state of a placement while it is worked out: how many of each group of alike sources are at which target. */

import { type BitSet, hasBit } from './bit-set.ts';

/** Sources that may go to the same targets. */
export interface Demand {
  /** Unique among the demands: the order and every tie go by it, never by the order of the list. */
  readonly key: string;
  readonly hash: number;
  readonly count: number;
  /** Targets in the sources' zone, and outside of it, by index; disjoint. */
  readonly near: BitSet;
  readonly far: BitSet;
  /** True when each placement takes one of `budget`. */
  readonly isBudgeted: boolean;
}

export interface Supply {
  /** How many more it takes; Infinity without a limit. */
  readonly room: number;
  readonly load: number;
  /** Utilisation is load / unit. */
  readonly unit: number;
  readonly hash: number;
}

/** For each demand, in the order given, how many of its sources go to which target. */
export type Placed = readonly ReadonlyMap<number, number>[];

/** Which sources are where, and what is left. The arrays change as placements are made. */
export interface Flow {
  readonly demands: readonly Demand[];
  readonly supplies: readonly Supply[];
  /** Sources not placed yet, by demand. */
  readonly left: number[];
  readonly load: number[];
  readonly room: number[];
  /** By target: how many it has of which demand. */
  readonly held: Map<number, number>[];
  budget: number;
}

/** A demand by its index, which is known to be one. */
export function demandAt(demands: readonly Demand[], index: number): Demand {
  return demands[index] as Demand;
}

/** What a place costs: nothing in the sources' zone, one outside of it. */
export function costOf(flow: Flow, demand: number, target: number): 0 | 1 {
  return hasBit(demandAt(flow.demands, demand).near, target) ? 0 : 1;
}

/** The utilisation of a target if it had so many more. */
export function utilisationAt({ load, supplies }: Flow, target: number, more: number): number {
  return ((load[target] ?? 0) + more) / (supplies[target]?.unit ?? 1);
}

/** Adds units of a demand to a target, or takes them away. */
export function put({ held, load, room }: Flow, demand: number, target: number, units: number): void {
  const at = held[target] as Map<number, number>;
  const count = (at.get(demand) ?? 0) + units;
  if (count === 0) at.delete(demand);
  else at.set(demand, count);
  load[target] = (load[target] ?? 0) + units;
  room[target] = (room[target] ?? 0) - units;
}

/** A search for a chain of moves, breadth first. */
export interface Search {
  readonly visited: BitSet;
  /** By target: the demand that reached it. By demand: the target it would leave, undefined for the one that starts. */
  readonly reachedBy: Map<number, number>;
  readonly leaves: Map<number, number | undefined>;
  end?: number | undefined;
}

/** Sources of a demand go from one target, or from nowhere, to another. */
export interface Step {
  readonly demand: number;
  readonly from: number | undefined;
  readonly to: number;
}

/** The moves that end at a target, the last first. */
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

/** How many sources could make a move. */
export function unitsOf({ held }: Flow, { demand, from }: Step): number {
  return from === undefined ? Number.POSITIVE_INFINITY : (held[from]?.get(demand) ?? 0);
}

/** Makes the moves of a path with so many sources each. */
export function move(flow: Flow, path: readonly Step[], units: number): void {
  for (const { demand, from, to } of path) {
    if (from !== undefined) put(flow, demand, from, -units);
    put(flow, demand, to, units);
  }
}
