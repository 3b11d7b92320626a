/** Deletions of sessions of which no record says what they were on: of a source with several interfaces, one may not be enough. */

import type { TrafficMirrorSession } from '../../inventory/mirror.ts';
import { type CellValue, cellOf } from '../cells.ts';
import type { RecordedCall } from '../history.ts';
import { judgeResource } from '../judge-resource.ts';
import type { Past } from '../pasts.ts';
import { replay } from '../replay.ts';
import { type Question, setsOf, type Verdict, verdictOf } from '../search.ts';
import type { PastContext } from './lost-values.ts';
import { mayHaveHadSessions } from './makings.ts';
import { madeAfter, sessionOn } from './restored-session.ts';

/** More bare interfaces than these are not tried: any of the deletions counts as possible. */
const MOST_INTERFACES = 4;

/** What deleted sessions may have to do with a finding. */
export interface LostSessions {
  /** True if the finding might not be there with the sessions that were deleted. */
  readonly canMatter: boolean;
  /** The indexes of calls that would have to be left out together with the deletions. */
  readonly together: readonly number[];
}

/**
 * Puts the deleted sessions back on the interfaces that have none, in every way, and judges the resource again: as it is, and without each
 * of its other calls. One deletion explains nothing about an instance of which two interfaces were never mirrored.
 */
export function lostSessionsOf(
  maybe: readonly RecordedCall[],
  question: Question,
  pasts: readonly Past[],
  { history, targetIds, filterIds }: PastContext,
): LostSessions {
  const deletions = maybe.filter(isLostSession);
  const last = deletions.at(-1);
  if (question.rule !== 'instance-unmirrored' || last === undefined) return { canMatter: true, together: [] };
  const bare = mayHaveHadSessions(question.account.surroundings, history, last);
  const [oldest = last] = deletions;
  const isReplaced = bare.some((id) => madeAfter(oldest, id, history).length > 0);
  const targetId = targetIds.find((id) => history.account.targets.has(id));
  const [filterId] = filterIds;
  if (isReplaced || bare.length > MOST_INTERFACES || targetId === undefined || filterId === undefined)
    return { canMatter: true, together: [] };
  let canMatter = false;
  const together = new Set<number>();
  for (const set of setsOf([...bare.keys()], Math.min(deletions.length, bare.length))) {
    const sources = set.flatMap((place) => bare[place] ?? []);
    for (const past of pasts) {
      const isFixed = fixedWith(
        sources.map((source) => sessionOn(source, targetId, filterId, 1)),
        past,
        question,
      );
      if (isFixed(new Set())) {
        canMatter = true;
        continue;
      }
      for (const { index } of past.calls) if (isFixed(new Set([index]))) together.add(index);
    }
  }
  // More calls than one may have to be left out besides, which is not tried.
  canMatter ||= together.size === 0 && pasts.some(({ calls }) => calls.length > 1);
  return { canMatter: canMatter || together.size > 0, together: canMatter ? [] : [...together] };
}

/** True for a call that deleted a session of which no record says what it was on. */
export function isLostSession({ unplaced }: RecordedCall): boolean {
  return unplaced.some(({ lost }) => lost === 'session');
}

/** Whether the finding is there in a past with these sessions until now. Where the packets then go is not asked. */
function fixedWith(
  sessions: readonly TrafficMirrorSession[],
  past: Past,
  question: Question,
): (omitted: ReadonlySet<number>) => boolean {
  const { surroundings } = question.account;
  const targets = new Set([...surroundings.targets, ...sessions.map((session) => session.trafficMirrorTargetId)]);
  const account = { ...question.account, surroundings: { ...surroundings, targets } };
  const judge = verdictWith(sessions, past, { ...question, account });
  return (omitted) => {
    const verdict = judge(omitted);
    return verdict !== 'there' && verdict !== 'gone';
  };
}

/** Judges a past with these sessions until now, and without some of its calls. The targets have to be in the surroundings. */
function verdictWith(
  sessions: readonly TrafficMirrorSession[],
  { start, calls }: Past,
  question: Question,
): (omitted: ReadonlySet<number>) => Verdict {
  const { surroundings, history } = question.account;
  const account = {
    ...question.account,
    surroundings: {
      ...surroundings,
      sessions: new Set([...surroundings.sessions, ...sessions.map((session) => session.trafficMirrorSessionId)]),
      filters: new Set([...surroundings.filters, ...sessions.map((session) => session.trafficMirrorFilterId)]),
    },
  };
  const mirrored: ReadonlyMap<string, CellValue> = new Map<string, CellValue>([
    ...start,
    ...sessions.map((session) => [cellOf('session', session.trafficMirrorSessionId).key, session] as const),
  ]);
  return (omitted) => {
    const overlay = replay(mirrored, calls, omitted, history);
    return verdictOf(judgeResource({ ...account, overlay }, question.by), question);
  };
}
