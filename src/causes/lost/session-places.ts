/** What a changed session may have been before: where it led, and its number. The session of a source with the lowest one gets its packets. */

import type { TrafficMirrorSession } from '../../inventory/mirror.ts';

/** No session has these numbers, so one that is tried with them comes before or after every other. */
const PLACES = { first: 0, last: 32_767 } as const;

/**
 * The session as it is, and as the first and the last of its source.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-sessions.html
 */
export function inOtherPlaces(session: TrafficMirrorSession): readonly TrafficMirrorSession[] {
  const numbers = [session.sessionNumber, PLACES.first, PLACES.last];
  return numbers.map((sessionNumber) => ({ ...session, sessionNumber }));
}

/** No such thing is in any account. */
const ELSEWHERE = { trafficMirrorTargetId: 'tmt-elsewhere', trafficMirrorFilterId: 'tmf-elsewhere' } as const;

/** The session as one that was none of ours: to another target than any configured, through another filter, or both. */
export function ledElsewhere(session: TrafficMirrorSession): readonly TrafficMirrorSession[] {
  const { trafficMirrorTargetId, trafficMirrorFilterId } = ELSEWHERE;
  return [
    { ...session, trafficMirrorTargetId },
    { ...session, trafficMirrorFilterId },
    { ...session, trafficMirrorTargetId, trafficMirrorFilterId },
  ];
}
