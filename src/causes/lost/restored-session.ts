/** The search with a session that was deleted put back: no record tells what it was on, so every place where it may have been is tried. */

import type { TrafficMirrorSession } from '../../inventory/mirror.ts';
import { type CellValue, cellOf } from '../cells.ts';
import type { History, RecordedCall } from '../history.ts';
import { judgeResource } from '../judge-resource.ts';
import { type Past, pastsOf } from '../pasts.ts';
import { replay } from '../replay.ts';
import { type Found, LARGEST_SET, type Question, searchPast, verdictOf } from '../search.ts';
import { type Surroundings, withTargets } from '../surroundings.ts';
import type { PastContext } from './lost-values.ts';
import { mayHaveHadSessions } from './makings.ts';

/** What a deletion may have to do with a finding. */
export interface Deletion {
  /** True if the deletion may be in the cause. */
  readonly mayMatter: boolean;
  /** The indexes of calls that would be in it as well. None where the deletion may be the cause by itself. */
  readonly together: readonly number[];
}

const NOTHING: Deletion = { mayMatter: false, together: [] };
const ANYTHING: Deletion = { mayMatter: true, together: [] };

/** With more places in more pasts than these, they are not tried: the deletion may matter. */
const MOST_TRIALS = 24;

/** What was found without the deletion, and the calls that matter to a resource with more around it. */
interface Search {
  readonly found: readonly Found[];
  callsNear(surroundings: Surroundings): readonly RecordedCall[];
}

/** What each of these deletions may have to do with a finding. Those that may have been in the same places are tried once. */
export function deletionsOf(
  calls: readonly RecordedCall[],
  question: Question,
  search: Search,
  context: PastContext,
): readonly (Deletion & { readonly call: RecordedCall })[] {
  const known = new Map<string, Deletion>();
  return calls.map((call) => {
    const places = placesOf(call, question, context);
    const key = places
      .map(({ session, instead }) => `${JSON.stringify(session)} ${instead?.trafficMirrorSessionId}`)
      .join();
    const deletion = known.get(key) ?? deletionAt(places, question, search, context);
    known.set(key, deletion);
    return { call, ...deletion };
  });
}

/**
 * Looks for causes with the deletion in them. `found` is what all pasts say without: a cause that takes more calls is none, since a
 * smaller one is there.
 */
function deletionAt(
  places: readonly Place[],
  question: Question,
  { callsNear, found }: Search,
  context: PastContext,
): Deletion {
  const { history } = question.account;
  // To a target that is gone by now, whose deletion would have been refused, it can't be tried.
  if (context.targetIds.some((id) => !history.account.targets.has(id) && history.callsOn.has(id))) return ANYTHING;
  const others = mostOthers(found);
  if (places.length * (others === 0 ? 1 : found.length) > MOST_TRIALS) return ANYTHING;
  const tried = places.map((place) => ({ place, near: questionNear(place.session, question, context) }));
  const alone = tried.map(({ place, near }) => verdictWith(place, near));
  if (alone.includes('in-order')) return ANYTHING;
  const isNewest = found.some(({ how }) => how !== 'in-order' && how !== 'together');
  let mayMatter = alone.includes('uncertain') || (isNewest && alone.includes('not-there'));
  const sets: (readonly number[])[] = [];
  for (const { place, near } of others === 0 ? [] : tried) {
    const { pasts, isComplete: isEvery } = pastsOf(callsNear(near.account.surroundings), context);
    if (!isEvery) return ANYTHING;
    for (const past of pasts) {
      const { calls, how, isComplete } = searchPast(withSession(place, past), near);
      const isCause = (how === 'in-order' || how === 'together') && calls.length <= others;
      if (isCause) sets.push(calls);
      if (isCause || !isComplete) mayMatter = true;
    }
  }
  // Only the smallest sets are named: they need the fewest people.
  const least = Math.min(...sets.map((set) => set.length));
  return mayMatter ? { mayMatter, together: sets.flatMap((set) => (set.length === least ? set : [])) } : NOTHING;
}

/** How many calls may be in a cause beside the deletion. */
function mostOthers(found: readonly Found[]): number {
  if (found.every(({ how }) => how === 'in-order')) return 0;
  const sizes = found.map(({ how, calls }) =>
    how === 'together' ? calls.length : how === 'in-order' ? 1 : LARGEST_SET,
  );
  return Math.max(...sizes) - 1;
}

/** Where a session may have been, and the session made later that would not have been made beside it. */
interface Place {
  readonly session: TrafficMirrorSession;
  readonly instead?: TrafficMirrorSession | undefined;
}

function placesOf(
  call: RecordedCall,
  { account: { surroundings, history } }: Question,
  { targetIds, filterIds }: PastContext,
): readonly Place[] {
  const sources = mayHaveHadSessions(surroundings, history, call);
  const existing = targetIds.filter((id) => history.account.targets.has(id));
  return sources.flatMap((source) => {
    const now = history.account.sessionsOn.get(source) ?? [];
    const later = madeAfter(call, source, history);
    const free = [1, 2, 3, 4].find((number) => !now.some(({ sessionNumber }) => sessionNumber === number)) ?? 5;
    return [undefined, ...later].flatMap((instead) =>
      existing.flatMap((targetId) =>
        filterIds.map((filterId) => ({
          session: sessionOn(source, targetId, filterId, instead?.sessionNumber ?? free),
          instead,
        })),
      ),
    );
  });
}

/** A session with an id that no other has. */
export function sessionOn(
  networkInterfaceId: string,
  trafficMirrorTargetId: string,
  trafficMirrorFilterId: string,
  sessionNumber: number,
): TrafficMirrorSession {
  const trafficMirrorSessionId = `tms-deleted-from-${networkInterfaceId}`;
  return {
    ...{ trafficMirrorSessionId, networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber },
    tags: [],
  };
}

/** The question with the session's way in its surroundings. */
function questionNear(
  { trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId }: TrafficMirrorSession,
  question: Question,
  { history }: PastContext,
): Question {
  const around = withTargets(question.account.surroundings, [trafficMirrorTargetId], history);
  const surroundings = {
    ...around,
    sessions: new Set([...around.sessions, trafficMirrorSessionId]),
    filters: new Set([...around.filters, trafficMirrorFilterId]),
  };
  return { ...question, account: { ...question.account, surroundings }, verdicts: new Map() };
}

function verdictWith(place: Place, { account, by, rule, now }: Question): ReturnType<typeof verdictOf> {
  const { start } = withSession(place, { start: new Map(), calls: [] });
  const overlay = replay(start, [], new Set(), account.history);
  return verdictOf(judgeResource({ ...account, overlay }, by), { by, rule, now });
}

/** A past with the session until now, without the call that made the other one in its place. */
function withSession({ session, instead }: Place, { start, calls }: Past): Past {
  const other = instead && cellOf('session', instead.trafficMirrorSessionId).key;
  const kept = calls.filter(
    ({ effects }) => !effects.some(({ cell, operation }) => cell.key === other && operation === 'create'),
  );
  const overlay = new Map<string, CellValue>([
    ...start,
    [cellOf('session', session.trafficMirrorSessionId).key, session],
  ]);
  if (other !== undefined) overlay.set(other, null);
  return { start: overlay, calls: kept };
}

/** The sessions that an interface has and that were made after a call. */
export function madeAfter(
  { index }: RecordedCall,
  source: string,
  { account, callsOn }: History,
): readonly TrafficMirrorSession[] {
  const now = account.sessionsOn.get(source) ?? [];
  return now.filter(({ trafficMirrorSessionId }) => (callsOn.get(trafficMirrorSessionId)?.[0] ?? -1) > index);
}
