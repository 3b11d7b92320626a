/** Orders calls that CloudTrail dates to the same second, where EC2 accepts one order only: what is made is not there, what is ended is. */

import { groupBy } from '../../collections.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { Change } from '../../sighting/changes/change.ts';
import { type AccountCells, currentValue } from '../account-cells.ts';
import { type Cell, cellOf, entryPart, permissionPart } from '../cells.ts';
import type { Dated } from '../effects/ties.ts';

/** What is known of calls of one second that make and end the same thing. */
export interface SecondOrder<T> {
  /** By call, those of its second that came before it. */
  readonly before: ReadonlyMap<T, ReadonlySet<T>>;
  /** Those of which nobody can tell which came last. */
  readonly tied: ReadonlySet<T>;
}

/** The kinds of cells that are made where there is none and ended where there is one: EC2 refuses everything else. */
type Alternating = 'permission' | 'entry' | 'route';

/** A call that makes or ends a thing. */
interface Step<T> {
  readonly by: T;
  readonly at: number;
  readonly makes: boolean;
}

interface Thing<T> {
  readonly cell: Cell<Alternating>;
  /** Oldest first; those of one second in any order. */
  readonly steps: readonly Step<T>[];
}

/**
 * The order of two calls of one second of which one makes and one ends the same rule of a group, entry of a network ACL, or route. If it
 * was there before, the call that ended it came first. It was there if the call before made it, and it is there after if the
 * next one ends it, or the account shows it: two such calls leave it as they found it. Where these disagree, a record is missing.
 * Of three calls or more, nobody can tell. Calls of which nothing tells the order are in none.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html `InvalidPermission.Duplicate`, `RouteAlreadyExists`
 */
export function orderInSeconds<T extends Dated>(sightings: readonly T[], account: AccountCells): SecondOrder<T> {
  const before = new Map<T, Set<T>>();
  const tied = new Set<T>();
  for (const { cell, steps } of thingsIn(sightings)) {
    if (!isMadeAndEnded(steps)) continue;
    const seconds = [...groupBy(steps, ({ at }) => at).values()];
    for (const [index, together] of seconds.entries()) {
      if (!isMadeAndEnded(together)) continue;
      const next = seconds[index + 1];
      const was = afterAll(seconds[index - 1]);
      const is = next === undefined ? isThereNow(cell, account) : beforeAll(next);
      if (together.length > 2 || (was !== undefined && is !== undefined && was !== is))
        for (const { by } of together) tied.add(by);
      const [first, second] = together.toSorted((a, b) => Number(a.makes) - Number(b.makes));
      const isThere = is ?? was;
      if (together.length > 2 || isThere === undefined || first === undefined || second === undefined) continue;
      const [earlier, later] = isThere ? [first, second] : [second, first];
      const known = before.get(later.by);
      if (known === undefined) before.set(later.by, new Set([earlier.by]));
      else known.add(earlier.by);
    }
  }
  return { before, tied };
}

/** Items in their order, but each after those that come before it. Where these contradict each other, the given order stays. */
export function inOrderOf<T>(items: readonly T[], before: ReadonlyMap<T, ReadonlySet<T>>): readonly T[] {
  if (before.size === 0) return items;
  const ordered = new Set<T>();
  for (const item of items) {
    const waiting = [item];
    const begun = new Set<T>();
    // No recursion: how long a chain of records is, is up to whoever made the calls.
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const missing = begun.has(next) ? [] : [...(before.get(next) ?? [])].filter((one) => !ordered.has(one));
      begun.add(next);
      if (missing.length > 0) waiting.push(...missing.filter((one) => !begun.has(one)));
      else ordered.add(waiting.pop() ?? next);
    }
  }
  return [...ordered];
}

function isMadeAndEnded(steps: readonly Step<unknown>[]): boolean {
  return steps.some(({ makes }) => makes) && steps.some(({ makes }) => !makes);
}

/** Whether the thing is there after calls of one second. Undefined if there are none, or of both kinds. */
function afterAll(steps: readonly Step<unknown>[] | undefined): boolean | undefined {
  return steps === undefined || isMadeAndEnded(steps) ? undefined : steps[0]?.makes;
}

/** Whether the thing was there before calls of one second. Undefined if they are of both kinds. */
function beforeAll(steps: readonly Step<unknown>[]): boolean | undefined {
  return isMadeAndEnded(steps) ? undefined : !steps[0]?.makes;
}

/** Whether the account has the thing. Undefined if its list was not read. */
function isThereNow(cell: Cell<Alternating>, account: AccountCells): boolean | undefined {
  return account.inventory[LISTS[cell.kind]] === undefined ? undefined : currentValue(cell, account) !== null;
}

const LISTS = {
  permission: 'securityGroups',
  entry: 'networkAcls',
  route: 'routeTables',
} as const satisfies Readonly<Record<Alternating, keyof Inventory>>;

function thingsIn<T extends Dated>(sightings: readonly T[]): Iterable<Thing<T>> {
  const things = new Map<string, { readonly cell: Cell<Alternating>; readonly steps: Step<T>[] }>();
  const contents = contentsOfRules(sightings);
  for (const by of sightings) {
    const at = by.eventTime.getTime();
    for (const change of by.changes ?? [])
      for (const { cell, makes } of stepsOf(change, contents)) {
        const known = things.get(cell.key);
        if (known === undefined) things.set(cell.key, { cell, steps: [{ by, at, makes }] });
        else known.steps.push({ by, at, makes });
      }
  }
  return things.values();
}

/** What rules allow that records name by their ids. */
function contentsOfRules(sightings: readonly Dated[]): ReadonlyMap<string, string> {
  return new Map(
    sightings.flatMap(({ changes = [] }) =>
      changes.flatMap((change) => {
        if (change.kind !== 'permissions-added') return [];
        return change.permissions.flatMap((permission) => {
          const { securityGroupRuleId: id } = permission;
          return id === undefined ? [] : [[id, permissionPart(permission)] as const];
        });
      }),
    ),
  );
}

/** What a change makes and ends. None of a kind that EC2 accepts whatever is there. */
function stepsOf(
  change: Change,
  contents: ReadonlyMap<string, string>,
): readonly { readonly cell: Cell<Alternating>; readonly makes: boolean }[] {
  const { kind } = change;
  if (kind === 'permissions-added' || kind === 'permissions-removed') {
    const ids = kind === 'permissions-removed' ? change.unknownRuleIds : [];
    const parts = [...change.permissions.map(permissionPart), ...ids.flatMap((id) => contents.get(id) ?? [])];
    const makes = kind === 'permissions-added';
    return [...new Set(parts)].map((part) => ({ cell: cellOf('permission', change.groupId, part), makes }));
  }
  if (kind === 'acl-entry-created')
    return [{ cell: cellOf('entry', change.networkAclId, entryPart(change.entry)), makes: true }];
  if (kind === 'acl-entry-deleted')
    return [{ cell: cellOf('entry', change.networkAclId, entryPart(change)), makes: false }];
  if (kind === 'route-created' || kind === 'route-deleted')
    return [{ cell: cellOf('route', change.routeTableId, change.destination), makes: kind === 'route-created' }];
  return [];
}
