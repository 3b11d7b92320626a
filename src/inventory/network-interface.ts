/** A network interface: the thing that is mirrored, and the thing a sensor listens on. */

import type { Tag } from '../sighting/sighting.ts';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html */
export interface NetworkInterface {
  readonly networkInterfaceId: string;
  /** As AWS wrote it: `interface`, `nat_gateway` or `natGateway`, `lambda`, … */
  readonly interfaceType: string;
  readonly ownerId?: string;
  readonly subnetId?: string;
  readonly vpcId?: string;
  readonly availabilityZone?: string;
  readonly availabilityZoneId?: string;
  /** The primary private IPv4: the outer source address of mirrored packets. Absent on an IPv6-only interface. */
  readonly privateIpAddress?: string;
  readonly groupIds: readonly string[];
  readonly status?: string;
  readonly description?: string;
  readonly requesterManaged?: boolean;
  readonly requesterId?: string;
  readonly ipv6Native?: boolean;
  readonly attachment?: {
    readonly instanceId?: string;
    readonly instanceOwnerId?: string;
    readonly deviceIndex?: number;
    readonly networkCardIndex?: number;
    readonly status?: string;
  };
  readonly tags: readonly Tag[];
}

/** True for the interface that carries the instance's primary address: device 0 on network card 0, never "the first one". */
export function isPrimary(networkInterface: NetworkInterface): boolean {
  return networkInterface.attachment?.deviceIndex === 0 && (networkInterface.attachment.networkCardIndex ?? 0) === 0;
}
