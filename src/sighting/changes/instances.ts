/** What calls change about instances, their tags and their network interfaces. */

import type { Tag } from '../tags.ts';

/** What a launch's response says about an interface of the instance, or CreateNetworkInterface's about the interface it made. */
export interface RecordedInterface {
  readonly networkInterfaceId: string;
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly privateIpAddress?: string | undefined;
  readonly interfaceType?: string | undefined;
  readonly description?: string | undefined;
  readonly ownerId?: string | undefined;
  /** Undefined when the record doesn't list its groups. */
  readonly groupIds?: readonly string[] | undefined;
  readonly attachmentId?: string | undefined;
  readonly deviceIndex?: number | undefined;
  readonly networkCardIndex?: number | undefined;
  readonly tags?: readonly Tag[] | undefined;
  /** True for an interface that the launch's request names: it was there before. */
  readonly existed?: true | undefined;
}

/**
 * We launched the instance as a sensor: known from EC2's answer to our call, or from CloudTrail's record of a call of our role. Says nothing
 * about what the instance was like, and explains no finding; it proves only whose the instance is.
 */
export interface SensorLaunched {
  readonly kind: 'sensor-launched';
  readonly instanceId: string;
}

/** RunInstances made one instance. Exact, except for parts of the record that CloudTrail omitted. */
export interface InstanceLaunched {
  readonly kind: 'instance-launched';
  readonly instanceId: string;
  readonly instanceType?: string | undefined;
  readonly imageId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly privateIpAddress?: string | undefined;
  readonly reservationId?: string | undefined;
  readonly clientToken?: string | undefined;
  readonly requesterId?: string | undefined;
  /** Undefined when the record doesn't show them. */
  readonly tags?: readonly Tag[] | undefined;
  /** Undefined when the record doesn't show them. */
  readonly networkInterfaces?: readonly RecordedInterface[] | undefined;
}

/** CreateTags on one resource. The record lacks the values before. */
export interface TagsSet {
  readonly kind: 'tags-set';
  readonly resourceId: string;
  readonly tags: readonly Tag[];
}

/**
 * DeleteTags on one resource. An entry without `value` removes the key whatever its value, one with a value only if it is equal;
 * `all` removes every tag except `aws:*`. EC2 answers yes even if there was nothing to remove, so the record lacks which tags there were.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html
 */
export interface TagsRemoved {
  readonly kind: 'tags-removed';
  readonly resourceId: string;
  readonly tags: readonly { readonly key: string; readonly value?: string }[] | 'all';
}

/** The states that a call leads to, once EC2 has carried it out. */
export type SettledState = 'running' | 'stopped' | 'terminated';

/**
 * StartInstances, StopInstances, TerminateInstances or a spot interruption, for one instance. Exact when `previousState` is in the
 * record; a termination also lacks what was attached to the instance.
 */
export interface StateSet {
  readonly kind: 'state-set';
  readonly instanceId: string;
  readonly state: SettledState;
  /** EC2's name of the state before (`running`, `stopped`, `pending`, …); undefined when the record doesn't say. */
  readonly previousState?: string | undefined;
}

/** CreateNetworkInterface. Exact. */
export interface InterfaceCreated {
  readonly kind: 'interface-created';
  readonly networkInterface: RecordedInterface;
}

/** DeleteNetworkInterface. The record lacks the interface and the sessions that went with it. */
export interface InterfaceDeleted {
  readonly kind: 'interface-deleted';
  readonly networkInterfaceId: string;
}

/** AttachNetworkInterface. Exact. */
export interface InterfaceAttached {
  readonly kind: 'interface-attached';
  readonly networkInterfaceId: string;
  readonly instanceId: string;
  readonly attachmentId?: string | undefined;
  readonly deviceIndex?: number | undefined;
  readonly networkCardIndex?: number | undefined;
}

/** DetachNetworkInterface. The record lacks the interface and the instance. */
export interface InterfaceDetached {
  readonly kind: 'interface-detached';
  readonly attachmentId: string;
}

/** ModifyNetworkInterfaceAttribute or ModifyInstanceAttribute with `groupSet`: of an interface, or of an instance's primary one. */
export interface GroupsSet {
  readonly kind: 'groups-set';
  /** An interface's or an instance's id. The record lacks the groups before. */
  readonly resourceId: string;
  readonly groupIds: readonly string[];
}

/** ModifyInstanceAttribute with `instanceType`. The record lacks the type before. */
export interface InstanceTypeSet {
  readonly kind: 'instance-type-set';
  readonly instanceId: string;
  readonly instanceType: string;
}
