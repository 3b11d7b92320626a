/** Our own writes of the last seconds. EC2's describe calls may not show them yet, so targets would look emptier than they are. */

import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { SessionChange } from '../../inventory/load-inventory.ts';
import type { TrafficMirrorSession } from '../../inventory/mirror.ts';

/**
 * How long EC2's answers may lag behind our writes. Any longer would hide changes by others.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
const LAG_MS = 30_000;

/** Remembers session writes. */
export interface RecentSessions {
  /** Notes a session as a create or modify call returned it. */
  wrote(scope: Scope, session: TrafficMirrorSession): void;
  deleted(scope: Scope, trafficMirrorSessionId: string): void;
  /**
   * EC2's sessions with our recent writes applied, except for those that others have undone since. Where `changes` name a session that EC2
   * lists, EC2's answer is believed. One that EC2 does not list is gone if it was deleted, or if EC2 lists another with its number on its
   * interface. Writes that were undone are forgotten.
   */
  over(
    scope: Scope,
    answer: readonly TrafficMirrorSession[],
    changes: readonly SessionChange[],
  ): readonly TrafficMirrorSession[];
}

interface Write {
  /** When AWS answered, in milliseconds. */
  readonly at: number;
  /** Null for a deletion. */
  readonly session: TrafficMirrorSession | null;
}

/** Remembers writes for `LAG_MS`. `now` is in milliseconds. */
export function recentSessions(now: () => number): RecentSessions {
  const writes = new Map<string, Map<string, Write>>();

  const note = (scope: Scope, id: string, session: TrafficMirrorSession | null): void => {
    const key = scopeKey(scope);
    const ofScope = writes.get(key) ?? new Map();
    writes.set(key, ofScope.set(id, { at: now(), session }));
  };

  return {
    wrote: (scope, session) => note(scope, session.trafficMirrorSessionId, session),
    deleted: (scope, id) => note(scope, id, null),
    over(scope, answer, changes) {
      const ofScope = writes.get(scopeKey(scope));
      if (ofScope === undefined) return answer;
      for (const [id, { at }] of ofScope) if (now() - at >= LAG_MS) ofScope.delete(id);
      // A session that we deleted is never there again, whatever EC2 still lists.
      const listed = answer.filter(({ trafficMirrorSessionId: id }) => ofScope.get(id)?.session !== null);
      for (const id of undone(ofScope, listed, changes)) ofScope.delete(id);
      const merged = new Map(listed.map((session) => [session.trafficMirrorSessionId, session]));
      for (const [id, { session }] of ofScope) if (session !== null) merged.set(id, session);
      return [...merged.values()];
    },
  };
}

/** The sessions of which our own write says no longer how they are. */
function undone(
  writes: ReadonlyMap<string, Write>,
  listed: readonly TrafficMirrorSession[],
  changes: readonly SessionChange[],
): readonly string[] {
  const ids = new Set(listed.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId));
  // EC2 gives a number only once on an interface.
  const places = new Set(listed.map(placeOf));
  const replaced = [...writes].flatMap(([id, { session }]) =>
    session !== null && !ids.has(id) && places.has(placeOf(session)) ? [id] : [],
  );
  const changed = changes
    .filter(({ kind, trafficMirrorSessionId: id }) => kind === 'deleted' || ids.has(id))
    .map(({ trafficMirrorSessionId }) => trafficMirrorSessionId)
    // Our own deletion stays true.
    .filter((id) => writes.get(id)?.session !== null);
  return [...replaced, ...changed];
}

function placeOf({ networkInterfaceId, sessionNumber }: TrafficMirrorSession): string {
  return `${networkInterfaceId}:${sessionNumber}`;
}
