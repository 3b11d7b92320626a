/** How many sources a target can have, and how full it is. */

import type { InterfaceTarget, TrafficMirrorTarget } from '../../inventory/mirror.ts';
import type { AccountIndex } from '../account-index.ts';
import { sourcesAllowed } from '../instance-types.ts';
import type { TargetEntry } from '../policy.ts';
import type { Check } from '../verdict.ts';

/** A target without a limit, at `weight` 1, counts as if it took 100 sources. */
const UNCAPPED_UNIT = 100;

/**
 * The most distinct sources a target takes: the entry's `maxSources`, else AWS's limit for the type of instance behind it (100 or 10,
 * and 10 when the type is unknown). Null for load balancers and endpoints, which have no limit.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html
 */
export function capacityOf(
  target: TrafficMirrorTarget | undefined,
  entry: TargetEntry,
  account: AccountIndex,
): number | null {
  if (entry.maxSources !== undefined) return entry.maxSources;
  switch (target?.type) {
    case 'network-load-balancer':
    case 'gateway-load-balancer-endpoint':
      return null;
    case 'network-interface':
      return sourcesAllowed(sensorType(target, account));
    case 'unknown':
    case undefined:
      return sourcesAllowed(undefined);
  }
}

function sensorType({ networkInterfaceId }: InterfaceTarget, account: AccountIndex): string | undefined {
  const sensor = account.networkInterface(networkInterfaceId);
  const instanceId = typeof sensor === 'object' ? sensor.attachment?.instanceId : undefined;
  const instance = instanceId === undefined ? 'unread' : account.instance(instanceId);
  return typeof instance === 'object' ? instance.instanceType : undefined;
}

/** The divisor of utilisation: the capacity, or 100 × weight for targets without a limit. */
export function utilisationUnit(capacity: number | null, entry: TargetEntry): number {
  return capacity ?? UNCAPPED_UNIT * (entry.weight ?? 1);
}

/** Sources / unit: 0 to 1 for a target within its capacity. Infinite for a target that may have no sources. */
export function utilisation(sources: number, unit: number): number {
  return unit <= 0 ? Number.POSITIVE_INFINITY : sources / unit;
}

/**
 * Whether a target has room for one more source. Sources are counted as AWS counts them: distinct interfaces, no matter who made the
 * sessions. We can't see other accounts' sessions on a target that is shared with us, so room there is only a `warn`.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html
 */
export function capacityCheck(
  sources: number,
  capacity: number | null,
  ownerId: string | undefined,
  account: AccountIndex,
): Check {
  const check = (result: Check['result'], reason: string): Check => ({ check: 'capacity', result, reason });
  if (capacity === null) return check('allow', `${sources} sources, no limit`);
  if (account.inventory.trafficMirrorSessions === undefined) {
    return check('unknown', 'the sessions could not be read, so its sources cannot be counted');
  }
  const load = `${sources} of ${capacity} sources`;
  if (sources >= capacity) return check('block', `it is full: ${load}`);
  return ownerId !== undefined && ownerId !== account.inventory.accountId
    ? check('warn', `${load}, not counting sessions of other accounts, which only its owner ${ownerId} can see`)
    : check('allow', load);
}
