import { describe, expect, it } from 'vitest';
import type { FindingStatus } from '../../src/audit/finding.ts';
import { isRemediated, openSpansOf, spansOf } from '../../src/ledger/open-spans.ts';
import { CLOSED_BY_TIME } from '../../src/ledger/sight/closed.ts';
import {
  currentStateOf,
  EMPTY_TIMELINE,
  MAX_FACTS,
  MAX_PAST_SPANS,
  type Timeline,
  withFact,
} from '../../src/ledger/timeline.ts';
import { aFinding, aJudgement, anEntry } from '../support/findings.ts';
import { aLedger } from '../support/ledgers.ts';

const STATES = { o: 'open', m: 'muted', r: 'resolved' } as const satisfies Record<string, FindingStatus>;

/** One fact each millisecond: `o` open, `m` muted, `r` resolved, `.` none. */
function timelineOf(states: string): Timeline {
  return Array.from(states).reduce((timeline, letter, at) => {
    const state = STATES[letter as keyof typeof STATES];
    return state === undefined ? timeline : withFact(timeline, { at, state });
  }, EMPTY_TIMELINE);
}

const spansText = (timeline: Timeline): string =>
  spansOf(timeline)
    .map(({ from, to, resolved }) => `${from.getTime()}-${to?.getTime() ?? ''}${resolved ? '!' : ''}`)
    .join(' ');

describe('spansOf', () => {
  it.each([
    ['', ''],
    ['r', ''],
    ['o', '0-'],
    ['oo', '0-'],
    ['o.r', '0-2!'],
    ['o.rr', '0-2!'],
    ['ror', '1-2!'],
    ['orror', '0-1! 3-4!'],
    ['oro', '0-1! 2-'],
    ['m', ''],
    ['mr', ''],
    ['mo', '1-'],
    ['omo', '0-1 2-'],
    ['om', '0-1'],
    ['omr', '0-1'],
    ['omor', '0-1 2-3!'],
  ])('of %j is %j', (states, spans) => {
    expect(spansText(timelineOf(states))).toBe(spans);
  });

  it.each(['or', 'om', 'omor', 'oror.o'])('is complete when there are too many facts of %s to keep all', (some) => {
    const states = some.repeat(MAX_FACTS);
    const spans = spansText(timelineOf(states));
    // What the spans are when no fact is dropped.
    const expected: string[] = [];
    let from: number | null = null;
    for (const [at, letter] of Array.from(states).entries()) {
      if (letter === 'o') from ??= at;
      else if (letter !== '.' && from !== null) {
        expected.push(`${from}-${at}${letter === 'r' ? '!' : ''}`);
        from = null;
      }
    }
    if (from !== null) expected.push(`${from}-`);
    expect(spans.split(' ')).toEqual(expected);
    expect(currentStateOf(timelineOf(states))?.generation).toBe(expected.length);
  });

  it('has the newest of more spans than are kept, and how many there were', () => {
    const openings = 3 * MAX_PAST_SPANS;
    const timeline = timelineOf('or'.repeat(openings));
    const spans = spansText(timeline).split(' ');
    expect(spans.length).toBeGreaterThanOrEqual(MAX_PAST_SPANS);
    expect(spans.at(-1)).toBe(`${2 * openings - 2}-${2 * openings - 1}!`);
    expect(currentStateOf(timeline)?.generation).toBe(openings);
  });
});

describe('a span that time alone ended', () => {
  const closed = (times: number): Timeline =>
    Array.from({ length: times }, (_, turn) => 2 * turn).reduce(
      (timeline, at) =>
        withFact(withFact(timeline, { at, state: 'open' }), { at: at + 1, state: 'resolved', by: CLOSED_BY_TIME }),
      EMPTY_TIMELINE,
    );

  it.each([1, MAX_FACTS])('is over, and nobody remediated it: one of %i', (times) => {
    const spans = spansOf(withFact(closed(times), { at: 2 * times, state: 'open' }));
    expect(spans).toHaveLength(times + 1);
    for (const span of spans.slice(0, -1)) {
      expect(span).toMatchObject({ resolved: true, inTime: true });
      expect(isRemediated(span)).toBe(false);
    }
  });

  it('is one in an entry that has no spans of its own', () => {
    const finding = aFinding({ status: 'resolved' });
    const ended = (resolvedBy?: string) => openSpansOf(anEntry(finding, { resolvedBy })).map(isRemediated);
    expect(ended(CLOSED_BY_TIME)).toEqual([false]);
    expect(ended('dana')).toEqual([true]);
    expect(ended()).toEqual([true]);
  });
});

describe('openSpansOf', () => {
  it('derives the only span from the times of the entry', () => {
    const [openedAt, resolvedAt] = [new Date(1), new Date(2)];
    const resolved = anEntry(aFinding({ status: 'resolved' }), { openedAt, resolvedAt });
    expect(openSpansOf(resolved)).toEqual([{ from: openedAt, to: resolvedAt, resolved: true }]);
    expect(openSpansOf(anEntry(aFinding(), { openedAt }))).toEqual([{ from: openedAt, to: null, resolved: false }]);
    expect(openSpansOf(anEntry(aFinding({ status: 'muted' })))).toEqual([]);
  });

  it('has every span of a reopened finding, as the ledger kept it', async () => {
    const ledger = aLedger();
    const finding = aFinding();
    const { id, rule, accountId, region, resourceId } = finding;
    const passing = aJudgement({ id, rule, accountId, region, resourceId });
    for (const [at, state] of [...'oror'].entries()) {
      const observed =
        state === 'o' ? { findings: [finding], judgements: [] } : { findings: [], judgements: [passing] };
      await ledger.record({ at: new Date(at), ...observed, outcomes: [] });
    }
    const [entry] = await ledger.entries({});
    expect(entry && openSpansOf(entry).map(({ from, to }) => [Number(from), Number(to)])).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });
});
