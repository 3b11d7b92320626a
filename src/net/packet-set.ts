/** Sets of packets as boxes: a range of protocols, of addresses and of ports at either end. Exact for both families. */

import type { Cidr } from './cidr.ts';

/** Both ends inclusive. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

/** The packets whose every field is in its range: protocol, source and destination address, source and destination port. */
export type PacketBox = readonly [protocol: Range, source: Range, destination: Range, from: Range, to: Range];

/** Ports, both ends inclusive. Without both, or with a negative one, every port; with one end, that port. */
interface Ports {
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
}

/** What a box is made of. */
export interface BoxFields {
  /** An IANA number; undefined and negative mean every protocol. */
  readonly protocol?: number | undefined;
  readonly source: Cidr;
  readonly destination: Cidr;
  readonly sourcePorts?: Ports | undefined;
  readonly destinationPorts?: Ports | undefined;
}

const ALL_PROTOCOLS: Range = { first: 0n, last: 255n };
const ALL_PORTS: Range = { first: 0n, last: 65_535n };
/** IPv6 addresses come behind all IPv4 addresses on one line, so that no range holds both. */
const IPV6_FROM = 1n << 32n;

/** The box of these fields; undefined when it holds no packet, as with addresses of two families. */
export function boxOf(fields: BoxFields): PacketBox | undefined {
  const { protocol, source, destination, sourcePorts, destinationPorts } = fields;
  if (source.family !== destination.family) return undefined;
  const protocols = protocol === undefined || protocol < 0 ? ALL_PROTOCOLS : rangeOf(protocol, protocol);
  const box: PacketBox = [
    protocols,
    addresses(source),
    addresses(destination),
    ports(sourcePorts),
    ports(destinationPorts),
  ];
  return box.every(({ first, last }) => first <= last) ? box : undefined;
}

function addresses({ family, first, last }: Cidr): Range {
  const offset = family === 6 ? IPV6_FROM : 0n;
  return { first: offset + BigInt(first), last: offset + BigInt(last) };
}

function ports({ fromPort, toPort }: Ports = {}): Range {
  const first = fromPort ?? toPort ?? -1;
  const last = toPort ?? first;
  return first < 0 || last < 0 ? ALL_PORTS : rangeOf(first, last);
}

const rangeOf = (first: number, last: number): Range => ({ first: BigInt(first), last: BigInt(last) });

/** Boxes compared, far more than ten rules need, AWS's limit for a filter. Bounds the time for a list that nobody wrote by hand. */
const MOST_COMPARED = 1_000_000;

/**
 * Whether other boxes cover all packets of a box, alone or together. `unknown` when that takes too long to find out. Cuts each box out of
 * what is left, and looks only at the pieces.
 */
export function isCovered(box: PacketBox, by: readonly PacketBox[]): boolean | 'unknown' {
  const left: { readonly piece: PacketBox; readonly from: number }[] = [{ piece: box, from: 0 }];
  for (let compared = 0; compared < MOST_COMPARED; compared += 1 + by.length) {
    const next = left.pop();
    if (next === undefined) return true;
    const at = by.findIndex((other, index) => index >= next.from && meets(next.piece, other));
    const cutter = by[at];
    if (cutter === undefined) return false;
    for (const piece of outside(next.piece, cutter)) left.push({ piece, from: at + 1 });
  }
  return 'unknown';
}

function meets(one: PacketBox, other: PacketBox): boolean {
  return one.every(({ first, last }, axis) => {
    const range = other[axis];
    return range !== undefined && first <= range.last && range.first <= last;
  });
}

/** The parts of a box outside another that it meets, as boxes without common packets. */
function outside(box: PacketBox, cutter: PacketBox): readonly PacketBox[] {
  const pieces: PacketBox[] = [];
  let [...rest] = box;
  for (const [axis, cut] of cutter.entries()) {
    const range = rest[axis] ?? cut;
    if (range.first < cut.first) pieces.push(withRange(rest, axis, { first: range.first, last: cut.first - 1n }));
    if (range.last > cut.last) pieces.push(withRange(rest, axis, { first: cut.last + 1n, last: range.last }));
    const first = range.first > cut.first ? range.first : cut.first;
    const last = range.last < cut.last ? range.last : cut.last;
    rest = withRange(rest, axis, { first, last });
  }
  return pieces;
}

function withRange(box: PacketBox, axis: number, range: Range): [Range, Range, Range, Range, Range] {
  const [protocol, source, destination, from, to] = box;
  const at = (index: number, old: Range): Range => (index === axis ? range : old);
  return [at(0, protocol), at(1, source), at(2, destination), at(3, from), at(4, to)];
}
