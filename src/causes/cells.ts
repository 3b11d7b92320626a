/** Cells: the smallest parts of an account that a call changes and that can be taken back by themselves. */

import type { Instance, InstanceState } from '../inventory/instance.ts';
import type {
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '../inventory/mirror.ts';
import type { NetworkAclEntry } from '../inventory/network-acl.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { Route } from '../inventory/route.ts';
import type { RecordedPermission } from '../sighting/changes/network.ts';

/** A tag value that is unknown except that the policy accepts it. Stands for every such value. */
export const ACCEPTED = Symbol('a value that the policy accepts');

/** A filter rule with the direction it applies to. */
export interface DirectedRule {
  readonly direction: 'ingress' | 'egress';
  readonly rule: TrafficMirrorFilterRule;
}

/**
 * The value of each kind of cell; null means that the thing is not there. `instance`, `interface`, `filter` and the others that hold
 * an object say whether it exists. Its parts that calls change by themselves (state, type, tags, groups, attachment, rules) are cells of their
 * own and override those in the object.
 */
export interface CellValues {
  readonly instance: Instance | null;
  readonly state: InstanceState | null;
  readonly type: string | null;
  /** By resource and key. */
  readonly tag: string | typeof ACCEPTED | null;
  readonly interface: NetworkInterface | null;
  readonly groups: readonly string[] | null;
  readonly attachment: NonNullable<NetworkInterface['attachment']> | null;
  /** By security group and permission: one address range, prefix list or group each. */
  readonly permission: RecordedPermission | null;
  /** By network ACL, direction and number. */
  readonly entry: NetworkAclEntry | null;
  /** By subnet: the id of its network ACL. */
  readonly acl: string | null;
  /** By route table and destination. */
  readonly route: Route | null;
  /** By subnet: the id of its own route table; null when the main one of the VPC serves it. */
  readonly table: string | null;
  readonly session: TrafficMirrorSession | null;
  readonly target: TrafficMirrorTarget | null;
  readonly filter: TrafficMirrorFilter | null;
  /** By filter and rule id. */
  readonly filterRule: DirectedRule | null;
}

export type CellKind = keyof CellValues;
export type CellValue = CellValues[CellKind];

/** One part of an account. */
export interface Cell<K extends CellKind = CellKind> {
  readonly kind: K;
  /** The resource that it is a part of. */
  readonly id: string;
  /** Which of the resource's cells of this kind: a tag's key, an entry's direction and number. Empty when there is only one. */
  readonly part: string;
  /** Identifies the cell. */
  readonly key: string;
}

/** Makes a cell. */
export function cellOf<K extends CellKind>(kind: K, id: string, part = ''): Cell<K> {
  return { kind, id, part, key: `${kind} ${id} ${part}` };
}

/** The part that identifies an entry of a network ACL. */
export function entryPart({ egress, ruleNumber }: { readonly egress: boolean; readonly ruleNumber: number }): string {
  return `${egress ? 'egress' : 'ingress'} ${ruleNumber}`;
}

/** IANA's numbers of the protocols that EC2 also knows by name. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
const PROTOCOLS: Readonly<Record<string, string>> = { tcp: '6', udp: '17', icmp: '1', icmpv6: '58' };

/** The part that identifies a permission: protocol, ports and peer, in one spelling. */
export function permissionPart(permission: RecordedPermission): string {
  const name = permission.ipProtocol.toLowerCase();
  const protocol = PROTOCOLS[name] ?? name;
  const { fromPort = -1, toPort = -1, cidrIp, cidrIpv6, prefixListId, referencedGroupId } = permission;
  const ports = protocol === '-1' || fromPort === -1 ? '*' : `${fromPort}-${toPort}`;
  return `${protocol} ${ports} ${cidrIp ?? cidrIpv6?.toLowerCase() ?? prefixListId ?? referencedGroupId ?? ''}`;
}

/** What of a value says whether it is the same as another: what a verdict depends on, and every description of it has. */
type Essence<K extends CellKind> = (value: NonNullable<CellValues[K]>) => readonly unknown[];

const isThere = (): readonly unknown[] => [];

const SETTLED: Readonly<Record<InstanceState, string>> = {
  pending: 'running',
  running: 'running',
  stopping: 'stopped',
  stopped: 'stopped',
  'shutting-down': 'terminated',
  terminated: 'terminated',
};

const ESSENCE: { readonly [K in CellKind]: Essence<K> } = {
  instance: isThere,
  state: (state) => [SETTLED[state]],
  type: (type) => [type],
  tag: (value) => [value],
  interface: isThere,
  groups: (groups) => groups.toSorted(),
  attachment: ({ instanceId }) => [instanceId],
  permission: isThere,
  entry: ({ ruleAction, protocol, cidrBlock, ipv6CidrBlock, portRange: ports }) => [
    ...[ruleAction, protocol, cidrBlock, ipv6CidrBlock],
    ...(protocol === '-1' ? [] : [ports?.from, ports?.to]),
  ],
  acl: (id) => [id],
  route: (route) => [
    ...[route.gatewayId, route.natGatewayId, route.transitGatewayId, route.vpcPeeringConnectionId],
    ...[route.networkInterfaceId ?? route.instanceId],
  ],
  table: (id) => [id],
  session: (session) => [
    ...[session.networkInterfaceId, session.trafficMirrorTargetId, session.trafficMirrorFilterId],
    session.sessionNumber,
  ],
  target: isThere,
  filter: isThere,
  filterRule: ({ direction, rule }) => [
    ...[direction, rule.ruleNumber, rule.ruleAction, rule.protocol, rule.sourceCidrBlock, rule.destinationCidrBlock],
    ...[rule.sourcePortRange?.fromPort, rule.sourcePortRange?.toPort],
    ...[rule.destinationPortRange?.fromPort, rule.destinationPortRange?.toPort],
  ],
};

/** True when two values of a kind of cell are the same. A state counts as the one it settles in: `pending` as `running`. */
export function isSame<K extends CellKind>(kind: K, one: CellValues[K], other: CellValues[K]): boolean {
  if (one === null || other === null) return one === other;
  const [a, b] = [ESSENCE[kind](one), ESSENCE[kind](other)];
  return a.length === b.length && a.every((field, index) => field === b[index]);
}
