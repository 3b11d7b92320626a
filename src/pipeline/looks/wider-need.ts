/** What else has to be read of an account when its first look shows that a recorded call concerns more than it names. */

import { tagValue } from '../../inventory/instance.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { Need } from '../../inventory/load-inventory.ts';
import { type TrafficMirrorSession, targetInterfaceId } from '../../inventory/mirror.ts';
import { isManaged } from '../../mirror/sessions.ts';
import type { Sighting } from '../../sighting/sighting.ts';

/**
 * What to read after all; undefined if the first look has everything. A sensor that was started, stopped, terminated or detached
 * concerns every source that is mirrored to it, so the whole account is read. A terminated instance no longer shows which interfaces it
 * had, so the sources of the sessions that may have been on it are read: they may be left without anything to mirror.
 */
export function widerNeed(sightings: readonly Sighting[], inventory: Inventory, need: Need): Need | undefined {
  if (need.kind === 'all') return undefined;
  const instances = new Set(sightings.flatMap(instancesChanged));
  const interfaces = new Set(sightings.flatMap(interfacesChanged));
  if (instances.size + interfaces.size === 0) return undefined;
  if (concernsSensor(inventory, instances, interfaces, sightings.some(leavesSomethingBehind))) return { kind: 'all' };
  const known = new Set((inventory.networkInterfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId));
  const isAnyGone = sightings.some(({ kind }) => kind === 'terminated');
  const sources = (inventory.trafficMirrorSessions ?? [])
    .filter(
      (session) =>
        !known.has(session.networkInterfaceId) &&
        (instances.has(nameOf(session)) || (isAnyGone && !bearsNameOfOurs(session, inventory))),
    )
    .map(({ networkInterfaceId }) => networkInterfaceId);
  const asked = new Set(need.networkInterfaceIds);
  if (sources.every((id) => asked.has(id))) return undefined;
  return { ...need, networkInterfaceIds: [...new Set([...need.networkInterfaceIds, ...sources])].toSorted() };
}

/** True for a session of ours, which bears the name of the resource that it was made for: any other resource was not its source. */
function bearsNameOfOurs(session: TrafficMirrorSession, { accountId }: Inventory): boolean {
  return isManaged(session, accountId) && nameOf(session) !== '';
}

function nameOf({ tags }: TrafficMirrorSession): string {
  return tagValue(tags, 'Name') ?? '';
}

/** True if a changed instance or interface is behind a target. One that is gone no longer says which instance it was on. */
function concernsSensor(
  { trafficMirrorTargets = [], networkInterfaces = [] }: Inventory,
  instances: ReadonlySet<string>,
  interfaces: ReadonlySet<string>,
  somethingIsGone: boolean,
): boolean {
  const byId = new Map(networkInterfaces.map((each) => [each.networkInterfaceId, each]));
  return trafficMirrorTargets.some((target) => {
    const id = targetInterfaceId(target);
    if (id === undefined) return false;
    const instanceId = byId.get(id)?.attachment?.instanceId;
    if (instanceId === undefined) return interfaces.has(id) || somethingIsGone;
    return interfaces.has(id) || instances.has(instanceId);
  });
}

function leavesSomethingBehind({ kind }: Sighting): boolean {
  return kind === 'terminated' || kind === 'interface-detached' || kind === 'interface-deleted';
}

function instancesChanged(sighting: Sighting): readonly string[] {
  return sighting.kind === 'started' || sighting.kind === 'stopped' || sighting.kind === 'terminated'
    ? sighting.instanceIds
    : [];
}

function interfacesChanged(sighting: Sighting): readonly string[] {
  const isChanged =
    sighting.kind === 'interface-attached' ||
    sighting.kind === 'interface-detached' ||
    sighting.kind === 'interface-deleted';
  return isChanged && sighting.networkInterfaceId !== undefined ? [sighting.networkInterfaceId] : [];
}
