/** Orders the changes of a group that CloudTrail dates to the same second, by what EC2 accepts. */

import type { PermissionsReplaced } from '../../sighting/changes/network.ts';
import type { GroupChange } from './group-changes.ts';
import { keyOf, type ShownRule } from './shown-rule.ts';

/** What is known before the second. */
interface Before {
  readonly rules: ReadonlyMap<string, ShownRule>;
  /** True if what no record shows is not there. */
  readonly isKnown: boolean;
}

/** Why the rules may be others than those that records show. */
export interface Doubt {
  readonly at: Date;
  readonly why: string;
}

/** The changes in order, and what that order leaves open. */
export interface Ordered {
  readonly changes: readonly GroupChange[];
  readonly doubts: readonly Doubt[];
}

/**
 * EC2 refuses to add a rule that is there, and to remove one that is not. So a rule is there after the second if it was added more often
 * than removed, or as often, and was there before; if no record shows whether it was, nobody can tell. Of a rule that was changed twice,
 * nobody can tell either.
 */
export function inOrder(changes: readonly GroupChange[], { rules, isKnown }: Before): Ordered {
  const [{ eventTime: at } = { eventTime: new Date(0) }] = changes;
  if (changes.length < 2) return { changes, doubts: [] };
  const single = changes.flatMap(onePermissionEach);
  const balances = balancesIn(single);
  const isSure = isKnown || changes.some(({ change }) => change.kind === 'group-created');
  const isUntold = [...balances].some(([key, balance]) => balance === 0 && !rules.has(key) && !isSure);
  const replaced = single.flatMap(({ change }) => (change.kind === 'permissions-replaced' ? change.permissions : []));
  const replacedKeys = new Set(replaced.map(keyOf));
  const rank = ({ change }: GroupChange): number => {
    if (change.kind === 'group-created') return 0;
    if (change.kind === 'group-deleted') return 6;
    if (change.kind === 'permissions-replaced') return 4;
    if (change.kind !== 'permissions-added' && change.kind !== 'permissions-removed') return 1;
    const [permission] = change.permissions;
    const key = permission === undefined ? '' : keyOf(permission);
    if (change.kind === 'permissions-removed') return replacedKeys.has(key) ? 5 : 2;
    const balance = balances.get(key) ?? 1;
    return balance > 0 || (balance === 0 && rules.has(key)) ? 3 : 1;
  };
  const doubts = [
    ...(isUntold ? ['a rule was added and removed in the same second'] : []),
    ...(isChangedTwice(replaced) ? ['a rule was changed twice in the same second'] : []),
  ].map((what) => ({ at, why: `${what}, at ${at.toISOString()}` }));
  return { changes: single.toSorted((a, b) => rank(a) - rank(b)), doubts };
}

/** How often each rule was added less how often it was removed, of those that were both. */
function balancesIn(changes: readonly GroupChange[]): ReadonlyMap<string, number> {
  const [added, removed] = [new Map<string, number>(), new Map<string, number>()];
  for (const { change } of changes) {
    if (change.kind !== 'permissions-added' && change.kind !== 'permissions-removed') continue;
    const counts = change.kind === 'permissions-added' ? added : removed;
    for (const key of change.permissions.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const both = [...added].filter(([key]) => removed.has(key));
  return new Map(both.map(([key, count]) => [key, count - (removed.get(key) ?? 0)]));
}

function isChangedTwice(replaced: PermissionsReplaced['permissions']): boolean {
  const contents = new Map<string, string>();
  return replaced.some((permission) => {
    const { securityGroupRuleId: id = '' } = permission;
    const known = contents.get(id);
    contents.set(id, keyOf(permission));
    return known !== undefined && known !== keyOf(permission);
  });
}

/** A call's permissions one by one, since each may have an order of its own with other calls. */
function onePermissionEach(one: GroupChange): readonly GroupChange[] {
  const { change } = one;
  if (change.kind === 'permissions-added')
    return change.permissions.map((permission) => ({ ...one, change: { ...change, permissions: [permission] } }));
  if (change.kind !== 'permissions-removed') return [one];
  const each = change.permissions.map((permission) => ({
    ...one,
    change: { ...change, permissions: [permission], unknownRuleIds: [] },
  }));
  return change.unknownRuleIds.length === 0 ? each : [...each, { ...one, change: { ...change, permissions: [] } }];
}
