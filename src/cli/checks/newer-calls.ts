/** Calls that a snapshot of the account is too old to show: nothing can be said about what they changed. */

import { plural } from '../../collections.ts';
import { callsBefore } from '../../pipeline/past/assess-past.ts';
import type { Rejected } from '../../report/report.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import type { World } from '../world.ts';

/** One entry for all calls after the account was read, by its path; none if it was read live or doesn't say when. */
export function newerCalls(
  sightings: readonly Sighting[],
  { readAt }: Pick<World, 'readAt'>,
  path: string | undefined,
): readonly Rejected[] {
  if (readAt === undefined || path === undefined) return [];
  const shown = new Set(callsBefore(sightings, readAt));
  const newer = sightings.filter((sighting) => !shown.has(sighting));
  const [first] = newer.toSorted((a, b) => a.eventTime.getTime() - b.eventTime.getTime());
  if (first === undefined) return [];
  const { eventName, eventTime } = first.evidence;
  const reason =
    `was read at ${readAt.toISOString()} and does not show ${plural(newer.length, 'later call')}, ` +
    `the first of them ${eventName} at ${eventTime}: take a new snapshot to judge them`;
  return [{ path, reason, of: 'snapshot' }];
}
