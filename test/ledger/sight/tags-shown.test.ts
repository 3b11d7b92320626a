import { describe, expect, it } from 'vitest';
import {
  effectiveFacts,
  namedTogether,
  shownTogether,
  type TagTimes,
  wrongAfter,
} from '../../../src/ledger/sight/tags-shown.ts';
import { currentStateOf, EMPTY_TIMELINE, type Fact, MAX_FACTS, withFact } from '../../../src/ledger/timeline.ts';

const open = (at: number, ...tags: string[]): Fact => ({ at, state: 'open', tags });
const clear = (at: number, shown?: TagTimes): Fact => ({ at, state: 'resolved', shown });
const stateOf = (facts: readonly Fact[]): string | undefined =>
  currentStateOf(facts.reduce(withFact, EMPTY_TIMELINE))?.state;

describe('effectiveFacts', () => {
  it.each<[outcome: 'open' | 'resolved', when: string, facts: readonly Fact[]]>([
    ['open', 'the tag was shown before it was found missing', [open(5, 'Owner'), clear(9, [['Owner', 0]])]],
    ['open', 'the tag was shown in the same moment', [open(5, 'Owner'), clear(9, [['Owner', 5]])]],
    ['resolved', 'the tag was shown after it was found missing', [open(5, 'Owner'), clear(9, [['Owner', 6]])]],
    ['resolved', 'another tag was shown before', [open(5, 'Owner'), clear(9, [['Cost', 0]])]],
    ['resolved', 'all tags are shown at once', [open(5, 'Owner'), clear(9)]],
    [
      'resolved',
      'one all-clear shows the one tag and the next shows the other',
      [
        open(5, 'Cost', 'Owner'),
        clear(7, [
          ['Cost', 7],
          ['Owner', 0],
        ]),
        clear(9, [
          ['Cost', 0],
          ['Owner', 9],
        ]),
      ],
    ],
    ['open', 'the tag went missing again', [open(5, 'Owner'), clear(7), open(8, 'Owner'), clear(9, [['Owner', 7]])]],
    [
      'open',
      'the finding does not say which tag, and one was shown before',
      [
        { at: 5, state: 'open' },
        clear(9, [
          ['Cost', 9],
          ['Owner', 0],
        ]),
      ],
    ],
    ['open', 'the finding was exempted', [{ ...open(5, 'Owner'), state: 'muted' }, clear(9, [['Owner', 0]])]],
  ])('leaves a finding %s when %s', (outcome, _, facts) => {
    const isResolved = outcome === 'resolved';
    for (const order of [facts, facts.toReversed()]) expect(stateOf(order) === 'resolved').toBe(isResolved);
  });

  it('is the same list when no all-clear is about single tags', () => {
    const facts = [open(5, 'Owner'), clear(9)];
    expect(effectiveFacts(facts)).toBe(facts);
  });

  it('keeps what is wrong when older facts are summed up', () => {
    const facts = Array.from({ length: MAX_FACTS + 9 }, (_, index) =>
      index % 2 === 0 ? open(10 * index, 'Owner') : clear(10 * index, [['Owner', 0]]),
    );
    expect(stateOf(facts)).toBe('open');
    expect(
      stateOf([
        ...facts,
        clear(9999, [
          ['Owner', 9999],
          ['Cost', 0],
        ]),
      ]),
    ).toBe('resolved');
  });
});

describe('wrongAfter', () => {
  it('has each tag with the last time at which it was found wrong', () => {
    expect(wrongAfter([open(1, 'Cost', 'Owner'), open(5, 'Owner')])).toEqual([
      ['Cost', 1],
      ['Owner', 5],
    ]);
    expect(
      wrongAfter([
        open(1, 'Cost', 'Owner'),
        clear(5, [
          ['Cost', 5],
          ['Owner', 0],
        ]),
      ]),
    ).toEqual([['Owner', 1]]);
  });
});

describe('two facts of one moment', () => {
  it('show each tag at the later time, and all of them if one of the two does', () => {
    expect(
      shownTogether(
        [['Owner', 1]],
        [
          ['Owner', 5],
          ['Cost', 0],
        ],
      ),
    ).toEqual([
      ['Cost', 0],
      ['Owner', 5],
    ]);
    expect(shownTogether([['Owner', 1]], undefined)).toBeUndefined();
  });

  it('name the tags of both, and none if one of them names none', () => {
    expect(namedTogether(['Owner'], ['Cost', 'Owner'])).toEqual(['Cost', 'Owner']);
    expect(namedTogether(['Owner'], undefined)).toBeUndefined();
  });
});
