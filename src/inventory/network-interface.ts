/** A network interface: what we mirror, and what a sensor listens on. */

import type { Tag } from '../sighting/sighting.ts';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html */
export interface NetworkInterface {
  readonly networkInterfaceId: string;
  /** As AWS wrote it: `interface`, `nat_gateway` or `natGateway`, `lambda`, … */
  readonly interfaceType: string;
  readonly ownerId?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly availabilityZoneId?: string | undefined;
  /** The primary private IPv4: the outer source address of mirrored packets. Absent on an IPv6-only interface. */
  readonly privateIpAddress?: string | undefined;
  /** The public IPv4 address that is associated with it. */
  readonly publicIp?: string | undefined;
  readonly ipv6Addresses?: readonly string[] | undefined;
  readonly groupIds: readonly string[];
  readonly status?: string | undefined;
  readonly description?: string | undefined;
  readonly requesterManaged?: boolean | undefined;
  readonly requesterId?: string | undefined;
  readonly ipv6Native?: boolean | undefined;
  readonly attachment?:
    | {
        /** `eni-attach-…`: all that the record of a detachment names. */
        readonly attachmentId?: string | undefined;
        readonly instanceId?: string | undefined;
        readonly instanceOwnerId?: string | undefined;
        readonly deviceIndex?: number | undefined;
        readonly networkCardIndex?: number | undefined;
        readonly status?: string | undefined;
      }
    | undefined;
  readonly tags: readonly Tag[];
}

/** True for the interface with the instance's primary address: device 0 on network card 0, which need not come first in a list. */
export function isPrimary(networkInterface: NetworkInterface): boolean {
  return networkInterface.attachment?.deviceIndex === 0 && (networkInterface.attachment.networkCardIndex ?? 0) === 0;
}
