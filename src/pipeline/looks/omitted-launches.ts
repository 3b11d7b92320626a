/** Finds the instances of launches whose response CloudTrail omitted: those that the account shows were launched at that time. */

import { plural } from '../../collections.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { LaunchSighting, Sighting } from '../../sighting/sighting.ts';

/** EC2's launch time of an instance and the call's time in the record differ by seconds at most. */
const WINDOW_MS = 60_000;

/** The sightings, with the instances that were found for launches that name none. */
export interface LookedUp {
  readonly sightings: readonly Sighting[];
  /** Launches whose instances were not all found, and why. */
  readonly unfound: ReadonlyMap<Sighting, string>;
}

/** True for a launch whose record names no instance, because CloudTrail omitted its response. */
export function isOmittedLaunch(sighting: Sighting): sighting is LaunchSighting {
  return sighting.kind === 'launch' && sighting.incomplete === true && sighting.instances.length === 0;
}

/**
 * Adds the instances of the account to launches that name none: those that EC2 says were launched within a minute of the call, and that
 * no other launch names. Launches of the same minutes are looked up together, since nothing tells which instance is whose. If there are
 * fewer instances than launches, some launch was not found: its instances are gone, or were stopped and started since. CreateFleet only
 * asks for launches, which have records of their own.
 */
export function withOmittedLaunches(sightings: readonly Sighting[], inventory: Inventory): LookedUp {
  const omitted = sightings.filter(isOmittedLaunch);
  if (omitted.length === 0) return { sightings, unfound: new Map() };
  if (inventory.instances === undefined) {
    const reason = 'the record names no instance, and there is no list of instances to look it up in';
    return { sightings, unfound: new Map(omitted.map((each) => [each, reason])) };
  }
  const found = new Map<Sighting, Sighting>();
  const unfound = new Map<Sighting, string>();
  for (const { launches, instances } of matched(omitted, launchedInstances(sightings, inventory))) {
    const [first] = launches;
    const unnamed = instances.filter(({ isNamed }) => !isNamed);
    const asked = unnamed.map(({ instanceId }) => ({ instanceId, networkInterfaceIds: [] }));
    if (first !== undefined) found.set(first, { ...first, instances: asked });
    const runs = launches.filter(({ evidence }) => evidence.eventName === 'RunInstances');
    const missing = instances.length === 0 ? launches : unnamed.length < runs.length ? runs : [];
    const has = plural(unnamed.length, 'instance');
    const reason = `the account has ${has} launched at that time that no other record names, for ${plural(launches.length, 'such call')}`;
    for (const each of missing) unfound.set(found.get(each) ?? each, reason);
  }
  return { sightings: sightings.map((each) => found.get(each) ?? each), unfound };
}

interface Launched {
  readonly instanceId: string;
  readonly at: number;
  /** True when the record of a launch names it. */
  readonly isNamed: boolean;
}

/** The instances of the account by the time of their launch, oldest first. */
function launchedInstances(
  sightings: readonly Sighting[],
  { instances = [], accountId }: Inventory,
): readonly Launched[] {
  const named = new Set(
    sightings.flatMap((each) => (each.kind === 'launch' ? each.instances.map(({ instanceId }) => instanceId) : [])),
  );
  return instances
    .filter(({ ownerId = accountId }) => ownerId === accountId)
    .flatMap(({ instanceId, launchTime }) =>
      launchTime === undefined ? [] : [{ instanceId, at: launchTime.getTime(), isNamed: named.has(instanceId) }],
    )
    .toSorted((a, b) => a.at - b.at);
}

interface Matched {
  readonly launches: LaunchSighting[];
  readonly instances: Launched[];
}

/** The launches in groups whose windows overlap, each with the instances in its window. Both lists are walked once. */
function matched(omitted: readonly LaunchSighting[], launched: readonly Launched[]): readonly Matched[] {
  const groups: Matched[] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const launch of omitted.toSorted((a, b) => a.eventTime.getTime() - b.eventTime.getTime())) {
    const at = launch.eventTime.getTime();
    if (at - WINDOW_MS > until) groups.push({ launches: [], instances: [] });
    groups.at(-1)?.launches.push(launch);
    until = at + WINDOW_MS;
  }
  let next = 0;
  for (const { launches, instances } of groups) {
    const from = (launches[0]?.eventTime.getTime() ?? 0) - WINDOW_MS;
    const to = (launches.at(-1)?.eventTime.getTime() ?? 0) + WINDOW_MS;
    for (; (launched[next]?.at ?? Number.POSITIVE_INFINITY) <= to; next += 1) {
      const one = launched[next];
      if (one !== undefined && one.at >= from) instances.push(one);
    }
  }
  return groups;
}
