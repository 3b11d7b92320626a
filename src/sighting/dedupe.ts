/** Removes duplicates: two trails, a redelivery, or EventBridge and a log file may report the same call. */

import { compareText } from '../collections.ts';
import { withAddenda } from './addenda.ts';
import type { Sighting } from './sighting.ts';
import { isUnsound, ownNote } from './unsound.ts';

/**
 * Each sighting once, ordered by `eventTime`, then `eventID`, whatever the order of the input.
 *
 * Duplicates agree in everything but the log file. The event id alone is not enough: published records reuse one for different calls,
 * and both must stay. Of duplicates, the one from a log file wins; of several, the one whose path sorts first. A record and its addenda
 * are one sighting, and none if the last of them says that the call failed.
 */
export function distinctSightings(sightings: readonly Sighting[]): readonly Sighting[] {
  const kept = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const key = contentOf(sighting);
    const other = kept.get(key);
    if (other === undefined || isBetterCopy(sighting, other)) kept.set(key, sighting);
  }
  const ordered = [...kept]
    .toSorted(([oneKey, one], [otherKey, other]) => byTimeAndId(one, other) || compareText(oneKey, otherKey))
    .map(([, sighting]) => sighting);
  const folded = withAddenda(ordered);
  return folded === ordered ? ordered : folded.filter(({ withdrawn }) => withdrawn !== true).toSorted(byTimeAndId);
}

/** The addenda that say that a call failed after all. The call's own record may have been read earlier. */
export function withdrawals(sightings: readonly Sighting[]): readonly Sighting[] {
  return sightings.filter(({ withdrawn }) => withdrawn === true);
}

/**
 * What the changes of these sightings add is the same wherever the rest is: tags are set alike on each of up to 1,000 resources, which
 * is too much to write out, and an instance is launched once.
 */
const REPEATED_IN_CHANGES: ReadonlySet<Sighting['kind']> = new Set(['launch', 'tags-set', 'tags-removed']);

function contentOf(sighting: Sighting): string {
  const { logFile: _, note, ...own } = sighting.evidence;
  const evidence = { ...own, note: ownNote(note) };
  const changes = REPEATED_IN_CHANGES.has(sighting.kind) ? undefined : sighting.changes;
  return JSON.stringify({ ...sighting, evidence, changes });
}

/** True for evidence from a log file where the other has none, or one whose path sorts later. */
export function isBetterSource(
  { evidence: { logFile } }: Pick<Sighting, 'evidence'>,
  { evidence: other }: Pick<Sighting, 'evidence'>,
): boolean {
  return logFile !== undefined && (other.logFile === undefined || logFile < other.logFile);
}

/** A copy from a sound file is better than one from a file whose checksum failed. */
function isBetterCopy(one: Sighting, other: Sighting): boolean {
  const [isOneUnsound, isOtherUnsound] = [isUnsound(one.evidence), isUnsound(other.evidence)];
  return isOneUnsound === isOtherUnsound ? isBetterSource(one, other) : isOtherUnsound;
}

function byTimeAndId(one: Sighting, other: Sighting): number {
  return (
    one.eventTime.getTime() - other.eventTime.getTime() || compareText(one.evidence.eventID, other.evidence.eventID)
  );
}
