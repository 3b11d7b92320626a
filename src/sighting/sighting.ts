/** What a record says happened to something we watch: the step between a log and the account. */

import type { Actor } from '../cloudtrail/identity.ts';

export type { Actor } from '../cloudtrail/identity.ts';

/** Where a sighting was read: enough for an auditor to find the record again. */
export interface Evidence {
  readonly eventID: string;
  readonly eventName: string;
  /** ISO 8601 UTC. */
  readonly eventTime: string;
  readonly actor: string;
  readonly sourceIPAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  /** The file or `s3://` object the record lay in; absent when it came by EventBridge. */
  readonly logFile?: string | undefined;
  /** Something a reader of the evidence must know, such as `responseElements omitted: needs a live look-up`. */
  readonly note?: string | undefined;
}

interface Common {
  readonly accountId: string;
  readonly region: string;
  readonly eventTime: Date;
  readonly actor: Actor;
  readonly evidence: Evidence;
  /** True when the record left out what it would have named (`omitted`): the ids here may not be all. */
  readonly incomplete?: boolean | undefined;
}

/** A tag as EC2 has it; keys are case-sensitive. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** An instance as a launch's response describes it. Absent fields were not in the record. */
export interface LaunchedInstance {
  readonly instanceId: string;
  readonly instanceType?: string | undefined;
  readonly imageId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly privateIpAddress?: string | undefined;
  /** From the response's `tagSet`; undefined when the response was omitted, so that the tags are not known. */
  readonly tags?: readonly Tag[] | undefined;
  readonly networkInterfaceIds: readonly string[];
}

/** Instances came into being (RunInstances' response; CreateFleet as a hint of ids only). */
export interface LaunchSighting extends Common {
  readonly kind: 'launch';
  readonly instances: readonly LaunchedInstance[];
  /** Narrows a live look-up when the response was omitted. */
  readonly reservationId?: string | undefined;
}

/** CreateTags. `tags` were set on every one of `resourceIds` (of any type; instances are those that begin with `i-`). */
export interface TagsSetSighting extends Common {
  readonly kind: 'tags-set';
  readonly resourceIds: readonly string[];
  readonly tags: readonly Tag[];
}

/**
 * DeleteTags, with its three meanings: an entry without `value` removes the key whatever its value, an entry with a value
 * (also the empty one) only when the value is equal, and `all` removes every tag that is not `aws:*`.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html
 */
export interface TagsRemovedSighting extends Common {
  readonly kind: 'tags-removed';
  readonly resourceIds: readonly string[];
  readonly tags: readonly { readonly key: string; readonly value?: string }[] | 'all';
}

/** TerminateInstances, StartInstances, StopInstances, a spot eviction, or an EventBridge state change. */
export interface InstanceStateSighting extends Common {
  readonly kind: 'terminated' | 'started' | 'stopped';
  readonly instanceIds: readonly string[];
}

/** An interface was attached to, or detached from, an instance; or created or deleted. */
export interface InterfaceSighting extends Common {
  readonly kind: 'interface-attached' | 'interface-detached' | 'interface-created' | 'interface-deleted';
  /** Absent for DetachNetworkInterface, whose record names only the attachment. */
  readonly networkInterfaceId?: string | undefined;
  readonly instanceId?: string | undefined;
}

/** A traffic mirror session was created, changed or deleted. */
export interface SessionSighting extends Common {
  readonly kind: 'session-created' | 'session-modified' | 'session-deleted';
  readonly trafficMirrorSessionId?: string | undefined;
  readonly networkInterfaceId?: string | undefined;
  readonly trafficMirrorTargetId?: string | undefined;
  readonly trafficMirrorFilterId?: string | undefined;
}

/**
 * Something that mirroring rests on was changed: a target, filter, filter rule, security group, network ACL, route,
 * load balancer, listener, resource share or an instance's attributes. `resourceIds` are what the call named.
 */
export interface MirrorPathSighting extends Common {
  readonly kind: 'mirror-path-changed';
  readonly what:
    | 'target'
    | 'filter'
    | 'security-group'
    | 'network-acl'
    | 'route'
    | 'load-balancer'
    | 'resource-share'
    | 'instance-type'
    | 'network-interface';
  readonly resourceIds: readonly string[];
}

/** An ECS task reached RUNNING (or stopped); from EventBridge only. */
export interface TaskSighting extends Common {
  readonly kind: 'task-running' | 'task-stopped';
  readonly taskArn: string;
  readonly clusterArn: string;
  /** `detail.version`: delivery is at least once and unordered, a lower or equal version says nothing new. */
  readonly version: number;
  readonly launchType?: string | undefined;
  readonly networkInterfaceIds: readonly string[];
}

/** GuardDuty suspects an instance or task; it is to be mirrored at once. */
export interface SuspicionSighting extends Common {
  readonly kind: 'suspicion';
  readonly guardDutyFindingId: string;
  readonly guardDutyFindingType: string;
  readonly instanceId?: string | undefined;
  readonly taskArn?: string | undefined;
  readonly clusterArn?: string | undefined;
  readonly networkInterfaceIds: readonly string[];
}

export type Sighting =
  | LaunchSighting
  | TagsSetSighting
  | TagsRemovedSighting
  | InstanceStateSighting
  | InterfaceSighting
  | SessionSighting
  | MirrorPathSighting
  | TaskSighting
  | SuspicionSighting;

/**
 * True for the id of an EC2 instance, told by its prefix alone: published and masked records carry ids of other lengths.
 */
export function isInstanceId(id: string): boolean {
  return /^i-[0-9A-Za-z]+$/.test(id);
}
