/** What complete looks say about findings without being stored with them: facts that are recorded late are folded together with it. */

import type { FindingStatus } from '../../audit/finding.ts';
import type { History } from '../fold.ts';
import { type Fact, outweighs, stateAt, type Timeline, withFact } from '../timeline.ts';
import { type Asked, type Covering, covers } from './covering.ts';

/** The looks that may say something about a finding. */
export interface LooksAfter {
  /** Complete looks, in the order of their times. */
  readonly looks: readonly Covering[];
  /** A look before this time proves no absence: AWS may not have shown the resource yet. Milliseconds since 1970. */
  readonly shownFrom: number;
}

/**
 * The timeline with what the next complete look after `fact` said: the finding was then as the timeline has it without the fact, or the look
 * would have been stored with it. Unchanged when that is what the fact says too, and when another fact comes before the look. Looks
 * after the next one said the same.
 *
 * ```
 *   recorded   ──────── look ───────        no finding is stored, so the look found none
 *   late            open                    open at `open`, resolved at `look`
 * ```
 */
export function withImplied(timeline: Timeline, fact: Fact, asked: Asked, { looks, shownFrom }: LooksAfter): Timeline {
  // Of the time before the base nothing is kept that a fact could change.
  if (looks.length === 0 || fact.at <= (timeline.base?.until ?? Number.NEGATIVE_INFINITY)) return timeline;
  const before = stateAt(timeline, fact.at);
  const known: FindingStatus = before?.state ?? 'resolved';
  if (known === fact.state) return timeline;
  // Of two facts of one moment the heavier one counts: a look of the same moment says something only if what it found is heavier.
  const from = outweighs(known, fact.state) ? fact.at : Math.max(fact.at + 1, known === 'resolved' ? shownFrom : 0);
  const look = looks.find((each) => each.at >= from && covers(each, asked));
  if (look === undefined) return timeline;
  const next = timeline.facts.find(({ at }) => at > fact.at);
  if (next !== undefined && next.at <= look.at) return timeline;
  // A look that found the finding had this cause for it, or knew of none better.
  const cause = known === 'resolved' ? undefined : before?.attribution?.cause;
  return withFact(timeline, { at: look.at, state: known, attribution: cause && { cause }, isImplied: true });
}

/**
 * The timeline with what the last complete look before `fact` said, if the fact ends that: later on, it is known until when the finding was
 * not there, and by which look.
 */
export function withLastLook(timeline: Timeline, fact: Fact, asked: Asked, look: Covering | undefined): Timeline {
  if (look === undefined || look.at >= fact.at || !covers(look, asked)) return timeline;
  const known = stateAt(timeline, fact.at)?.state ?? 'resolved';
  const previous = timeline.facts.findLast(({ at }) => at <= fact.at)?.at ?? timeline.base?.until;
  if (known === 'open' || known === fact.state || (previous !== undefined && previous >= look.at)) return timeline;
  return withFact(timeline, { at: look.at, state: known, isImplied: true });
}

/**
 * When a look last found the finding with the content that the history has, in milliseconds since 1970. Undefined if none did since that
 * content was recorded: a look that found another one is stored.
 */
export function contentSeenAt(
  { timeline, latest }: History,
  asked: Asked,
  looks: readonly Covering[],
): number | undefined {
  if (latest === undefined) return undefined;
  return looks.findLast(
    (look) =>
      look.at > latest.at && covers(look, asked) && (stateAt(timeline, look.at)?.state ?? 'resolved') !== 'resolved',
  )?.at;
}
