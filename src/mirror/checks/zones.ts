/** Availability zones, compared by zone id, which is the same in every account. Names mean the same zone only within one account. */

import type { AccountIndex } from '../account-index.ts';

/** What is known of a zone. */
export interface Zone {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** What we know about where something is: an interface, or a load balancer's node. */
export interface Located {
  readonly availabilityZoneId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly subnetId?: string | undefined;
}

/**
 * The zone of something: its own zone id, else its subnet's, else the id that this account maps the zone's name to.
 *
 * @see https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
 */
export function zoneOf({ availabilityZoneId, availabilityZone, subnetId }: Located, account: AccountIndex): Zone {
  const subnet = subnetId === undefined ? undefined : account.subnet(subnetId);
  const known = typeof subnet === 'object' ? subnet : undefined;
  const name = availabilityZone ?? known?.availabilityZone;
  const id = availabilityZoneId ?? known?.availabilityZoneId ?? account.once(zoneIdsByName).get(name);
  return { id, name };
}

/** Whether two zones are the same; undefined when unknown. Names decide only where an id is missing. */
export function isSameZone(a: Zone, b: Zone): boolean | undefined {
  if (a.id !== undefined && b.id !== undefined) return a.id === b.id;
  if (a.name !== undefined && b.name !== undefined) return a.name === b.name;
  return undefined;
}

/** A zone in words: its id where known, else its name. */
export function zoneInWords({ id, name }: Zone): string {
  return id ?? name ?? 'an unknown zone';
}

/** Zone ids by name, from the account's own subnets and interfaces. A name with two ids (accounts were mixed up) is left out. */
function zoneIdsByName({ inventory }: AccountIndex): ReadonlyMap<string | undefined, string> {
  const ids = new Map<string, string>();
  const contradicted = new Set<string>();
  for (const { availabilityZone, availabilityZoneId } of [
    ...(inventory.subnets ?? []),
    ...(inventory.networkInterfaces ?? []),
  ]) {
    if (availabilityZone === undefined || availabilityZoneId === undefined) continue;
    if ((ids.get(availabilityZone) ?? availabilityZoneId) !== availabilityZoneId) contradicted.add(availabilityZone);
    ids.set(availabilityZone, availabilityZoneId);
  }
  for (const name of contradicted) ids.delete(name);
  return ids;
}
