/** A rule of a security group as a record shows it, and how it compares with others. */

import { cidrOf } from '../../net/cidr.ts';
import type { RecordedPermission } from '../../sighting/changes/network.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import type { AllowedPorts } from '../calls/watch-policy.ts';
import { ALL_PROTOCOLS } from './open-ports.ts';
import { doorKey, type IngressRule, isAllowed, packetsOf } from './open-to-world.ts';

/** A rule that a record shows. */
export interface ShownRule {
  readonly permission: RecordedPermission;
  readonly evidence: Evidence;
  /** False where no record says whether it is an ingress rule. */
  readonly isIngress: boolean;
  /** The part of all addresses of IPv4 and of IPv6 that it lets in on ports that are not allowed, from 0 to 1 each. */
  readonly shares: readonly [ipv4: number, ipv6: number];
}

/** The part of all addresses of each family that a rule lets in, as `ShownRule` has it. */
export function sharesOf(permission: RecordedPermission, allowed: readonly AllowedPorts[]): ShownRule['shares'] {
  const cidr = isAllowed(permission, allowed) ? undefined : cidrOf(permission.cidrIp ?? permission.cidrIpv6 ?? '');
  const share = cidr === undefined ? 0 : 2 ** -cidr.prefixLength;
  return cidr?.family === 4 ? [share, 0] : [0, share];
}

/** Identifies the door that a rule is. */
export function doorOf(permission: RecordedPermission): string {
  return doorKey({ rule: permission, peer: peerOf(permission) });
}

/** The rule as it lets addresses in. */
export function ingressRuleOf({ permission }: ShownRule): IngressRule {
  const { ipProtocol, fromPort, toPort, cidrIp, cidrIpv6, prefixListId } = permission;
  const one = (peer: string | undefined): readonly string[] => (peer === undefined ? [] : [peer]);
  const peers = { cidrIps: one(cidrIp), cidrIpv6s: one(cidrIpv6), prefixListIds: one(prefixListId) };
  return { ipProtocol, fromPort, toPort, ...peers };
}

/** Whom a rule lets in, as the record has it: a block, or the id of a prefix list or of another group. */
function peerOf({ cidrIp, cidrIpv6, prefixListId, referencedGroupId }: RecordedPermission): string {
  return cidrIp ?? cidrIpv6 ?? prefixListId ?? referencedGroupId ?? '';
}

/** True if the rule lets nobody in whom the other does not. */
export function isWithin(rule: RecordedPermission, other: RecordedPermission): boolean {
  const [own, theirs] = [packetsOf(rule), packetsOf(other)];
  if (own.protocol !== theirs.protocol && theirs.protocol !== ALL_PROTOCOLS) return false;
  if (own.from < theirs.from || own.to > theirs.to) return false;
  if (peerOf(rule) === peerOf(other)) return true;
  const [part, whole] = [rule, other].map(({ cidrIp, cidrIpv6 }) => cidrOf(cidrIp ?? cidrIpv6 ?? ''));
  if (part === undefined || whole?.family !== part.family) return false;
  return whole.first <= part.first && part.last <= whole.last;
}

/** Two rules of a group with the same key are the same to EC2. */
export function keyOf(permission: RecordedPermission): string {
  const { protocol, from, to } = packetsOf(permission);
  return `${protocol} ${from}-${to} ${peerOf(permission)}`;
}
