/** One account and region at one moment: everything the audit and the selector look at, read once. */

import type { Instance } from './instance.ts';
import type { InstanceMetrics } from './metrics/instance-metrics.ts';
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
import type { SecurityGroup, SecurityGroupRule } from './security-group.ts';

/**
 * One account in one region. **An absent list is unknown, not empty**: a check that needs it answers `unknown`. Lists are complete,
 * except `instances` and `networkInterfaces` when `partial` is set: they then hold only what was requested.
 *
 * Ids are plain strings, not template types such as `eni-…`: a plan indexes sessions and targets that don't exist yet under
 * placeholder ids, and most look-ups start from text in a log or a snapshot. The narrower types would need a cast at each of these.
 */
export interface Inventory {
  readonly accountId: string;
  readonly region: string;
  /** Set when only some instances or interfaces were requested: a requested id that isn't in the list is gone. */
  readonly partial?: {
    readonly instanceIds: readonly string[];
    readonly networkInterfaceIds: readonly string[];
    /** Groups of which every interface is in the list, with its instance. @default none */
    readonly securityGroupIds?: readonly string[] | undefined;
  };
  readonly instances?: readonly Instance[] | undefined;
  readonly networkInterfaces?: readonly NetworkInterface[] | undefined;
  readonly securityGroups?: readonly SecurityGroup[] | undefined;
  /** The rules of the security groups under their own ids. Only needed to take back changes that name a rule by its id. */
  readonly securityGroupRules?: readonly SecurityGroupRule[] | undefined;
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
  /** What CloudWatch counted of instances with sessions. Absent unless it was asked for: no other verdict needs it. */
  readonly metrics?: readonly InstanceMetrics[] | undefined;
  /** When sessions were made, by id, of those of which a record of the call says so. @default not known of any */
  readonly sessionsMade?: ReadonlyMap<string, Date> | undefined;
  /** Why a list could not be read, by list name; such lists are absent. */
  readonly unread?: Readonly<Record<string, string>> | undefined;
  /** Like `unread`, for lists that no verdict needs, only the search for a cause: without them the inventory is still complete. */
  readonly unreadForCauses?: Readonly<Record<string, string>> | undefined;
  /** Like `unread`, for the figures that only tell whether packets are mirrored: without them the inventory is still complete. */
  readonly unreadForHealth?: Readonly<Record<string, string>> | undefined;
  /** Why some items of a list could not be read, by list name. An id missing from such a list is unknown, not gone. */
  readonly incomplete?: Readonly<Record<string, string>> | undefined;
  /** What is proven to be ours. Not read from the account, whose tags prove nothing. @default nothing is proven */
  readonly ours?: Ours | undefined;
}

/** What we made, as far as answers to our own calls or CloudTrail's records of them prove it. Whoever may tag a resource can write our tags. */
export interface Ours {
  /** Instances that we launched. */
  readonly instanceIds: ReadonlySet<string>;
  /** Our sessions, by id. */
  readonly sessions: ReadonlyMap<string, OurSession>;
  /** Targets that the configuration named when an earlier complete look judged by it. */
  readonly formerTargetIds: ReadonlySet<string>;
}

/** Nothing is proven to be ours. */
export const NOTHING_OURS: Ours = { instanceIds: new Set(), sessions: new Map(), formerTargetIds: new Set() };

/** What we did to a session. */
export interface OurSession {
  /** The targets to which we sent it. */
  readonly targetIds: ReadonlySet<string>;
  /** True if we are proven to have created it, and not only to have changed it. */
  readonly isMade: boolean;
  /** Of a session on suspicion: when we meant to delete it, ISO 8601. */
  readonly until?: string | undefined;
}

/** An account and region: the unit in which we read, plan and write. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}

/** `account:region`: the key of a scope, and the message group of its writer. */
export function scopeKey({ accountId, region }: Scope): string {
  return `${accountId}:${region}`;
}

/**
 * The longest that reading an account takes, which is dated at its beginning: a change during the look may be in what it found.
 */
export const LONGEST_LOOK_MS = 15 * 60_000;
