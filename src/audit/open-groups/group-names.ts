/** Which group a name stands for: in the default VPC, calls may name a group by its name, and others after it may have the same one. */

import { groupBy } from '../../collections.ts';
import type { GroupCall } from './group-changes.ts';

/** A record that has both the name and the id of a group, or that ends it. */
interface Naming {
  readonly name: string;
  readonly groupId: string;
  readonly at: number;
  readonly kind: 'born' | 'named' | 'ended';
}

/**
 * The id of the group that a name stands for at a time, as far as the calls tell; otherwise the name. Ids stay as they are. A name is of
 * one group until that is deleted.
 */
export function namesIn(calls: readonly GroupCall[]): (name: string, at: Date) => string {
  const namings = calls.flatMap(namingsOf).toSorted((a, b) => a.at - b.at);
  const byName = groupBy(namings, ({ name }) => name);
  const ends = namings.filter(({ kind }) => kind === 'ended');
  return (name, at) => {
    const time = at.getTime();
    const own = (byName.get(name) ?? []).filter(({ groupId }) => groupId !== name);
    const endsBetween = (groupId: string, from: number, to: number): boolean =>
      ends.some((end) => (end.groupId === groupId || end.name === name) && from < end.at && end.at < to);
    const before = own.findLast((naming) => naming.at <= time);
    if (before !== undefined && !endsBetween(before.groupId, before.at - 1, time)) return before.groupId;
    const after = own.find((naming) => naming.at > time);
    if (after === undefined || after.kind === 'born' || endsBetween(after.groupId, time, after.at)) return name;
    return after.groupId;
  };
}

function namingsOf({ eventTime, changes = [] }: GroupCall): readonly Naming[] {
  const at = eventTime.getTime();
  return changes.flatMap((change): readonly Naming[] => {
    if (!('groupId' in change)) return [];
    const { groupId } = change;
    const name = 'groupName' in change ? change.groupName : undefined;
    if (change.kind === 'group-deleted') return [{ name: name ?? groupId, groupId, at, kind: 'ended' }];
    if (name === undefined) return [];
    return [{ name, groupId, at, kind: change.kind === 'group-created' ? 'born' : 'named' }];
  });
}
