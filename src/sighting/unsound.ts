/** Marks what was read from a log file whose checksum failed: its records may not be what CloudTrail wrote. */

import type { Evidence, Sighting } from './sighting.ts';

const NOTE = 'from a file whose checksum failed: it may have been changed';

/** Marks the sightings from `from` on, in place. They keep their own notes. */
export function markUnsound(sightings: Sighting[], from: number): void {
  for (const [at, sighting] of sightings.slice(from).entries()) {
    const { note } = sighting.evidence;
    const evidence = { ...sighting.evidence, note: note === undefined ? NOTE : `${note}; ${NOTE}` };
    sightings[from + at] = { ...sighting, evidence };
  }
}

/** True for evidence from a file whose checksum failed. */
export function isUnsound({ note }: Pick<Evidence, 'note'>): boolean {
  return note?.endsWith(NOTE) === true;
}

/** The note without the mark, to tell whether two sightings say the same. */
export function ownNote(note: string | undefined): string | undefined {
  return note === NOTE ? undefined : note?.replace(`; ${NOTE}`, '');
}
