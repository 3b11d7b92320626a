/** Reduces an inventory to what a caller needs, just as the live account is read: both worlds must be judged the same way. */

import { isNamed } from '../../audit/open-groups/judge-groups.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { LoadOptions, Need } from '../../inventory/load-inventory.ts';
import { targetInterfaceId } from '../../inventory/mirror.ts';

/**
 * The inventory with the needed instances and interfaces, all interfaces of those instances, the instances of those interfaces, and
 * the interfaces and instances behind mirror targets. All other lists stay complete. `partial` holds every requested id: one that
 * is not in the inventory no longer exists. Returns the inventory itself if everything is needed.
 */
export function narrowed(inventory: Inventory, need: Need, groups: LoadOptions['groups'] = []): Inventory {
  if (need.kind === 'all') return inventory;
  const { instances, networkInterfaces, trafficMirrorTargets = [] } = inventory;
  const targetInterfaces = trafficMirrorTargets.flatMap((target) => targetInterfaceId(target) ?? []);
  const namedInterfaces = new Set([...need.networkInterfaceIds, ...targetInterfaces]);
  const instanceIds = new Set(need.instanceIds);
  const securityGroupIds = idsOfGroups(inventory, groups);
  const judged = new Set(securityGroupIds);
  for (const { networkInterfaceId, groupIds } of networkInterfaces ?? [])
    if (groupIds.some((id) => judged.has(id))) namedInterfaces.add(networkInterfaceId);
  for (const { networkInterfaceId, attachment } of networkInterfaces ?? []) {
    if (attachment?.instanceId !== undefined && namedInterfaces.has(networkInterfaceId)) {
      instanceIds.add(attachment.instanceId);
    }
  }
  const wantedInstances = instances?.filter(({ instanceId }) => instanceIds.has(instanceId));
  for (const { networkInterfaceIds } of wantedInstances ?? []) {
    for (const id of networkInterfaceIds) namedInterfaces.add(id);
  }
  const wantedInterfaces = networkInterfaces?.filter(
    ({ networkInterfaceId, attachment }) =>
      namedInterfaces.has(networkInterfaceId) ||
      (attachment?.instanceId !== undefined && instanceIds.has(attachment.instanceId)),
  );
  return {
    ...inventory,
    partial: {
      instanceIds: [...instanceIds],
      networkInterfaceIds: [...namedInterfaces],
      ...(securityGroupIds.length > 0 && { securityGroupIds }),
    },
    ...(wantedInstances && { instances: wantedInstances }),
    ...(wantedInterfaces && { networkInterfaces: wantedInterfaces }),
  };
}

/** The ids of the groups that are to be judged. */
function idsOfGroups({ securityGroups = [] }: Inventory, groups: LoadOptions['groups'] = []): readonly string[] {
  const names = new Set(groups === 'all' ? [] : groups);
  return securityGroups.filter((group) => groups === 'all' || isNamed(group, names)).map(({ groupId }) => groupId);
}
