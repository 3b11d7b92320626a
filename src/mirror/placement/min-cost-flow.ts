/** Places a batch as a minimum-cost flow from demands (groups of sources) to supplies (targets). It knows only numbers. */

import { compareText } from '../../collections.ts';
import { tieRank } from '../stable-hash.ts';
import { balanceLoad } from './balance-load.ts';
import { addBit, type BitSet, bitSet, countBits, eachBit } from './bit-set.ts';
import {
  costOf,
  type Demand,
  demandAt,
  eachPlace,
  type Flow,
  move,
  type Placed,
  pathTo,
  put,
  type Search,
  STAYING,
  type Supply,
  unitsOf,
  utilisationAt,
} from './flow-state.ts';

/**
 * Places demands on supplies by successive shortest paths. A placement outside the zone costs 1; moving a source costs the change. A
 * source that should leave its target stays there, at a prohibitive cost, where nothing better is possible.
 *
 * Then it balances the load: while a chain of moves within one tier leads from a target to one that is less utilised than the first
 * would be without that source, it makes the chain.
 *
 * No other assignment places more sources, or as many with fewer outside their zone. None that differs only by moves within tiers is
 * more even: each source went to the least utilised of its targets in turn, and where targets are equal, no assignment has a lower
 * maximum load.
 *
 * @see https://en.wikipedia.org/wiki/Minimum-cost_flow_problem
 */
export function minCostFlow(demands: readonly Demand[], supplies: readonly Supply[], budget: number): Placed {
  const order = demands
    .map((_, index) => index)
    .sort((a, b) => byConstraint(demandAt(demands, a), demandAt(demands, b)));
  const flow: Flow = {
    demands: order.map((index) => demandAt(demands, index)),
    supplies,
    left: order.map(() => 0),
    load: supplies.map(({ load }) => load),
    room: supplies.map(({ room }) => room),
    held: supplies.map(() => new Map()),
    budget,
  };
  // Sources that can't be placed elsewhere stay, so each of these gets a place before any other source does.
  place(flow, ({ leaves }) => leaves !== undefined);
  place(flow, ({ leaves }) => leaves === undefined);
  balanceLoad(flow);
  const placed: Map<number, number>[] = demands.map(() => new Map());
  flow.held.forEach((units, target) => {
    for (const [demand, count] of units) {
      if (costOf(flow, demand, target) < STAYING) placed[order[demand] ?? 0]?.set(target, count);
    }
  });
  return placed;
}

/**
 * Places the sources of these demands. One that stays nowhere is placed at the expense of one that then has to stay only if more sources
 * end up in their zone.
 */
function place(flow: Flow, isMeant: (demand: Demand) => boolean): void {
  let mayStay = false;
  flow.demands.forEach((demand, index) => {
    flow.left[index] = isMeant(demand) ? demand.count : 0;
    mayStay ||= isMeant(demand) && demand.leaves !== undefined;
  });
  for (;;) {
    const labels = shortestDistances(flow);
    if (labels.sink === Number.POSITIVE_INFINITY || (!mayStay && labels.sink >= STAYING)) return;
    fillDirectly(flow, labels);
    augment(flow, labels);
  }
}

/** Demands with the fewest targets first. */
function byConstraint(a: Demand, b: Demand): number {
  const choices = ({ near, far }: Demand): number => countBits(near) + countBits(far);
  return countBits(a.near) - countBits(b.near) || choices(a) - choices(b) || compareText(a.key, b.key);
}

/** Distances from "not placed". An edge is on a shortest path when its cost is the difference between the distances of its ends. */
interface Labels {
  readonly demand: Float64Array;
  readonly target: Float64Array;
  /** The distance of the nearest target with room; Infinity when no more can be placed. */
  readonly sink: number;
}

/** How many sources of a demand can still be placed within the budget. */
function available(flow: Flow, demand: number): number {
  const left = flow.left[demand] ?? 0;
  return flow.demands[demand]?.isBudgeted ? Math.min(left, flow.budget) : left;
}

/** Label-correcting, because undoing a placement outside the zone has cost -1. Cheap, because there are few distinct distances. */
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
      const distance = demand[from] ?? 0;
      eachPlace(demandAt(flow.demands, from), (to, cost) => {
        if (distance + cost >= (target[to] ?? 0)) return;
        target[to] = distance + cost;
        reached.add(to);
      });
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

/** Follows shortest paths of one edge: each source goes to the least utilised of its targets. */
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

/** Follows longer shortest paths until none of this length is left: a source takes a place whose source moves on, and so on. */
function augment(flow: Flow, labels: Labels): void {
  const dead = bitSet(flow.supplies.length);
  flow.demands.forEach((demand, index) => {
    while (available(flow, index) > 0 && labels.demand[index] === 0) {
      const search = searchFrom(flow, index, labels, dead);
      if (search.end === undefined) {
        // What can't reach room now never will at this length, because every later path would have to lead out of the visited set.
        for (let word = 0; word < dead.length; word += 1) dead[word] = search.visited[word] ?? 0;
        return;
      }
      const path = pathTo(search.end, search);
      const units = Math.min(
        available(flow, index),
        flow.room[search.end] ?? 0,
        ...path.map((step) => unitsOf(flow, step)),
      );
      move(flow, path, units);
      flow.left[index] = (flow.left[index] ?? 0) - units;
      if (demand.isBudgeted) flow.budget -= units;
    }
  });
}

function searchFrom(flow: Flow, start: number, labels: Labels, dead: BitSet): Search {
  const search: Search = { visited: dead.slice(), reachedBy: new Map(), leaves: new Map([[start, undefined]]) };
  const queue = [start];
  for (let head = 0; head < queue.length && search.end === undefined; head += 1) {
    const at = queue[head] as number;
    const distance = labels.demand[at] ?? 0;
    const visit = (to: number, cost: number): void => {
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
    eachPlace(demandAt(flow.demands, at), visit, search.visited);
  }
  return search;
}
