/** Accounts built from a matrix of which source can reach which target. Targets' security groups refer to their sources' groups. */

import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import type { NetworkInterface } from '../../src/inventory/network-interface.ts';
import type { MirrorPolicy, TargetEntry } from '../../src/mirror/policy.ts';
import {
  anAcl,
  anInstance,
  anInterface,
  anInventory,
  aPermission,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSubnet,
  aTarget,
  attachedTo,
} from './inventories.ts';

export interface World {
  readonly inventory: Inventory;
  readonly policy: MirrorPolicy;
  readonly sources: readonly NetworkInterface[];
}

export interface WorldPlan {
  /** By source: its zone, and the indexes of the targets that accept it. */
  readonly sources: readonly { readonly zone: 'a' | 'b'; readonly targets: readonly number[] }[];
  /** By target: its zone, and its `maxSources`. */
  readonly targets: readonly { readonly zone: 'a' | 'b'; readonly capacity: number }[];
  readonly sessions?: readonly TrafficMirrorSession[];
}

/** `eni-s0`, `eni-s1`… and `tmt-0`, `tmt-1`…. Targets differ only in security group, capacity and zone. */
export function aWorld({ sources, targets, sessions = [] }: WorldPlan): World {
  const place = (zone: string): Pick<NetworkInterface, 'subnetId' | 'availabilityZone' | 'availabilityZoneId'> => ({
    subnetId: `subnet-${zone}`,
    availabilityZone: `eu-west-1${zone}`,
    availabilityZoneId: `euw1-az${zone}`,
  });
  const interfaces = sources.map(({ zone }, index) =>
    anInterface({
      networkInterfaceId: `eni-s${index}`,
      ...place(zone),
      groupIds: [`sg-s${index}`],
      attachment: attachedTo(`i-s${index}`),
    }),
  );
  const sensors = targets.map(({ zone }, index) =>
    aSensorInterface('x', {
      networkInterfaceId: `eni-t${index}`,
      ...place(zone),
      groupIds: [`sg-t${index}`],
      attachment: attachedTo(`i-t${index}`),
    }),
  );
  const guards = targets.map((_, target) =>
    aSecurityGroup({
      groupId: `sg-t${target}`,
      ipPermissions: sources.flatMap(({ targets: open }, source) =>
        open.includes(target) ? [aPermission({ userIdGroupPairs: [{ groupId: `sg-s${source}` }] })] : [],
      ),
    }),
  );
  const entries: TargetEntry[] = targets.map(({ capacity }, index) => ({ id: `tmt-${index}`, maxSources: capacity }));
  return {
    sources: interfaces,
    policy: aPolicy({ targets: entries }),
    inventory: anInventory({
      instances: [...interfaces, ...sensors].map(({ attachment }) =>
        anInstance({ instanceId: attachment?.instanceId ?? '' }),
      ),
      networkInterfaces: [...interfaces, ...sensors],
      securityGroups: guards,
      networkAcls: [anAcl({ subnetIds: ['subnet-a', 'subnet-b'] })],
      subnets: ['a', 'b'].map((zone) => aSubnet({ ...place(zone), cidrBlock: undefined })),
      trafficMirrorTargets: targets.map((_, index) =>
        aTarget({ trafficMirrorTargetId: `tmt-${index}`, networkInterfaceId: `eni-t${index}` }),
      ),
      trafficMirrorSessions: sessions,
    }),
  };
}
