/**
 * The mathematics of placing a batch: a flow from groups of alike sources to targets that places as many as any assignment could,
 * then as few as possible outside their zone, then as evenly as possible. Numbers only; `assign` gives them their meaning.
 */

import { addBit, type BitSet, bitSet, countBits, eachBit, hasBit } from './bit-set.ts';
import { tieRank } from './stable-hash.ts';

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

interface Flow {
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

/**
 * Places demands on supplies by successive shortest paths, where a placement outside the zone costs one and moving a source from
 * one target to another what that changes. Then levels: as long as a chain of moves within the same tier leads from a target to one
 * that is less utilised than the first will be without that source, it is made. No other assignment places more, or as many with
 * fewer outside their zone; and none that differs only by moves within tiers is more even, each source having gone to the least
 * utilised of its targets in turn: where targets are alike, none has a lower highest load.
 *
 * @see https://en.wikipedia.org/wiki/Minimum-cost_flow_problem
 */
export function place(demands: readonly Demand[], supplies: readonly Supply[], budget: number): Placed {
  const order = demands
    .map((_, index) => index)
    .sort((a, b) => byConstraint(demandAt(demands, a), demandAt(demands, b)));
  const flow: Flow = {
    demands: order.map((index) => demandAt(demands, index)),
    supplies,
    left: order.map((index) => demandAt(demands, index).count),
    load: supplies.map(({ load }) => load),
    room: supplies.map(({ room }) => room),
    held: supplies.map(() => new Map()),
    budget,
  };
  for (;;) {
    const labels = shortestDistances(flow);
    if (labels.sink === Number.POSITIVE_INFINITY) break;
    fillDirectly(flow, labels);
    augment(flow, labels);
  }
  level(flow);
  const placed: Map<number, number>[] = demands.map(() => new Map());
  flow.held.forEach((units, target) => {
    for (const [demand, count] of units) placed[order[demand] ?? 0]?.set(target, count);
  });
  return placed;
}

function demandAt(demands: readonly Demand[], index: number): Demand {
  return demands[index] as Demand;
}

/** The fewest choices first. */
function byConstraint(a: Demand, b: Demand): number {
  const choices = ({ near, far }: Demand): number => countBits(near) + countBits(far);
  return countBits(a.near) - countBits(b.near) || choices(a) - choices(b) || (a.key < b.key ? -1 : 1);
}

/** Distances from "not placed"; an edge from u to v is on a shortest path when its cost is the difference. */
interface Labels {
  readonly demand: Float64Array;
  readonly target: Float64Array;
  /** Of the nearest target with room; Infinity when no more can be placed. */
  readonly sink: number;
}

function available(flow: Flow, demand: number): number {
  const left = flow.left[demand] ?? 0;
  return flow.demands[demand]?.isBudgeted ? Math.min(left, flow.budget) : left;
}

/** Label-correcting, because taking a far placement back is worth one. Costs little: there are few distinct distances. */
function shortestDistances(flow: Flow): Labels {
  const demand = new Float64Array(flow.demands.length).fill(Number.POSITIVE_INFINITY);
  const target = new Float64Array(flow.supplies.length).fill(Number.POSITIVE_INFINITY);
  let changed: number[] = [];
  flow.demands.forEach((_, index) => {
    if (available(flow, index) > 0) {
      demand[index] = 0;
      changed.push(index);
    }
  });
  while (changed.length > 0) {
    const reached = new Set<number>();
    for (const from of changed) {
      const { near, far } = demandAt(flow.demands, from);
      const distance = demand[from] ?? 0;
      const relax = (to: number, length: number): void => {
        if (length >= (target[to] ?? 0)) return;
        target[to] = length;
        reached.add(to);
      };
      eachBit(near, (to) => relax(to, distance));
      eachBit(far, (to) => relax(to, distance + 1));
    }
    const next = new Set<number>();
    for (const from of reached) {
      for (const holder of flow.held[from]?.keys() ?? []) {
        const length = (target[from] ?? 0) - costOf(flow, holder, from);
        if (length >= (demand[holder] ?? 0)) continue;
        demand[holder] = length;
        next.add(holder);
      }
    }
    changed = [...next];
  }
  let sink = Number.POSITIVE_INFINITY;
  target.forEach((distance, index) => {
    if ((flow.room[index] ?? 0) > 0) sink = Math.min(sink, distance);
  });
  return { demand, target, sink };
}

function costOf(flow: Flow, demand: number, target: number): 0 | 1 {
  return hasBit(demandAt(flow.demands, demand).near, target) ? 0 : 1;
}

/** Shortest paths of one edge, each source to the least utilised of its targets. */
function fillDirectly(flow: Flow, labels: Labels): void {
  flow.demands.forEach((demand, index) => {
    if (labels.demand[index] !== 0 || labels.sink > 1) return;
    const choices: number[] = [];
    eachBit(labels.sink === 0 ? demand.near : demand.far, (target) => {
      if (labels.target[target] === labels.sink) choices.push(target);
    });
    while (available(flow, index) > 0) {
      const best = leastUtilised(flow, demand, choices);
      if (best === undefined) return;
      put(flow, index, best, 1);
      flow.left[index] = (flow.left[index] ?? 0) - 1;
      if (demand.isBudgeted) flow.budget -= 1;
    }
  });
}

function leastUtilised(flow: Flow, { hash }: Demand, choices: readonly number[]): number | undefined {
  let best: number | undefined;
  let bestLoad = Number.POSITIVE_INFINITY;
  for (const target of choices) {
    if ((flow.room[target] ?? 0) <= 0) continue;
    const load = utilisationAt(flow, target, 0);
    if (load < bestLoad || (load === bestLoad && best !== undefined && isBefore(flow, hash, target, best))) {
      best = target;
      bestLoad = load;
    }
  }
  return best;
}

function isBefore({ supplies }: Flow, hash: number, a: number, b: number): boolean {
  const difference = tieRank(hash, supplies[a]?.hash ?? 0) - tieRank(hash, supplies[b]?.hash ?? 0);
  return difference < 0 || (difference === 0 && a < b);
}

function utilisationAt({ load, supplies }: Flow, target: number, more: number): number {
  return ((load[target] ?? 0) + more) / (supplies[target]?.unit ?? 1);
}

/** Adds units of a demand to a target, or takes them away. */
function put({ held, load, room }: Flow, demand: number, target: number, units: number): void {
  const at = held[target] as Map<number, number>;
  const count = (at.get(demand) ?? 0) + units;
  if (count === 0) at.delete(demand);
  else at.set(demand, count);
  load[target] = (load[target] ?? 0) + units;
  room[target] = (room[target] ?? 0) - units;
}

/** Longer shortest paths, until there is none of this length: a source takes a place whose holder moves on, and so forth. */
function augment(flow: Flow, labels: Labels): void {
  const dead = bitSet(flow.supplies.length);
  flow.demands.forEach((demand, index) => {
    while (available(flow, index) > 0 && labels.demand[index] === 0) {
      const search = searchFrom(flow, index, labels, dead);
      if (search.end === undefined) {
        // What cannot reach room now never will at this length: every later path would have to lead out of here.
        for (let word = 0; word < dead.length; word += 1) dead[word] = search.visited[word] ?? 0;
        return;
      }
      const path = pathTo(search.end, search);
      const units = Math.min(
        available(flow, index),
        flow.room[search.end] ?? 0,
        ...path.map((move) => unitsOf(flow, move)),
      );
      for (const { demand: mover, from, to } of path) {
        if (from !== undefined) put(flow, mover, from, -units);
        put(flow, mover, to, units);
      }
      flow.left[index] = (flow.left[index] ?? 0) - units;
      if (demand.isBudgeted) flow.budget -= units;
    }
  });
}

interface Search {
  readonly visited: BitSet;
  /** By target: the demand that reached it. By demand: the target it would leave, undefined for the one that starts. */
  readonly reachedBy: Map<number, number>;
  readonly leaves: Map<number, number | undefined>;
  end?: number;
}

interface Step {
  readonly demand: number;
  readonly from: number | undefined;
  readonly to: number;
}

function searchFrom(flow: Flow, start: number, labels: Labels, dead: BitSet): Search {
  const search: Search = { visited: dead.slice(), reachedBy: new Map(), leaves: new Map([[start, undefined]]) };
  const queue = [start];
  for (let head = 0; head < queue.length && search.end === undefined; head += 1) {
    const at = queue[head] as number;
    const { near, far } = demandAt(flow.demands, at);
    const distance = labels.demand[at] ?? 0;
    const visit = (cost: number) => (to: number) => {
      if (labels.target[to] !== distance + cost || search.end !== undefined) return;
      addBit(search.visited, to);
      search.reachedBy.set(to, at);
      if ((flow.room[to] ?? 0) > 0 && labels.target[to] === labels.sink) {
        search.end = to;
        return;
      }
      for (const holder of flow.held[to]?.keys() ?? []) {
        if (search.leaves.has(holder)) continue;
        if (labels.demand[holder] !== (labels.target[to] ?? 0) - costOf(flow, holder, to)) continue;
        search.leaves.set(holder, to);
        queue.push(holder);
      }
    };
    eachBit(near, visit(0), search.visited);
    eachBit(far, visit(1), search.visited);
  }
  return search;
}

/** The moves that end at a target, the last first. */
function pathTo(end: number, { reachedBy, leaves }: Search): readonly Step[] {
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

function unitsOf({ held }: Flow, { demand, from }: Step): number {
  return from === undefined ? Number.POSITIVE_INFINITY : (held[from]?.get(demand) ?? 0);
}

/** Moves sources within their tier from the fuller to the emptier until no chain of moves evens them out any more. */
function level(flow: Flow): void {
  for (let isMoved = true; isMoved; ) {
    isMoved = false;
    const fullestFirst = flow.supplies
      .map((_, target) => target)
      .filter((target) => (flow.held[target]?.size ?? 0) > 0)
      .sort((a, b) => utilisationAt(flow, b, 0) - utilisationAt(flow, a, 0) || a - b);
    for (const from of fullestFirst) while (relieve(flow, from)) isMoved = true;
  }
}

function relieve(flow: Flow, from: number): boolean {
  const search: Search = { visited: bitSet(flow.supplies.length), reachedBy: new Map(), leaves: new Map() };
  addBit(search.visited, from);
  const oneLess = utilisationAt(flow, from, -1);
  // A demand is expanded once for each tier: its key here is twice its index, plus one outside the zone.
  const queue: number[] = [];
  const enqueue = (target: number): void => {
    for (const holder of flow.held[target]?.keys() ?? []) {
      const key = holder * 2 + costOf(flow, holder, target);
      if (search.leaves.has(key)) continue;
      search.leaves.set(key, target);
      queue.push(key);
    }
  };
  enqueue(from);
  for (let head = 0; head < queue.length && search.end === undefined; head += 1) {
    const key = queue[head] as number;
    const { near, far } = demandAt(flow.demands, key >> 1);
    const visit = (to: number): void => {
      if (search.end !== undefined) return;
      addBit(search.visited, to);
      search.reachedBy.set(to, key);
      if ((flow.room[to] ?? 0) > 0 && utilisationAt(flow, to, 0) < oneLess) search.end = to;
      else enqueue(to);
    };
    eachBit(key % 2 === 0 ? near : far, visit, search.visited);
  }
  if (search.end === undefined) return false;
  const path = pathTo(search.end, search).map((step) => ({ ...step, demand: step.demand >> 1 }));
  const units = Math.min(
    flow.room[search.end] ?? 0,
    worthMoving(flow, from, search.end),
    ...path.map((move) => unitsOf(flow, move)),
  );
  for (const { demand, from: left, to } of path) {
    if (left !== undefined) put(flow, demand, left, -units);
    put(flow, demand, to, units);
  }
  return true;
}

/** How many units are worth moving one by one: the k-th is while (b + k - 1) / unit B < (a - k) / unit A. */
function worthMoving({ load, supplies }: Flow, a: number, b: number): number {
  const unitA = supplies[a]?.unit ?? 1;
  const unitB = supplies[b]?.unit ?? 1;
  const bound = ((load[a] ?? 0) * unitB - ((load[b] ?? 0) - 1) * unitA) / (unitA + unitB);
  return Math.max(1, Math.ceil(bound) - 1);
}
