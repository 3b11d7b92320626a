/** Is a security group open to the world? Its ingress rules with their prefix lists expanded, less the ports that may be open. */

import { byText, uniqueBy } from '../../collections.ts';
import type { IpPermission } from '../../inventory/security-group.ts';
import { cidrOf } from '../../net/cidr.ts';
import type { AllowedPorts } from '../calls/watch-policy.ts';
import { ALL_PROTOCOLS, type Door, type OpenRange, openRanges } from './open-ports.ts';

/** A rule of a group, as far as it lets addresses in. */
export type IngressRule = Pick<
  IpPermission,
  'ipProtocol' | 'fromPort' | 'toPort' | 'cidrIps' | 'cidrIpv6s' | 'prefixListIds'
>;

/** One rule with its one peer: what a revocation names. `peer` is a block as written, or the id of a prefix list. */
export interface OpenDoor extends Door {
  readonly rule: Pick<IngressRule, 'ipProtocol' | 'fromPort' | 'toPort'>;
  readonly peer: string;
  readonly peerKind: 'cidrIp' | 'cidrIpv6' | 'prefixListId';
}

/** What is open to the world and may not be. */
export type Opening = OpenRange<OpenDoor>;

/** What a group lets in. */
export interface Openness {
  /** Ordered by protocol, port and family. Empty if nothing is open that may not be. */
  readonly open: readonly Opening[];
  /** Prefix lists with unknown entries and blocks that cannot be read, which may open more. Without repeats. */
  readonly unknown: readonly string[];
}

/** The entries of a prefix list; undefined if they are not known. */
export type EntriesOf = (prefixListId: string) => readonly string[] | undefined;

const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['tcp', '6'],
  ['udp', '17'],
  ['icmp', '1'],
  ['icmpv6', '58'],
]);
const ALLOWABLE = { tcp: '6', udp: '17' } as const satisfies Record<AllowedPorts['protocol'], string>;
const LAST_PORT = 65_535;

/**
 * What is open to every address of IPv4 or of IPv6. Only the whole address space counts, by one rule or by several together: half of it is
 * not the world. A rule for every protocol opens every port. No protocol other than tcp and udp is ever allowed, ICMP included.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
export function openToWorld(
  rules: readonly IngressRule[],
  entriesOf: EntriesOf,
  allowed: readonly AllowedPorts[],
): Openness {
  const unknown = new Set<string>();
  const doors = rules.flatMap((rule) => doorsOf(rule, { entriesOf, allowed, unknown }));
  const open = openRanges(doors).flatMap((range) => withoutAllowed(range, allowed));
  return { open: open.toSorted(inOrder), unknown: [...unknown].toSorted() };
}

interface Reading {
  readonly entriesOf: EntriesOf;
  readonly allowed: readonly AllowedPorts[];
  readonly unknown: Set<string>;
}

function doorsOf(rule: IngressRule, { entriesOf, allowed, unknown }: Reading): readonly OpenDoor[] {
  const { protocol, from, to } = packetsOf(rule);
  const { ipProtocol, fromPort, toPort } = rule;
  const common = { rule: { ipProtocol, fromPort, toPort }, protocol, from, to };
  if (isAllowed(rule, allowed)) return [];
  const doors: OpenDoor[] = [];
  const add = (text: string, peer: string, peerKind: OpenDoor['peerKind']): void => {
    const cidr = cidrOf(text);
    if (cidr === undefined) unknown.add(`the block ${JSON.stringify(text.slice(0, 50))}`);
    else doors.push({ ...common, cidr, peer, peerKind });
  };
  for (const text of rule.cidrIps) add(text, text, 'cidrIp');
  for (const text of rule.cidrIpv6s) add(text, text, 'cidrIpv6');
  for (const id of rule.prefixListIds) {
    const entries = entriesOf(id);
    if (entries === undefined) unknown.add(`prefix list ${id}`);
    for (const text of entries ?? []) add(text, id, 'prefixListId');
  }
  return doors;
}

interface Packets {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
}

/** True for a rule of which every port may be open to anybody: whom it lets in does not matter. */
export function isAllowed(rule: OpenDoor['rule'], allowed: readonly AllowedPorts[]): boolean {
  return remaining(packetsOf(rule), allowed).length === 0;
}

/** Without ports, or with -1, every port. Of ICMP, `fromPort` is the type and `toPort` the code. Other protocols have no ports. */
export function packetsOf({ ipProtocol, fromPort = -1, toPort = -1 }: OpenDoor['rule']): Packets {
  const name = ipProtocol.toLowerCase();
  const protocol = PROTOCOLS.get(name) ?? name;
  const every = { protocol, from: 0, to: LAST_PORT };
  if (fromPort < 0) return every;
  if (protocol === '6' || protocol === '17') return { protocol, from: fromPort, to: toPort < 0 ? fromPort : toPort };
  if (protocol !== '1' && protocol !== '58') return every;
  const first = fromPort * 256;
  return toPort < 0
    ? { protocol, from: first, to: first + 255 }
    : { protocol, from: first + toPort, to: first + toPort };
}

/** The parts of a range that may not be open to the world, in order. */
function remaining<R extends Packets>(range: R, allowed: readonly AllowedPorts[]): readonly R[] {
  const own = allowed.filter(({ protocol }) => ALLOWABLE[protocol] === range.protocol);
  let parts = range.from <= range.to ? [range] : [];
  for (const { from, to } of own)
    parts = parts.flatMap((part) =>
      from > part.to || to < part.from
        ? [part]
        : [
            ...(part.from < from ? [{ ...part, to: from - 1 }] : []),
            ...(part.to > to ? [{ ...part, from: to + 1 }] : []),
          ],
    );
  return parts;
}

/** An opening names each rule once, however many entries of its prefix list it takes. */
function withoutAllowed(range: Opening, allowed: readonly AllowedPorts[]): readonly Opening[] {
  return remaining(range, allowed).map((part) => ({ ...part, doors: uniqueBy(range.doors, doorKey) }));
}

/** Identifies the rule behind a door. */
export function doorKey({ rule: { ipProtocol, fromPort, toPort }, peer }: Pick<OpenDoor, 'rule' | 'peer'>): string {
  return `${ipProtocol} ${fromPort} ${toPort} ${peer}`;
}

const byProtocol = byText(({ protocol }: Opening) => protocol);

function inOrder(a: Opening, b: Opening): number {
  if (a.protocol !== b.protocol && (a.protocol === ALL_PROTOCOLS || b.protocol === ALL_PROTOCOLS))
    return a.protocol === ALL_PROTOCOLS ? -1 : 1;
  return byProtocol(a, b) || a.from - b.from || a.family - b.family;
}
