/** Which instances are judged, and what is known of each from the account and from the records. */

import { byText } from '../collections.ts';
import type { Instance } from '../inventory/instance.ts';
import { isLiving } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { SightedInstance } from './tag-state.ts';

/**
 * An instance to be judged.
 * - `present`: it lives; `instance` is set when the account was read, otherwise only the records are known
 * - `gone`: terminated, or not in the account: it needs nothing
 * - `unknown`: just launched and not visible yet (EC2 is eventually consistent), or among instances that could not be read
 */
export interface Subject {
  readonly instanceId: string;
  readonly state: 'present' | 'gone' | 'unknown';
  readonly instance?: Instance | undefined;
  readonly sighted?: SightedInstance | undefined;
}

/** The part of an audit's input that says which instances are judged. */
export interface SubjectsInput {
  readonly inventory: Inventory;
  readonly scope: 'all' | 'sighted';
  /** Judged without a sighting: a re-check. */
  readonly asked?: { readonly instanceIds: readonly string[] } | undefined;
  readonly now: Date;
}

/** How long after its launch an instance that EC2 does not show is not yet taken to be gone. */
const SETTLE_MS = 60_000;

/**
 * The instances that `scope` asks for, by id: with `sighted` those that records touched, with `all` also every living one.
 * Without `instances` in the inventory the records decide; with them, an instance that is not listed is gone.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export function subjectsOf(
  { inventory, scope, asked, now }: SubjectsInput,
  sighted: readonly SightedInstance[],
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
      instance,
    });
  }
  const requested = (asked?.instanceIds ?? []).flatMap((id) => present.get(id) ?? []);
  for (const instance of scope === 'all' ? present.values() : requested) {
    const { instanceId, ownerId = inventory.accountId } = instance;
    // Another account's instance is listed because a shared target leads to it. It is judged in its own account.
    if (ownerId !== inventory.accountId) continue;
    if (!subjects.has(instanceId))
      subjects.set(instanceId, { instanceId, instance, state: isLiving(instance) ? 'present' : 'gone' });
  }
  return [...subjects.values()].toSorted(byText(({ instanceId }) => instanceId));
}

function stateOf(
  inventory: Inventory,
  instance: Instance | undefined,
  sighted: SightedInstance,
  now: Date,
): Subject['state'] {
  if (inventory.instances === undefined) return sighted.gone ? 'gone' : 'present';
  if (instance !== undefined) return isLiving(instance) ? 'present' : 'gone';
  // An incomplete list does not prove that an instance is gone.
  if (inventory.incomplete?.instances !== undefined) return 'unknown';
  const young =
    sighted.launched !== undefined && !sighted.gone && now.getTime() - sighted.firstSeen.getTime() < SETTLE_MS;
  return young ? 'unknown' : 'gone';
}
