/** The targets of the sensors that we launched, as further targets of the sources in their pools. */

import { groupBy } from '../../collections.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../account-index.ts';
import { type Destination, poolOf, type UnprovenTarget } from '../destinations.ts';
import { unprovenPoolTarget } from './sensors.ts';

/**
 * Adds the targets launched on demand into this source's pool, and names those that only carry the tag. Sources of the same rule and pool get
 * the same object.
 */
export function withPool(destination: Destination, { subnetId }: NetworkInterface, account: AccountIndex): Destination {
  if (destination.onDemand === undefined) return destination;
  const pool = poolOf(destination.onDemand, subnetId);
  const launched = account.once(targetIdsByPool).get(pool) ?? [];
  const unproven = account.once(unprovenTargets);
  if (launched.length === 0 && unproven.length === 0) return destination;
  const extended = account.once(extendedDestinations);
  const key = `${destination.rule} ${pool}`;
  const known = extended.get(key);
  if (known !== undefined) return known;
  const targetIds = [...new Set([...destination.targetIds, ...launched])].toSorted();
  const made = {
    ...destination,
    targetIds,
    unproven: unproven.filter((one) => !targetIds.includes(one.trafficMirrorTargetId)),
  };
  extended.set(key, made);
  return made;
}

/** Starts empty and fills up as sources are judged, by rule and pool. */
function extendedDestinations(): Map<string, Destination> {
  return new Map();
}

function targetIdsByPool({ poolTargets }: AccountIndex): ReadonlyMap<string | undefined, readonly string[]> {
  const ours = [...poolTargets.values()].filter(({ proof }) => proof.kind === 'ours');
  const pools = groupBy(ours, ({ proof }) => (proof.kind === 'ours' ? proof.pool : undefined));
  return new Map([...pools].map(([pool, targets]) => [pool, targets.map((it) => it.trafficMirrorTargetId)]));
}

function unprovenTargets({ poolTargets }: AccountIndex): readonly UnprovenTarget[] {
  return [...poolTargets.values()].flatMap((target) => {
    const reason = unprovenPoolTarget(target);
    return reason === undefined ? [] : [{ trafficMirrorTargetId: target.trafficMirrorTargetId, reason }];
  });
}
