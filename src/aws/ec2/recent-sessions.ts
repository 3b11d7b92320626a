/** What we wrote a moment ago: EC2's describe answers may not show it yet, and a target would look emptier than it is. */

import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../inventory/mirror.ts';

/**
 * How long an answer may lag behind our own write. Longer would hide what someone else did in the meantime.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export const LAG_MS = 30_000;

export interface RecentSessions {
  /** A session as it is after a create or modify call. */
  wrote(scope: Scope, session: TrafficMirrorSession): void;
  deleted(scope: Scope, trafficMirrorSessionId: string): void;
  /** The sessions of an answer with our own latest writes laid over it. */
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
