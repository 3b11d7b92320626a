/** An EC2 instance, as DescribeInstances returns it. */

import type { Tag } from '../sighting/sighting.ts';

/** EC2's names for the states of an instance. */
export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html */
export interface Instance {
  readonly instanceId: string;
  readonly instanceType?: string | undefined;
  readonly imageId?: string | undefined;
  readonly state: InstanceState;
  readonly launchTime?: Date | undefined;
  readonly availabilityZone?: string | undefined;
  /** Terminated instances have neither subnet nor VPC. */
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly privateIpAddress?: string | undefined;
  readonly tags: readonly Tag[];
  /** Keys that it may or may not have had, of an instance as it was at an earlier time. AWS's own answers leave none open. */
  readonly unknownTagKeys?: readonly string[] | undefined;
  /** Ids of the attached interfaces, by device index; empty for a terminated instance. */
  readonly networkInterfaceIds: readonly string[];
  readonly reservationId?: string | undefined;
  /** The client token of its launch; unlike a tag, nobody can set it afterwards. */
  readonly clientToken?: string | undefined;
  /** Set when a service launched the instance (Auto Scaling, EMR, a fleet). */
  readonly requesterId?: string | undefined;
  /** True when a service owns the instance (EKS Auto Mode) and refuses changes to it. */
  readonly managed?: boolean | undefined;
  /** Set when the instance belongs to another account: it is behind a shared target, and we don't judge it. */
  readonly ownerId?: string | undefined;
}

/** True while the instance exists: in every state but `shutting-down` and `terminated`. */
export function isLiving(instance: Pick<Instance, 'state'>): boolean {
  return instance.state !== 'terminated' && instance.state !== 'shutting-down';
}

/** True while the instance can send packets or soon will. */
export function isRunning(instance: Pick<Instance, 'state'>): boolean {
  return instance.state === 'running' || instance.state === 'pending';
}

/** The value of the tag with this exact, case-sensitive key; undefined when there is none. */
export function tagValue(tags: readonly Tag[], key: string): string | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}
