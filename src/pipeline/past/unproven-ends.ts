/** Extends a timeline over what the records do not cover: before the first and after the last of them, nothing is proven. */

import type { Compliance, ComplianceSpan, Share, Timeline } from '../../causes/timeline.ts';
import { type RecordSpan, secondOf } from './record-span.ts';

/** A period in milliseconds since 1970. */
interface Proven {
  readonly since: number;
  readonly until: number;
}

const NO_LIFE: Timeline = {
  events: [],
  spans: [],
  shares: {
    tags: { compliant: null, yes: 0, no: 0, unknown: 0 },
    mirroring: { compliant: null, yes: 0, no: 0, unknown: 0 },
  },
};

/**
 * The timeline of a period: `trace` of its part that the records cover, with unknown spans before and after it. `isNew`: a record
 * shows how the resource came to be, so that it did not exist before the records begin.
 */
export function withUnprovenEnds(
  span: RecordSpan | undefined,
  { since, until }: { readonly since: Date; readonly until: Date },
  isNew: boolean,
  trace: (proven: Proven) => Timeline,
): Timeline {
  const [start, end] = [since.getTime(), until.getTime()];
  if (span === undefined)
    return withEnds(NO_LIFE, [unknownSpan(start, end, 'the logs have no record of its account and region')]);
  const first = Math.min(end, Math.max(start, span.first.getTime()));
  // CloudTrail's times are in whole seconds, so the last record may be from the end of its second.
  const last = Math.max(first, Math.min(end, span.last.getTime() + 1000));
  const life = first < last ? trace({ since: first, until: last }) : NO_LIFE;
  const before = isNew
    ? ({ from: start, to: first, tags: 'absent', mirroring: 'absent' } as const)
    : unknownSpan(start, first, `the records begin at ${secondOf(span.first)}`);
  const after = unknownSpan(last, end, `the records end at ${secondOf(span.last)}`);
  return withEnds(life, [before, after]);
}

function unknownSpan(from: number, to: number, reason: string): ComplianceSpan {
  return { from, to, tags: 'unknown', mirroring: 'unknown', reason };
}

function withEnds({ events, spans, shares }: Timeline, ends: readonly ComplianceSpan[]): Timeline {
  const added = ends.filter(({ from, to }) => from < to);
  const more = (share: Share, of: (span: ComplianceSpan) => Compliance): Share => ({
    ...share,
    unknown: added.reduce((sum, span) => sum + (of(span) === 'unknown' ? span.to - span.from : 0), share.unknown),
  });
  return {
    events,
    spans: joined([...spans, ...added].toSorted((a, b) => a.from - b.from)),
    shares: {
      tags: more(shares.tags, ({ tags }) => tags),
      mirroring: more(shares.mirroring, ({ mirroring }) => mirroring),
    },
  };
}

/** An instance that is new does not exist before the records begin, nor between them and its launch: one span. */
function joined(spans: readonly ComplianceSpan[]): readonly ComplianceSpan[] {
  const all: ComplianceSpan[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    const isSame = last?.tags === span.tags && last.mirroring === span.mirroring && last.reason === span.reason;
    if (last !== undefined && isSame) all[all.length - 1] = { ...last, to: span.to };
    else all.push(span);
  }
  return all;
}
