/** The same thing told twice is one sighting: by two trails, by a redelivery, by EventBridge and by a log file. */

import type { Sighting } from './sighting.ts';

/**
 * Each sighting once, in the order of `eventTime`, then `eventID`, whatever the order here.
 *
 * Copies are told by what they say (account, region, event id, time, actor, everything but the file they lay in): published records
 * re-use an event id for different calls, and neither may swallow the other. Of copies, the one from a file is kept, of those the
 * one whose path comes first.
 */
export function distinctSightings(sightings: readonly Sighting[]): readonly Sighting[] {
  const kept = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const key = contentOf(sighting);
    const other = kept.get(key);
    if (other === undefined || isBetterSource(sighting, other)) kept.set(key, sighting);
  }
  return [...kept]
    .toSorted(([oneKey, one], [otherKey, other]) => compare(one, other) || compareText(oneKey, otherKey))
    .map(([, sighting]) => sighting);
}

function contentOf(sighting: Sighting): string {
  const { logFile: _, ...evidence } = sighting.evidence;
  return JSON.stringify({ ...sighting, evidence });
}

function isBetterSource({ evidence: { logFile } }: Sighting, { evidence: other }: Sighting): boolean {
  return logFile !== undefined && (other.logFile === undefined || logFile < other.logFile);
}

function compare(one: Sighting, other: Sighting): number {
  return (
    one.eventTime.getTime() - other.eventTime.getTime() || compareText(one.evidence.eventID, other.evidence.eventID)
  );
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
