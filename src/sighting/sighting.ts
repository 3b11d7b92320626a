/** A sighting: what a record says happened to something we watch. It links a log to the account. */

import type { Actor } from '../cloudtrail/identity.ts';
import type { Change } from './changes/change.ts';
import type { Tag } from './tags.ts';

export type { Actor } from '../cloudtrail/identity.ts';
export type { Tag } from './tags.ts';

/** Where a sighting was read, with enough for an auditor to find the record. */
export interface Evidence {
  readonly eventID: string;
  readonly eventName: string;
  /** ISO 8601 UTC. */
  readonly eventTime: string;
  readonly actor: string;
  /** What the actor launched instances through: `CloudFormation stack web`. Absent for a service, which is named by it. */
  readonly through?: string | undefined;
  readonly sourceIPAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  /** The file or `s3://` object that contains the record; absent when it came by EventBridge. */
  readonly logFile?: string | undefined;
  /**
   * The `eventID` of the last addendum (`UPDATED_DATA`) that this was read from or completed by; `eventID` is the call's own. Absent for a
   * record without addenda.
   */
  readonly addendumID?: string | undefined;
  /** A caveat about this evidence, such as `responseElements omitted: needs a live look-up`. */
  readonly note?: string | undefined;
}

interface Common {
  readonly accountId: string;
  readonly region: string;
  readonly eventTime: Date;
  readonly actor: Actor;
  readonly evidence: Evidence;
  /** True when CloudTrail omitted the part of the record that names what was touched: ids may be missing. */
  readonly incomplete?: boolean | undefined;
  /**
   * True for an addendum that says that the call failed after all, and for the call that it is about. `distinctSightings` leaves both out;
   * nothing behind it sees them, except what takes back the findings of earlier runs (`withdrawals`).
   */
  readonly withdrawn?: true | undefined;
  /** What the call changed, each resource by itself. Absent for events that aren't calls, and where the record shows no change. */
  readonly changes?: readonly Change[] | undefined;
}

/** An instance as a launch's response describes it. Absent fields weren't in the record. */
export interface LaunchedInstance {
  readonly instanceId: string;
  readonly instanceType?: string | undefined;
  readonly imageId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly privateIpAddress?: string | undefined;
  /** From the response's `tagSet`; undefined (unknown) when the response was omitted. */
  readonly tags?: readonly Tag[] | undefined;
  readonly networkInterfaceIds: readonly string[];
}

/** Instances were launched (RunInstances; CreateFleet, which gives ids only). */
export interface LaunchSighting extends Common {
  readonly kind: 'launch';
  readonly instances: readonly LaunchedInstance[];
  /** Narrows a live look-up when the response was omitted. */
  readonly reservationId?: string | undefined;
}

/** CreateTags: `tags` were set on each of `resourceIds`, which may be of any type. */
export interface TagsSetSighting extends Common {
  readonly kind: 'tags-set';
  readonly resourceIds: readonly string[];
  readonly tags: readonly Tag[];
}

/**
 * DeleteTags. It has three meanings: an entry without `value` removes the key whatever its value; an entry with a value, even an empty
 * one, removes the key only if the value is equal; `all` removes every tag except `aws:*`.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html
 */
export interface TagsRemovedSighting extends Common {
  readonly kind: 'tags-removed';
  readonly resourceIds: readonly string[];
  readonly tags: readonly { readonly key: string; readonly value?: string }[] | 'all';
}

/** TerminateInstances, StartInstances, StopInstances, a spot interruption, or an EventBridge state change. */
export interface InstanceStateSighting extends Common {
  readonly kind: 'terminated' | 'started' | 'stopped';
  readonly instanceIds: readonly string[];
}

/** A network interface was created, deleted, attached to an instance or detached from one. */
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
 * Something that mirroring depends on changed: a target, filter, filter rule, security group, network ACL, route, load balancer,
 * listener, resource share or an instance's attributes. `resourceIds` are what the call named.
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

/** A security group was made or deleted. Nothing used it then, so mirroring stays as it is. `resourceIds`: its id, its name, or both. */
export interface SecurityGroupSighting extends Common {
  readonly kind: 'security-group-created' | 'security-group-deleted';
  readonly resourceIds: readonly string[];
}

/** An ECS task reached RUNNING or stopped; from EventBridge only. */
export interface TaskSighting extends Common {
  readonly kind: 'task-running' | 'task-stopped';
  readonly taskArn: string;
  readonly clusterArn: string;
  /** `detail.version`. Events arrive at least once and unordered; a lower or equal version is old. */
  readonly version: number;
  readonly launchType?: string | undefined;
  readonly networkInterfaceIds: readonly string[];
  /** The ARNs of its interfaces' attachments, which EC2 shows as the interfaces' descriptions. */
  readonly attachmentArns?: readonly string[] | undefined;
}

/** GuardDuty suspects an instance or task, which should be mirrored immediately. */
export interface SuspicionSighting extends Common {
  readonly kind: 'suspicion';
  readonly guardDutyFindingId: string;
  readonly guardDutyFindingType: string;
  readonly instanceId?: string | undefined;
  readonly taskArn?: string | undefined;
  readonly clusterArn?: string | undefined;
  readonly networkInterfaceIds: readonly string[];
}

/** A call that a rule of the configuration finds (`rule-found`), or that ends the rule's findings of a resource (`rule-ended`). */
export interface RuleSighting extends Common {
  readonly kind: 'rule-found' | 'rule-ended';
  /** The rule's name in the configuration. */
  readonly rule: string;
  /** Where the rule says, else the record's first ARN, the actor's ARN or the account. Empty where it is withdrawn and not named. */
  readonly resourceId: string;
  /** The rule's sentence about the record. */
  readonly reason: string;
}

/**
 * An IAM user was made or got something to work with: a key, a password, rights (`iam-user-made`), or was deleted (`iam-user-deleted`). Read
 * only where the configuration asks for it.
 */
export interface IamUserSighting extends Common {
  readonly kind: 'iam-user-made' | 'iam-user-deleted';
  /** The ARN for the root user. Absent if the sighting is `incomplete`. */
  readonly userName?: string | undefined;
  /** The name that the user had before a call that renames it. */
  readonly formerName?: string | undefined;
  /** What the user has by the call, in words: `the user` itself, `access key AKIA…`. */
  readonly what: string;
}

/** What a record or event says happened. */
export type Sighting =
  | LaunchSighting
  | TagsSetSighting
  | TagsRemovedSighting
  | InstanceStateSighting
  | InterfaceSighting
  | SessionSighting
  | MirrorPathSighting
  | SecurityGroupSighting
  | TaskSighting
  | SuspicionSighting
  | RuleSighting
  | IamUserSighting;

/** True for what rules on calls judge, which needs no look at the account. */
export function isCallSighting(sighting: Sighting): sighting is RuleSighting | IamUserSighting {
  const { kind } = sighting;
  return kind === 'rule-found' || kind === 'rule-ended' || kind === 'iam-user-made' || kind === 'iam-user-deleted';
}

/** True for the id of a network interface. */
export function isInterfaceId(id: string): boolean {
  return /^eni-[0-9A-Za-z]+$/.test(id);
}

/**
 * True for the id of an EC2 instance. Only the prefix counts: published and masked records have ids of other lengths.
 */
export function isInstanceId(id: string): boolean {
  return /^i-[0-9A-Za-z]+$/.test(id);
}
