/** An inventory cut down to what was asked for, as the live account would be read: so that both worlds are judged alike. */

import type { Inventory } from '../../inventory/inventory.ts';
import type { Need } from '../../inventory/load-inventory.ts';
import { targetInterfaceId } from '../../inventory/mirror.ts';

/**
 * The inventory with the instances and interfaces asked for, all interfaces of those instances, the instances of those
 * interfaces, and the interfaces and instances behind mirror targets. All other lists are whole. `partial` names every id that
 * was looked for, so that one of them that is not in the list is gone. The inventory itself when everything is needed.
 */
export function narrowed(inventory: Inventory, need: Need): Inventory {
  if (need.kind === 'all') return inventory;
  const { instances, networkInterfaces, trafficMirrorTargets = [] } = inventory;
  const targetInterfaces = trafficMirrorTargets.flatMap((target) => targetInterfaceId(target) ?? []);
  const namedInterfaces = new Set([...need.networkInterfaceIds, ...targetInterfaces]);
  const instanceIds = new Set(need.instanceIds);
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
    partial: { instanceIds: [...instanceIds], networkInterfaceIds: [...namedInterfaces] },
    ...(wantedInstances && { instances: wantedInstances }),
    ...(wantedInterfaces && { networkInterfaces: wantedInterfaces }),
  };
}
