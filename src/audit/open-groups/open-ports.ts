/** Which ports a set of ingress rules opens to every address: by protocol and address family, over all rules together. */

import { groupBy } from '../../collections.ts';
import { addressCover } from '../../net/address-cover.ts';
import type { Cidr } from '../../net/cidr.ts';

/** A rule for one block, with the ports that it opens there. */
export interface Door {
  /** An IANA number as text, `-1` for every protocol. */
  readonly protocol: string;
  /** Of ICMP, type times 256 plus code. */
  readonly from: number;
  readonly to: number;
  readonly cidr: Cidr;
}

/** Ports of one protocol that are open to every address of a family, and doors that together open them, up to 64 at each port. */
export interface OpenRange<D> {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly family: Cidr['family'];
  readonly doors: readonly D[];
}

/** Every protocol. */
export const ALL_PROTOCOLS = '-1';

/**
 * The ports that are open to every address of IPv4 or IPv6. A union counts: two halves are the whole, also over several rules, on the ports
 * that all of them open. Rules for every protocol count for each. Adjacent ports are one range.
 */
export function openRanges<D extends Door>(doors: readonly D[]): readonly OpenRange<D>[] {
  return [...groupBy(doors, ({ cidr }) => cidr.family)].flatMap(([family, own]) => {
    const byProtocol = groupBy(own, ({ protocol }) => protocol);
    const forAll = byProtocol.get(ALL_PROTOCOLS) ?? [];
    const whole = rangesOf(ALL_PROTOCOLS, family, forAll);
    const named = [...byProtocol].filter(([protocol]) => protocol !== ALL_PROTOCOLS);
    // Where every protocol is open anyway, a protocol's own rules count only if they alone open it.
    const joined = whole.length > 0 ? [] : forAll;
    return [...whole, ...named.flatMap(([protocol, ofIt]) => rangesOf(protocol, family, [...ofIt, ...joined]))];
  });
}

/** Doors that are named at one port: more than people read, and few enough to go through all ports of thousands of rules. */
const MOST_DOORS = 64;

/** Goes through the ports once, with the blocks that are open at each. */
function rangesOf<D extends Door>(
  protocol: string,
  family: Cidr['family'],
  doors: readonly D[],
): readonly OpenRange<D>[] {
  const opening = groupBy(doors, ({ from }) => from);
  const closing = groupBy(doors, ({ to }) => to + 1);
  const cover = addressCover<D>();
  const ranges: { from: number; to: number; doors: Set<D> }[] = [];
  const edges = [...new Set([...opening.keys(), ...closing.keys()])].toSorted((a, b) => a - b);
  for (const [index, from] of edges.entries()) {
    for (const door of closing.get(from) ?? []) cover.remove(door.cidr, door);
    for (const door of opening.get(from) ?? []) cover.add(door.cidr, door);
    const next = edges[index + 1];
    if (next === undefined || !cover.isWhole()) continue;
    const last = ranges.at(-1);
    const range = last?.to === from - 1 ? last : { from, to: from, doors: new Set<D>() };
    if (range !== last) ranges.push(range);
    range.to = next - 1;
    let named = 0;
    for (const door of cover.widest()) {
      range.doors.add(door);
      named += 1;
      if (named === MOST_DOORS) break;
    }
  }
  return ranges.map(({ from, to, doors: behind }) => ({ protocol, from, to, family, doors: [...behind] }));
}
