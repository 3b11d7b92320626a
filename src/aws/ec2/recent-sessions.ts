/** Our own writes of the last seconds. EC2's describe calls may not show them yet, so targets would look emptier than they are. */

import { type Scope, scopeKey } from '../../inventory/inventory.ts';
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
  /** EC2's sessions with our recent writes applied. */
  over(scope: Scope, answer: readonly TrafficMirrorSession[]): readonly TrafficMirrorSession[];
}

/** Remembers writes for `LAG_MS`. `now` is in milliseconds. */
export function recentSessions(now: () => number): RecentSessions {
  const writes = new Map<string, Map<string, { readonly at: number; readonly session: TrafficMirrorSession | null }>>();

  const note = (scope: Scope, id: string, session: TrafficMirrorSession | null): void => {
    const key = scopeKey(scope);
    const ofScope = writes.get(key) ?? new Map();
    writes.set(key, ofScope.set(id, { at: now(), session }));
  };

  return {
    wrote: (scope, session) => note(scope, session.trafficMirrorSessionId, session),
    deleted: (scope, id) => note(scope, id, null),
    over(scope, answer) {
      const ofScope = writes.get(scopeKey(scope));
      if (ofScope === undefined) return answer;
      const merged = new Map(answer.map((session) => [session.trafficMirrorSessionId, session]));
      for (const [id, { at, session }] of ofScope) {
        if (now() - at >= LAG_MS) ofScope.delete(id);
        else if (session === null) merged.delete(id);
        else merged.set(id, session);
      }
      return [...merged.values()];
    },
  };
}
