/** Evens out a placement by moving sources within their tier from fuller targets to emptier ones. */

import { addBit, type BitSet, bitSet, eachBit, hasBit } from './bit-set.ts';
import { costOf, demandAt, type Flow, move, pathTo, type Search, unitsOf, utilisationAt } from './flow-state.ts';

/**
 * Moves sources until no chain of moves within a tier makes the load more even. A target that a search in vain reached can be relieved
 * by nothing that would not have relieved the search's own, fuller one, so it is not searched from again until something moves.
 */
export function balanceLoad(flow: Flow): void {
  let inVain: readonly InVain[] = [];
  for (let isMoved = true; isMoved; ) {
    isMoved = false;
    const fullestFirst = flow.supplies
      .map((_, target) => target)
      .filter((target) => (flow.held[target]?.size ?? 0) > 0)
      .sort((a, b) => utilisationAt(flow, b, 0) - utilisationAt(flow, a, 0) || a - b);
    for (const from of fullestFirst) {
      const oneLess = utilisationAt(flow, from, -1);
      if (inVain.some((search) => hasBit(search.visited, from) && search.oneLess >= oneLess)) continue;
      for (let failed = relieve(flow, from); ; failed = relieve(flow, from)) {
        inVain = failed === undefined ? [] : [...inVain, failed];
        if (failed !== undefined) break;
        isMoved = true;
      }
    }
  }
}

/** A search that found no target with less load than its own target would have with one source less. */
interface InVain {
  readonly visited: BitSet;
  readonly oneLess: number;
}

/** Makes one chain of moves that takes load off a target; undefined when it did, else the search. */
function relieve(flow: Flow, from: number): InVain | undefined {
  const search: Search = { visited: bitSet(flow.supplies.length), reachedBy: new Map(), leaves: new Map() };
  addBit(search.visited, from);
  const oneLess = utilisationAt(flow, from, -1);
  // A demand is expanded once per tier. Its key in this search is twice its index, plus 1 for the tier outside the zone.
  const queue: number[] = [];
  const enqueue = (target: number): void => {
    for (const holder of flow.held[target]?.keys() ?? []) {
      const cost = costOf(flow, holder, target);
      const key = holder * 2 + cost;
      // A source that could not leave its target has no other place.
      if (cost > 1 || search.leaves.has(key)) continue;
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
  if (search.end === undefined) return { visited: search.visited, oneLess };
  const path = pathTo(search.end, search).map((step) => ({ ...step, demand: step.demand >> 1 }));
  const units = Math.min(
    flow.room[search.end] ?? 0,
    worthMoving(flow, from, search.end),
    ...path.map((step) => unitsOf(flow, step)),
  );
  move(flow, path, units);
  return undefined;
}

/** How many units are worth moving one by one. The k-th is worth it while (b + k - 1) / unit B < (a - k) / unit A. */
function worthMoving({ load, supplies }: Flow, a: number, b: number): number {
  const unitA = supplies[a]?.unit ?? 1;
  const unitB = supplies[b]?.unit ?? 1;
  const bound = ((load[a] ?? 0) * unitB - ((load[b] ?? 0) - 1) * unitA) / (unitA + unitB);
  return Math.max(1, Math.ceil(bound) - 1);
}
