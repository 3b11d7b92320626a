/** How many sources a target may have, and how full it is. */

import type { TrafficMirrorTarget } from '../inventory/mirror.ts';
import { sourcesAllowed } from './instance-types.ts';
import type { TargetEntry } from './policy.ts';
import type { Survey } from './survey.ts';

/** What a target without a cap is measured by: with `weight` 1 it counts as one that takes 100. */
const UNCAPPED_UNIT = 100;

/**
 * The most distinct sources a target takes: the entry's `maxSources`, else AWS's limit by the type of the instance behind it
 * (100 or 10, and 10 when that is not known), and null for load balancers, which have none.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html
 */
export function capacityOf(target: TrafficMirrorTarget | undefined, entry: TargetEntry, survey: Survey): number | null {
  if (entry.maxSources !== undefined) return entry.maxSources;
  if (target !== undefined && target.type !== 'network-interface') return null;
  const sensor =
    target?.networkInterfaceId === undefined ? 'unread' : survey.networkInterface(target.networkInterfaceId);
  const instanceId = typeof sensor === 'object' ? sensor.attachment?.instanceId : undefined;
  const instance = instanceId === undefined ? 'unread' : survey.instance(instanceId);
  return sourcesAllowed(typeof instance === 'object' ? instance.instanceType : undefined);
}

/** What utilisation divides by: the capacity, or 100 × weight where there is none. */
export function utilisationUnit(capacity: number | null, entry: TargetEntry): number {
  return capacity ?? UNCAPPED_UNIT * (entry.weight ?? 1);
}

/** Sources by unit, 0 to 1 for a target within its capacity; a target that may have none is full. */
export function utilisation(sources: number, unit: number): number {
  return unit <= 0 ? Number.POSITIVE_INFINITY : sources / unit;
}
