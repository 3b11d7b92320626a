/** Which instances are judged, and what is known of each: the account as it stands, and what the records tell. */

import type { Instance } from '../inventory/instance.ts';
import { isLiving } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { SightedInstance } from './tag-state.ts';

/**
 * An instance to be judged.
 * - `present`: it lives; `instance` is set when the account was read, else the records alone speak
 * - `gone`: terminated, or not in the account: it needs nothing
 * - `unknown`: just launched and not to be seen yet; EC2 is eventually consistent
 */
export interface Subject {
  readonly instanceId: string;
  readonly state: 'present' | 'gone' | 'unknown';
  readonly instance?: Instance;
  readonly sighted?: SightedInstance;
}

/** For so long after its launch an instance that EC2 does not show is not taken to be gone. */
const SETTLE_MS = 60_000;

/**
 * The instances that `scope` asks for, by id. With `sighted` those that records touched, with `all` every living one besides.
 * Without `instances` in the inventory the records alone decide; with them, what is not there is gone.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export function subjectsOf(
  inventory: Inventory,
  sighted: readonly SightedInstance[],
  scope: 'all' | 'sighted',
  now: Date,
): readonly Subject[] {
  const present = new Map(inventory.instances?.map((instance) => [instance.instanceId, instance]));
  const subjects = new Map<string, Subject>();
  for (const one of sighted) {
    const { instanceId } = one;
    const instance = present.get(instanceId);
    subjects.set(instanceId, {
      instanceId,
      sighted: one,
      state: stateOf(inventory, instance, one, now),
      ...(instance !== undefined && { instance }),
    });
  }
  for (const instance of scope === 'all' ? present.values() : requested(inventory, present)) {
    const { instanceId } = instance;
    if (!subjects.has(instanceId))
      subjects.set(instanceId, { instanceId, instance, state: isLiving(instance) ? 'present' : 'gone' });
  }
  return [...subjects.values()].toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
}

/** What was asked for by id without a sighting (a re-check) is judged like what was sighted. */
function requested(inventory: Inventory, present: ReadonlyMap<string, Instance>): readonly Instance[] {
  return (inventory.partial?.instanceIds ?? []).flatMap((id) => present.get(id) ?? []);
}

function stateOf(
  inventory: Inventory,
  instance: Instance | undefined,
  sighted: SightedInstance,
  now: Date,
): Subject['state'] {
  if (inventory.instances === undefined) return sighted.gone ? 'gone' : 'present';
  if (instance !== undefined) return isLiving(instance) ? 'present' : 'gone';
  const young =
    sighted.launched !== undefined && !sighted.gone && now.getTime() - sighted.firstSeen.getTime() < SETTLE_MS;
  return young ? 'unknown' : 'gone';
}
