/** The recorded calls of an account and region, each once, oldest first. */

import { createHash } from 'node:crypto';
import { compareText } from '../../collections.ts';
import { changesWithAddenda } from '../../sighting/addenda.ts';
import type { Change } from '../../sighting/changes/change.ts';
import type { SettledState } from '../../sighting/changes/instances.ts';
import { withoutTwins } from '../../sighting/own-calls.ts';
import type { Sighting } from '../../sighting/sighting.ts';

/** What a history needs of a sighting. Other sources of calls, such as the ledger, give no more. */
export type ChangingSighting = Pick<Sighting, 'kind' | 'eventTime' | 'evidence' | 'changes'>;

/**
 * Orders calls of the same second by what has to come first, since CloudTrail's times are in whole seconds: a thing is made before
 * anything is done with it, and deleted after that.
 */
const RANK: Readonly<Record<Exclude<Change['kind'], 'state-set'>, number>> = {
  'instance-launched': 0,
  'sensor-launched': 0,
  'interface-created': 0,
  'filter-created': 0,
  'group-created': 0,
  'interface-attached': 1,
  'target-created': 1,
  'filter-rule-created': 1,
  'session-created': 2,
  'tags-set': 3,
  'groups-set': 3,
  'instance-type-set': 3,
  'permissions-added': 3,
  'permissions-replaced': 3,
  'egress-rules-named': 2,
  'acl-entry-created': 3,
  'acl-entry-replaced': 3,
  'acl-association-replaced': 3,
  'route-created': 3,
  'route-replaced': 3,
  'route-table-associated': 3,
  'route-table-reassociated': 3,
  'session-modified': 3,
  'filter-rule-modified': 3,
  opaque: 3,
  'tags-removed': 4,
  'permissions-removed': 4,
  'acl-entry-deleted': 4,
  'route-deleted': 4,
  'route-table-disassociated': 4,
  'session-deleted': 4,
  'filter-rule-deleted': 4,
  'interface-detached': 4,
  'interface-deleted': 5,
  'group-deleted': 5,
  'target-deleted': 5,
  'filter-deleted': 5,
};

const STATE_RANK: Readonly<Record<SettledState, number>> = { running: 1, stopped: 4, terminated: 5 };

function rankOf({ changes = [] }: ChangingSighting): number {
  const [first] = changes;
  if (first === undefined) return RANK.opaque;
  return first.kind === 'state-set' ? STATE_RANK[first.state] : RANK[first.kind];
}

/** The sightings with changes, each call once, oldest first. */
export function distinctCalls(sightings: readonly ChangingSighting[]): readonly ChangingSighting[] {
  const byKey = new Map<string, ChangingSighting>();
  for (const sighting of changesWithAddenda(withoutTwins(sightings))) {
    if (sighting.changes === undefined || sighting.changes.length === 0) continue;
    const { eventID, eventName, eventTime } = sighting.evidence;
    // One call on a thousand resources is a megabyte of changes.
    const content = createHash('sha256').update(JSON.stringify(sighting.changes)).digest('base64');
    const key = `${eventID} ${eventName} ${eventTime} ${content}`;
    if (!byKey.has(key)) byKey.set(key, sighting);
  }
  return [...byKey].toSorted(byTime).map(([, sighting]) => sighting);
}

type Keyed = readonly [key: string, sighting: ChangingSighting];

function byTime([aKey, a]: Keyed, [bKey, b]: Keyed): number {
  const time = a.eventTime.getTime() - b.eventTime.getTime();
  if (time !== 0) return time;
  return rankOf(a) - rankOf(b) || compareText(aKey, bKey);
}
