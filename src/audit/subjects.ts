/** Which instances are judged, and what the account and the records show of each. */

import { byText } from '../collections.ts';
import type { Instance } from '../inventory/instance.ts';
import { isLiving } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { SightedInstance } from './tag-state.ts';

/**
 * An instance to judge.
 * - `present`: it exists. `instance` is set if the account was read; otherwise only the records are known.
 * - `gone`: it was terminated or is not in the account, so it needs nothing.
 * - `unknown`: it was just launched and is not visible yet (EC2 is eventually consistent), or could not be read.
 */
export interface Subject {
  readonly instanceId: string;
  readonly state: 'present' | 'gone' | 'unknown';
  readonly instance?: Instance | undefined;
  readonly sighted?: SightedInstance | undefined;
}

/** The part of an audit's input that decides which instances are judged. */
export interface SubjectsInput {
  readonly inventory: Inventory;
  readonly scope: 'all' | 'sighted';
  /** Instances to judge without a sighting, for a re-check. */
  readonly requested?: { readonly instanceIds: readonly string[] } | undefined;
  readonly now: Date;
}

/**
 * A resource that EC2 does not list counts as gone only this long after a record of it: until then EC2 may not show it yet. AWS advises to
 * look again for up to five minutes.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export const SETTLE_MS = 5 * 60_000;

/**
 * The instances to judge, ordered by id: those that records touched, those that were requested, and with scope `all` every instance
 * of the account. If the inventory has no list of instances, the records decide what exists; otherwise an instance that is not in
 * the list is gone.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export function subjectsOf(
  { inventory, scope, requested, now }: SubjectsInput,
  sighted: readonly SightedInstance[],
): readonly Subject[] {
  const present = new Map(inventory.instances?.map((instance) => [instance.instanceId, instance]));
  // Another account's instance is in the list because a shared target refers to it. It is judged in its own account.
  const isForeign = ({ ownerId = inventory.accountId }: Instance): boolean => ownerId !== inventory.accountId;
  const subjects = new Map<string, Subject>();
  for (const one of sighted) {
    const { instanceId } = one;
    const instance = present.get(instanceId);
    // A record of this account cannot be about it.
    if (instance !== undefined && isForeign(instance))
      subjects.set(instanceId, { instanceId, sighted: one, state: 'unknown' });
    else
      subjects.set(instanceId, {
        instanceId,
        sighted: one,
        state: stateOf(inventory, instance, one, now),
        instance,
      });
  }
  const unsighted =
    scope === 'all' ? present.values() : (requested?.instanceIds ?? []).flatMap((id) => present.get(id) ?? []);
  for (const instance of unsighted) {
    const { instanceId } = instance;
    if (!isForeign(instance) && !subjects.has(instanceId))
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
  // A call on the instance shows that it existed then. A terminated one stays listed for about an hour.
  const isNew = !sighted.gone && now.getTime() - sighted.lastSeen.getTime() < SETTLE_MS;
  return isNew ? 'unknown' : 'gone';
}
