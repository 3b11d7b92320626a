import { describe, expect, it } from 'vitest';
import { openSpansOf, spansOf } from '../../src/ledger/open-spans.ts';
import { EMPTY, type FactState, MAX_FACTS, type Timeline, withFact } from '../../src/ledger/timeline.ts';
import { aFinding, aJudgement, anEntry } from '../support/findings.ts';
import { aLedger } from '../support/ledgers.ts';

const STATES = { o: 'open', m: 'muted', r: 'resolved' } as const satisfies Record<string, FactState>;

/** A fact a millisecond: `o` open, `m` muted, `r` resolved, `.` none. */
function told(states: string): Timeline {
  return Array.from(states).reduce((timeline, letter, at) => {
    const state = STATES[letter as keyof typeof STATES];
    return state === undefined ? timeline : withFact(timeline, { at, state });
  }, EMPTY);
}

const words = (timeline: Timeline): string =>
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
    expect(words(told(states))).toBe(spans);
  });

  it('has the latest of those that are too old to be kept one by one', () => {
    const spans = words(told('or'.repeat(MAX_FACTS))).split(' ');
    expect(spans.at(-1)).toBe(`${2 * MAX_FACTS - 2}-${2 * MAX_FACTS - 1}!`);
    expect(spans.length).toBeGreaterThanOrEqual(MAX_FACTS / 2);
  });
});

describe('openSpansOf', () => {
  it('is the one span of an entry that says no more', () => {
    const [openedAt, resolvedAt] = [new Date(1), new Date(2)];
    const resolved = anEntry(aFinding({ status: 'resolved' }), { openedAt, resolvedAt });
    expect(openSpansOf(resolved)).toEqual([{ from: openedAt, to: resolvedAt, resolved: true }]);
    expect(openSpansOf(anEntry(aFinding(), { openedAt }))).toEqual([{ from: openedAt, to: null, resolved: false }]);
    expect(openSpansOf(anEntry(aFinding({ status: 'muted' })))).toEqual([]);
  });

  it('has every opening of what came back, as the ledger kept it', async () => {
    const ledger = aLedger();
    const finding = aFinding();
    const { id, rule, accountId, region, resourceId } = finding;
    const inOrder = aJudgement({ id, rule, accountId, region, resourceId });
    for (const [at, state] of [...'oror'].entries()) {
      const said = state === 'o' ? { findings: [finding], judgements: [] } : { findings: [], judgements: [inOrder] };
      await ledger.record({ at: new Date(at), ...said, outcomes: [] });
    }
    const [entry] = await ledger.entries({});
    expect(entry && openSpansOf(entry).map(({ from, to }) => [Number(from), Number(to)])).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });
});
