/** Which instances CloudWatch is asked about: those whose figures can tell something of a session. */

import { groupBy } from '../../collections.ts';
import { isRunning } from '../instance.ts';
import type { Inventory } from '../inventory.ts';

/**
 * The running instances whose only interface has a session, sorted; and one without any, if there is one: whether CloudWatch has figures of it
 * shows what a zero means. Empty if no instance is to be measured.
 */
export function measuredInstances({
  instances = [],
  networkInterfaces = [],
  trafficMirrorSessions = [],
}: Inventory): readonly string[] {
  const sources = new Set(trafficMirrorSessions.map(({ networkInterfaceId }) => networkInterfaceId));
  const attached = groupBy(networkInterfaces, ({ attachment }) => attachment?.instanceId);
  const single = instances
    .filter((instance) => isRunning(instance) && attached.get(instance.instanceId)?.length === 1)
    .map(({ instanceId }) => instanceId)
    .toSorted();
  const isSource = (instanceId: string): boolean =>
    sources.has(attached.get(instanceId)?.[0]?.networkInterfaceId ?? '');
  const measured = single.filter(isSource);
  const other = single.find((instanceId) => !isSource(instanceId));
  return measured.length === 0 || other === undefined ? measured : [...measured, other];
}
