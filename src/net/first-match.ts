/** Ordered rules over IPv4 addresses where the first match decides, compiled to intervals: a look-up is one binary search. */

import type { Cidr4 } from './cidr.ts';

/** What to decide for a range of addresses. */
export interface AddressRule<T> {
  readonly range: Pick<Cidr4, 'first' | 'last'>;
  readonly decision: T;
}

/** The table that `decide` searches. Segment `i` runs from `starts[i]` to just before `starts[i + 1]`, the last one to the end of the addresses. */
export interface DecisionTable<T> {
  readonly starts: readonly number[];
  readonly decisions: readonly T[];
}

const END = 2 ** 32;

/**
 * Compiles rules, strongest first, to disjoint segments, with `otherwise` where no rule matches. Costs n log n. Network ACLs and
 * unions of permissions are both first-match tables; they differ only in how the rules are ordered.
 */
export function firstMatchTable<T>(rules: readonly AddressRule<T>[], otherwise: T): DecisionTable<T> {
  const starts = [...new Set([0, ...rules.flatMap(({ range }) => [range.first, range.last + 1])])]
    .filter((start) => start < END)
    .sort((a, b) => a - b);
  const segmentAt = new Map(starts.map((start, index) => [start, index]));
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
    const end = segmentAt.get(range.last + 1) ?? starts.length;
    for (let at = undecidedFrom(segmentAt.get(range.first) ?? 0); at < end; at = undecidedFrom(at)) {
      decisions[at] = decision;
      next[at] = at + 1;
    }
  }
  return { starts, decisions };
}

/** The decision for an IPv4 address, given as an unsigned 32-bit number. */
export function decide<T>({ starts, decisions }: DecisionTable<T>, address: number): T {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= address) low = middle;
    else high = middle - 1;
  }
  return decisions[low] as T;
}
