/** Ordered rules over IPv4 addresses where the first match decides, compiled to intervals: a look-up is one binary search. */

import type { Cidr4 } from './cidr.ts';

/** What to decide for a range of addresses. */
export interface AddressRule<T> {
  readonly range: Pick<Cidr4, 'first' | 'last'>;
  readonly decision: T;
}

/**
 * The table that `decide` searches. Segment `i` runs from `starts[i]` to just before `starts[i + 1]`, the last one to the end of the
 * addresses. Neighbouring segments have different decisions.
 */
export interface DecisionTable<T> {
  readonly starts: Uint32Array;
  readonly decisions: readonly T[];
}

const END = 2 ** 32;

/**
 * Compiles rules, strongest first, to disjoint segments, with `otherwise` where no rule matches. Costs n log n. Network ACLs, unions of
 * permissions and longest prefixes are all first-match tables; they differ only in how the rules are ordered.
 */
export function firstMatchTable<T>(rules: readonly AddressRule<T>[], otherwise: T): DecisionTable<T> {
  const edges: number[] = [];
  for (const { range } of rules) edges.push(range.first, range.last + 1);
  const starts = distinct(edges);
  const segmentAt = (address: number): number => (address >= END ? starts.length : segmentOf(starts, address));
  const decisions = new Array<T>(starts.length).fill(otherwise);
  // Union-find over decided segments: next[i] leads to the first segment at or after i that no rule has decided yet.
  const next = Int32Array.from({ length: starts.length + 1 }, (_, index) => index);
  const undecidedFrom = (index: number): number => {
    let root = index;
    while (next[root] !== root) root = next[root] ?? root;
    for (let at = index; at !== root; ) {
      const following = next[at] ?? root;
      next[at] = root;
      at = following;
    }
    return root;
  };
  for (const { range, decision } of rules) {
    const end = segmentAt(range.last + 1);
    for (let at = undecidedFrom(segmentAt(range.first)); at < end; at = undecidedFrom(at)) {
      decisions[at] = decision;
      next[at] = at + 1;
    }
  }
  const isChange = (_: unknown, at: number): boolean => at === 0 || decisions[at] !== decisions[at - 1];
  return { starts: starts.filter(isChange), decisions: decisions.filter(isChange) };
}

/** Splits the address space wherever any of the tables changes its decision, and numbers the segments. */
export function commonSegments(tables: Iterable<DecisionTable<unknown>>): DecisionTable<number> {
  const edges: number[] = [];
  for (const table of tables) for (const start of table.starts) edges.push(start);
  const starts = distinct(edges);
  return { starts, decisions: [...starts.keys()] };
}

/** The addresses in order and without repeats, with 0 and without the end of the addresses. */
function distinct(addresses: readonly number[]): Uint32Array {
  const sorted = Uint32Array.from([0, ...addresses.filter((address) => address < END)]).sort();
  return sorted.filter((address, at) => at === 0 || address !== sorted[at - 1]);
}

/** The decision for an IPv4 address, given as an unsigned 32-bit number. */
export function decide<T>({ starts, decisions }: DecisionTable<T>, address: number): T {
  return decisions[segmentOf(starts, address)] as T;
}

/** The last segment that starts at or before the address. */
function segmentOf(starts: Uint32Array, address: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}
