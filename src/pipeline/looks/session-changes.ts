/** Which sessions others deleted or modified: nothing that we remember of our own writes to them is believed any longer. */

import type { SessionChange } from '../../inventory/load-inventory.ts';
import type { Sighting } from '../../sighting/sighting.ts';

/** The changes to sessions among the sightings, without repeats. A record that names no session has none. */
export function sessionChangesIn(sightings: readonly Sighting[]): readonly SessionChange[] {
  const changes = new Map<string, SessionChange>();
  for (const sighting of sightings) {
    if (sighting.kind !== 'session-deleted' && sighting.kind !== 'session-modified') continue;
    const { trafficMirrorSessionId } = sighting;
    if (trafficMirrorSessionId === undefined) continue;
    const kind = sighting.kind === 'session-deleted' ? 'deleted' : 'modified';
    // A deletion is final, in whatever order the records come.
    if (changes.get(trafficMirrorSessionId)?.kind !== 'deleted')
      changes.set(trafficMirrorSessionId, { kind, trafficMirrorSessionId });
  }
  return [...changes.values()];
}

/**
 * How old a change may be that is handed over. The memory of our own writes reaches back 30 seconds, and a change counts only if it is later
 * than such a write; the rest is room for clocks that differ.
 */
const HANDED_OVER_FOR_MS = 10 * 60_000;

/** Ids of sessions have 21 characters. A longer one is no session of ours and would fill the message. */
const LONGEST_ID = 64;

/** The changes that the function that repairs may have to know: those that may be later than a write that it remembers. */
export function changesToHandOver(sightings: readonly Sighting[], now: Date): readonly SessionChange[] {
  const since = now.getTime() - HANDED_OVER_FOR_MS;
  const changes = sessionChangesIn(sightings.filter(({ eventTime }) => eventTime.getTime() >= since));
  return changes.filter(({ trafficMirrorSessionId }) => trafficMirrorSessionId.length <= LONGEST_ID);
}
