/** Forgets what is known of resources that a call changed without a record of how. */

import type { CellKind } from '../cells.ts';
import type { Effects, Knowledge } from './effect.ts';

/** What can change of a resource that stays. Whether it exists is told by other calls. */
const CHANGEABLE: readonly CellKind[] = [
  'type',
  'tag',
  'groups',
  'permission',
  'entry',
  'acl',
  'route',
  'table',
  'session',
  'filterRule',
];

/** The calls on tags. Where their records name no resource, they may have been on any. */
const TAG_CALLS: ReadonlySet<string> = new Set(['CreateTags', 'DeleteTags']);

/** True for a call on tags by its name. */
export function isTagCall(eventName: string): boolean {
  return TAG_CALLS.has(eventName);
}

/** Forgets the values that a call without parameters may have changed, so that no later call is proven by them. */
export function forget(eventName: string, done: readonly Effects[], knowledge: Knowledge): void {
  const { values } = knowledge;
  const isAboutTags = isTagCall(eventName);
  for (const { unplaced } of done) {
    for (const one of unplaced) {
      if (one.lost !== 'parameters') continue;
      const isAny = one.resourceIds.length === 0 && isAboutTags;
      if (isAny) for (const key of values.keys()) if (key.startsWith('tag ')) values.delete(key);
      for (const id of one.resourceIds) forgetKinds(id, isAboutTags ? ['tag'] : CHANGEABLE, knowledge);
      if (!isAboutTags) forgetNames(one.resourceIds, knowledge);
    }
  }
}

function forgetKinds(id: string, kinds: readonly CellKind[], { values }: Knowledge): void {
  for (const key of values.keysOf(id)) if (kinds.some((kind) => key.startsWith(`${kind} `))) values.delete(key);
}

/** What is known by other ids: an instance's groups are those of its interfaces, and a group's permissions have ids of their own. */
function forgetNames(ids: readonly string[], knowledge: Knowledge): void {
  for (const id of ids) {
    for (const eni of knowledge.interfacesOn.get(id) ?? []) forgetKinds(eni, ['groups'], knowledge);
    if (!id.startsWith('sg-')) continue;
    for (const [rule, groupId] of knowledge.groupsOfRules) if (groupId === id) knowledge.permissions.delete(rule);
  }
}

/** Forgets the values that calls left of which it is not known which came last. */
export function forgetValues(done: readonly Effects[], { values }: Knowledge): void {
  for (const { effects } of done) for (const { cell } of effects) values.delete(cell.key);
}
