/** One account and region as it stands: everything the audit and the selector may ask, read once. */

import type { Instance } from './instance.ts';
import type {
  Listener,
  LoadBalancer,
  TrafficMirrorFilter,
  TrafficMirrorSession,
  TrafficMirrorTarget,
  VpcEndpoint,
} from './mirror.ts';
import type { NetworkAcl } from './network-acl.ts';
import type { NetworkInterface } from './network-interface.ts';
import type { PrefixList } from './prefix-list.ts';
import type { RouteTable, Subnet, TransitGatewayVpcAttachment, VpcPeeringConnection } from './route.ts';
import type { SecurityGroup } from './security-group.ts';

/**
 * The account in one region. **An absent list is unknown, not empty**: what needs it answers `unknown`. A list is complete
 * for its purpose, except `instances` and `networkInterfaces` when `partial` is set: those then hold what was asked for.
 */
export interface Inventory {
  readonly accountId: string;
  readonly region: string;
  /** Set when only some instances or interfaces were asked for: an id that is in here and not in the list is gone. */
  readonly partial?: { readonly instanceIds: readonly string[]; readonly networkInterfaceIds: readonly string[] };
  readonly instances?: readonly Instance[] | undefined;
  readonly networkInterfaces?: readonly NetworkInterface[] | undefined;
  readonly securityGroups?: readonly SecurityGroup[] | undefined;
  readonly networkAcls?: readonly NetworkAcl[] | undefined;
  readonly subnets?: readonly Subnet[] | undefined;
  readonly routeTables?: readonly RouteTable[] | undefined;
  readonly vpcPeeringConnections?: readonly VpcPeeringConnection[] | undefined;
  readonly transitGatewayVpcAttachments?: readonly TransitGatewayVpcAttachment[] | undefined;
  readonly prefixLists?: readonly PrefixList[] | undefined;
  readonly trafficMirrorTargets?: readonly TrafficMirrorTarget[] | undefined;
  readonly trafficMirrorFilters?: readonly TrafficMirrorFilter[] | undefined;
  readonly trafficMirrorSessions?: readonly TrafficMirrorSession[] | undefined;
  readonly loadBalancers?: readonly LoadBalancer[] | undefined;
  readonly listeners?: readonly Listener[] | undefined;
  readonly vpcEndpoints?: readonly VpcEndpoint[] | undefined;
  /** What could not be read and why, by list name; these lists are absent. */
  readonly unread?: Readonly<Record<string, string>> | undefined;
  /** Lists some items of which could not be read, and why: an id that is not in such a list is unknown, not gone. */
  readonly incomplete?: Readonly<Record<string, string>> | undefined;
}

/** Where an inventory is: the unit in which things are read, planned and written. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}

/** `account:region`, the key of a scope (and the message group of its writer). */
export function scopeKey({ accountId, region }: Scope): string {
  return `${accountId}:${region}`;
}
