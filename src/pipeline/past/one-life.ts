/** Joins what a resource was at different times, such as an interface that moved from one instance to another. */

import { type ComplianceSpan, shareOf, type Timeline } from '../../causes/timeline.ts';

const EMPTY: Timeline = {
  events: [],
  spans: [],
  shares: { tags: shareOf([], 'tags'), mirroring: shareOf([], 'mirroring') },
};

/** One timeline of several of the same period: at each time, that of the first in which the resource is there. Their events are the same. */
export function oneLife(lives: readonly Timeline[]): Timeline {
  const [first = EMPTY, ...others] = lives;
  if (others.length === 0) return first;
  const bounds = [...new Set(lives.flatMap(({ spans }) => spans.flatMap(({ from, to }) => [from, to])))].toSorted(
    (a, b) => a - b,
  );
  const spans = bounds.slice(0, -1).flatMap((from, index): readonly ComplianceSpan[] => {
    const at = lives.flatMap((life) => life.spans.find((span) => span.from <= from && from < span.to) ?? []);
    const span = at.find(({ mirroring }) => mirroring !== 'absent') ?? at[0];
    return span === undefined ? [] : [{ ...span, from, to: bounds[index + 1] ?? from }];
  });
  return {
    // The answers after an event are those of the joined spans.
    events: first.events.map((event) => {
      const span = spans.find(({ from, to }) => from <= event.at && event.at < to);
      return span === undefined ? event : { ...event, tags: span.tags, mirroring: span.mirroring };
    }),
    spans,
    shares: { tags: shareOf(spans, 'tags'), mirroring: shareOf(spans, 'mirroring') },
  };
}
