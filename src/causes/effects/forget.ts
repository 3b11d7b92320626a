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
export function forget(eventName: string, done: readonly Effects[], { values }: Knowledge): void {
  const kinds = isTagCall(eventName) ? ['tag'] : CHANGEABLE;
  for (const { unplaced } of done) {
    for (const one of unplaced) {
      if (one.lost !== 'parameters') continue;
      const isAny = one.resourceIds.length === 0 && isTagCall(eventName);
      const prefixes = isAny ? ['tag '] : one.resourceIds.flatMap((id) => kinds.map((kind) => `${kind} ${id} `));
      if (prefixes.length === 0) continue;
      for (const key of values.keys()) if (prefixes.some((prefix) => key.startsWith(prefix))) values.delete(key);
    }
  }
}
