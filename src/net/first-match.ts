/** Ordered rules over IPv4 addresses, of which the first that matches decides: compiled to intervals, so that asking is one binary search. */

import type { Cidr4 } from './cidr.ts';

export interface AddressRule<T> {
  readonly range: Pick<Cidr4, 'first' | 'last'>;
  readonly decision: T;
}

/** What `decide` searches: segment `i` reaches from `starts[i]` to before `starts[i + 1]`; the last one to the end of the address space. */
export interface DecisionTable<T> {
  readonly starts: readonly number[];
  readonly decisions: readonly T[];
}

const END = 2 ** 32;

/**
 * Compiles rules, the first of which is the strongest, to disjoint segments with `otherwise` where none matches.
 * Costs n log n; a network ACL, a union of permissions and longest-prefix routing are all this, differing only in the order.
 */
export function firstMatchTable<T>(rules: readonly AddressRule<T>[], otherwise: T): DecisionTable<T> {
  const starts = [...new Set([0, ...rules.flatMap(({ range }) => [range.first, range.last + 1])])]
    .filter((start) => start < END)
    .sort((a, b) => a - b);
  const segmentAt = new Map(starts.map((start, index) => [start, index]));
  const decisions = new Array<T>(starts.length).fill(otherwise);
  // A painted segment is skipped for ever: next[i] leads to the first segment from i on that no rule has decided yet.
  const next = Int32Array.from({ length: starts.length + 1 }, (_, index) => index);
  const unpainted = (index: number): number => {
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
    for (let at = unpainted(segmentAt.get(range.first) ?? 0); at < end; at = unpainted(at)) {
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
