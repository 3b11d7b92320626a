import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attribution } from '../../src/ledger/attribution.ts';
import { CLOSED_BY_CONFIGURATION, CLOSED_BY_TIME } from '../../src/ledger/sight/closed.ts';
import {
  currentStateOf,
  EMPTY_TIMELINE,
  type Fact,
  MAX_FACTS,
  type Timeline,
  wasOpenIn,
  withFact,
} from '../../src/ledger/timeline.ts';
import { aCall, possible, unknown } from '../support/causes.ts';

const timelineOf = (facts: readonly Fact[]): Timeline => facts.reduce(withFact, EMPTY_TIMELINE);

/** `o1 r5 m9` for facts: open at 1, resolved at 5, muted at 9. */
function factsOf(text: string): readonly Fact[] {
  const states = { o: 'open', r: 'resolved', m: 'muted' } as const;
  return text.split(' ').map((word) => ({ at: Number(word.slice(1)), state: states[word[0] as 'o' | 'r' | 'm'] }));
}

const anAttribution: fc.Arbitrary<Attribution> = fc.record(
  {
    cause: fc.constantFrom(aCall('dana'), aCall('erin'), possible('erin'), possible('lee'), unknown('a'), unknown('b')),
    launchedBy: fc.constantFrom('ada', 'lee'),
    seenBecause: fc.constantFrom('a sweep', 'RunInstances'),
  },
  { requiredKeys: [] },
);

/** Findings name the tags that were wrong; all-clears say when each was shown. */
const aFact: fc.Arbitrary<Fact> = fc
  .record(
    {
      at: fc.integer({ min: 0, max: 200 }),
      state: fc.constantFrom('open', 'muted', 'resolved'),
      by: fc.constantFrom('dana', 'lee'),
      attribution: anAttribution,
      tags: fc.uniqueArray(fc.constantFrom('CostCenter', 'Owner'), { minLength: 1 }).map((keys) => keys.toSorted()),
      shown: fc
        .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 }))
        .map(([cost, owner]) => [['CostCenter', cost] as const, ['Owner', owner] as const]),
    },
    { requiredKeys: ['at', 'state'] },
  )
  .map(({ tags, shown, ...fact }) => ({ ...fact, ...(fact.state === 'resolved' ? { shown } : { tags }) }));

/** Open by a launch at 10:00, as looks at 10:01, 11:00 and 13:00 say. */
const launched: readonly Fact[] = [1, 60, 180].map((minute) => ({
  at: Date.parse('2026-11-20T10:00:00Z') + minute * 60_000,
  state: minute === 60 ? 'resolved' : 'open',
  ...(minute !== 60 && { attribution: { cause: aCall('dana') } }),
}));

describe('the cause of a finding that is open again', () => {
  const causeAfter = (facts: readonly Fact[]) => currentStateOf(timelineOf(facts))?.attribution?.cause?.kind;
  const [opened, closed, again] = launched as [Fact, Fact, Fact];

  it('is no call from before the all-clear', () => {
    expect(causeAfter([opened, closed, again])).toBe('unknown');
    expect(causeAfter([again, opened, closed])).toBe('unknown');
    expect(causeAfter([opened, again])).toBe('call');
  });

  it.each<[string, Partial<Fact>]>([
    ['the configuration closed it, and nothing was judged', { by: CLOSED_BY_CONFIGURATION }],
    ['time closed it', { by: CLOSED_BY_TIME }],
    ['a look did not name the resource, which may not have been there', { isImplied: true }],
    [
      'records show one of its tags only before that',
      {
        shown: [
          ['Owner', opened.at],
          ['Team', closed.at],
        ],
      },
    ],
  ])('may be a call from before where %s', (_, more) => {
    expect(causeAfter([opened, { ...closed, ...more }, again])).toBe('call');
  });

  it('stays known to be later once the facts are summed up', () => {
    const flips = Array.from({ length: MAX_FACTS }, (__, index): Fact => {
      return { at: closed.at + 1 + index, state: index % 2 === 0 ? 'open' : 'resolved' };
    });
    expect(causeAfter([opened, closed, ...flips, again])).toBe('unknown');
  });
});

describe('currentStateOf', () => {
  it.each([
    ['o1', { state: 'open', generation: 1, openedAt: 1, resolvedAt: null }],
    ['o1 o2', { state: 'open', generation: 1, openedAt: 1 }],
    ['o1 r2', { state: 'resolved', generation: 1, openedAt: 1, resolvedAt: 2 }],
    ['o1 r2 r3', { state: 'resolved', generation: 1, resolvedAt: 2 }],
    ['o1 r2 o3', { state: 'open', generation: 2, firstOpenedAt: 1, openedAt: 3, resolvedAt: null }],
    ['o1 m2', { state: 'muted', generation: 1, openedAt: 1 }],
    ['m1 o2', { state: 'open', generation: 2, openedAt: 2 }],
    ['r1', { state: 'resolved', generation: 0, openedAt: null, resolvedAt: null }],
    ['r1 o2', { state: 'open', generation: 1, openedAt: 2 }],
    ['o1 r1', { state: 'open', generation: 1 }],
    ['m1 r1', { state: 'muted', generation: 1 }],
  ])('after %s', (text, current) => {
    expect(currentStateOf(timelineOf(factsOf(text)))).toMatchObject(current);
  });

  it('is null without any fact', () => {
    expect(currentStateOf(EMPTY_TIMELINE)).toBeNull();
  });
});

describe('withFact', () => {
  it('gives the same timeline for facts in any order, repeated or not, up to the number that is kept', () => {
    const facts = fc
      .array(aFact, { maxLength: MAX_FACTS })
      .chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length })),
      );
    fc.assert(
      fc.property(facts, ([inOrder, shuffled]) => {
        expect(timelineOf(shuffled)).toEqual(timelineOf(inOrder));
      }),
    );
  });

  it('bounds the number of facts but keeps the state right, for any number of facts in order', () => {
    const many = fc.array(aFact, { maxLength: 300 });
    fc.assert(
      fc.property(many, (inAnyOrder) => {
        const facts = inAnyOrder.map((fact, at) => ({ ...fact, at }));
        const timeline = timelineOf(facts);
        expect(timeline.facts.length).toBeLessThanOrEqual(MAX_FACTS);
        expect(currentStateOf(timeline)).toEqual(currentStateOf({ facts }));
      }),
    );
  });

  it('ignores a fact older than its base', () => {
    const facts = Array.from({ length: 100 }, (_, at): Fact => ({ at: at + 10, state: at % 2 ? 'resolved' : 'open' }));
    const timeline = timelineOf(facts);
    expect(withFact(timeline, { at: 1, state: 'resolved' })).toBe(timeline);
  });
});

describe('wasOpenIn', () => {
  it.each([
    ['o5', 0, 5, false],
    ['o5', 5, 6, true],
    ['o5', 90, 99, true],
    ['o5 r9', 8, 20, true],
    ['o5 r9', 9, 20, true],
    ['o5 r9', 10, 20, false],
    ['o5 r9 o30', 10, 30, false],
    ['o5 r9 o30', 10, 31, true],
    ['m5 r9', 5, 6, true],
    ['r5', 0, 99, false],
  ])('%s from %d to %d: %s', (text, since, until, open) => {
    expect(wasOpenIn(timelineOf(factsOf(text)), since, until)).toBe(open);
  });
});
