/** Calls of the same second about the same thing: CloudTrail's times are in whole seconds, so which came first is not known. */

import type { Change } from '../../sighting/changes/change.ts';
import type { Sighting } from '../../sighting/sighting.ts';

/** The part of a sighting that tells what it is about, and when. */
export type Dated = Pick<Sighting, 'eventTime' | 'changes'>;

/** Calls of one second about the same thing. */
export interface Ties<T> {
  /**
   * Those of which another of the same kind replaces or removes the same thing. Of one that sets a tag and one that removes it, the account
   * tells which came last; what makes a thing comes before what ends it.
   */
  readonly tied: ReadonlySet<T>;
  /** These, and calls that set and removed the same tag: what they left is not known, unless the account still shows it. */
  readonly unordered: ReadonlySet<T>;
}

/** Finds the calls of one second about the same thing. Of tags, only these keys are things: no rule asks for others. */
export function tiesAmong<T extends Dated>(sightings: readonly T[], tagKeys: readonly string[]): Ties<T> {
  const keys = new Set(tagKeys);
  const [tied, unordered] = [sharers<T>(), sharers<T>()];
  for (const sighting of sightings) {
    const second = sighting.eventTime.getTime();
    for (const change of sighting.changes ?? [])
      for (const place of placesOf(change, keys)) {
        tied.add(`${second} ${change.kind} ${place}`, sighting);
        unordered.add(`${second} ${place}`, sighting);
      }
  }
  return { tied: tied.shared, unordered: unordered.shared };
}

/** Collects what shares a place with another. */
function sharers<T>(): { readonly shared: ReadonlySet<T>; add(place: string, one: T): void } {
  const firstAt = new Map<string, T>();
  const shared = new Set<T>();
  return {
    shared,
    add(place, one) {
      const first = firstAt.get(place);
      if (first === undefined) firstAt.set(place, one);
      else if (first !== one) shared.add(first).add(one);
    },
  };
}

/** What a change puts another value in place of. None for a change that happens once, or that the next one names by an id of its own. */
function placesOf(change: Change, tagKeys: ReadonlySet<string>): readonly string[] {
  switch (change.kind) {
    case 'tags-set':
    case 'tags-removed': {
      if (change.tags === 'all') return [`${change.resourceId} *`];
      return change.tags.flatMap(({ key }) => (tagKeys.has(key) ? [`${change.resourceId} ${key}`] : []));
    }
    case 'groups-set':
      return [change.resourceId];
    case 'instance-type-set':
      return [change.instanceId];
    case 'permissions-replaced':
      return [change.groupId];
    case 'acl-entry-replaced':
      return [`${change.networkAclId} ${change.entry.egress} ${change.entry.ruleNumber}`];
    case 'route-replaced':
      return [`${change.routeTableId} ${change.destination}`];
    case 'session-modified':
      return [change.trafficMirrorSessionId];
    case 'filter-rule-modified':
      return [change.rule.trafficMirrorFilterRuleId];
    case 'instance-launched':
    case 'sensor-launched':
    case 'state-set':
    case 'interface-created':
    case 'interface-deleted':
    case 'interface-attached':
    case 'interface-detached':
    case 'permissions-added':
    case 'permissions-removed':
    case 'egress-rules-named':
    case 'group-created':
    case 'group-deleted':
    case 'acl-entry-created':
    case 'acl-entry-deleted':
    case 'acl-association-replaced':
    case 'route-created':
    case 'route-deleted':
    case 'route-table-associated':
    case 'route-table-reassociated':
    case 'route-table-disassociated':
    case 'session-created':
    case 'session-deleted':
    case 'filter-rule-created':
    case 'filter-rule-deleted':
    case 'filter-created':
    case 'filter-deleted':
    case 'target-created':
    case 'target-deleted':
    case 'opaque':
      return [];
  }
}
