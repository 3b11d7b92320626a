/** Calls that a snapshot of the account is too old to show: nothing can be said about what they changed. */

import { plural } from '../../collections.ts';
import { callsBefore } from '../../pipeline/past/assess-past.ts';
import type { Rejected } from '../../report/report.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import type { World } from '../world.ts';

/** Gathers the calls that came after the account was read. */
export interface NewerCalls {
  see(sightings: readonly Sighting[]): void;
  /** One entry for all of them, by the snapshot's path; none if the account was read live or doesn't say when. */
  named(): readonly Rejected[];
}

/** None so far. `path`: the snapshot's. */
export function newerCalls({ readAt }: Pick<World, 'readAt'>, path: string | undefined): NewerCalls {
  let count = 0;
  let first: Sighting | undefined;
  return {
    see(sightings) {
      if (readAt === undefined) return;
      const shown = new Set(callsBefore(sightings, readAt));
      for (const sighting of sightings) {
        if (shown.has(sighting)) continue;
        count += 1;
        if (first === undefined || sighting.eventTime < first.eventTime) first = sighting;
      }
    },
    named() {
      if (readAt === undefined || path === undefined || first === undefined) return [];
      const { eventName, eventTime } = first.evidence;
      const reason =
        `was read at ${readAt.toISOString()} and does not show ${plural(count, 'later call')}, ` +
        `the first of them ${eventName} at ${eventTime}: take a new snapshot to judge them`;
      return [{ path, reason, of: 'snapshot' }];
    },
  };
}
