import { describe, expect, it } from 'vitest';
import type { FindingStatus } from '../../../src/audit/finding.ts';
import type { Covering } from '../../../src/ledger/looks/covering.ts';
import { withImplied, withLastLook } from '../../../src/ledger/looks/implied.ts';
import { EMPTY_TIMELINE, MAX_FACTS, type Timeline, withFact } from '../../../src/ledger/timeline.ts';

const ASKED = { id: '0123456789abcdef', rule: 'instance-untagged' } as const;

const look = (at: number, parts: Partial<Covering> = {}): Covering => ({
  ...{ at, rules: new Set(['instance-untagged']), except: new Set() },
  ...parts,
});

const timelineOf = (...facts: readonly (readonly [at: number, state: FindingStatus])[]): Timeline =>
  facts.reduce<Timeline>((timeline, [at, state]) => withFact(timeline, { at, state }), EMPTY_TIMELINE);

const factsOf = ({ facts }: Timeline) => facts.map(({ at, state, isImplied }) => [at, state, isImplied === true]);

describe('withImplied', () => {
  const implied = (
    timeline: Timeline,
    [at, state]: readonly [number, FindingStatus],
    looks: readonly Covering[],
    shownFrom = 0,
  ) => factsOf(withImplied(timeline, { at, state }, ASKED, { looks, shownFrom }));

  it.each<[string, Timeline, readonly [number, FindingStatus], readonly Covering[], ReturnType<typeof factsOf>]>([
    ['nothing without looks', timelineOf(), [1, 'open'], [], []],
    ['nothing by a look before it', timelineOf(), [5, 'open'], [look(3)], []],
    ['that it was not there', timelineOf(), [1, 'open'], [look(5), look(9)], [[5, 'resolved', true]]],
    ['nothing by a rule that was not judged', timelineOf(), [1, 'open'], [look(5, { rules: new Set() })], []],
    ['nothing of an exception', timelineOf(), [1, 'open'], [look(5, { except: new Set(['0123456789ab']) })], []],
    [
      'that it was still open',
      timelineOf([1, 'open']),
      [3, 'resolved'],
      [look(5)],
      [
        [1, 'open', false],
        [5, 'open', true],
      ],
    ],
    ['nothing that the fact says too', timelineOf([1, 'open']), [3, 'open'], [look(5)], [[1, 'open', false]]],
    ['nothing behind another fact', timelineOf([4, 'open']), [1, 'open'], [look(5)], [[4, 'open', false]]],
    [
      'at the same moment the heavier state',
      timelineOf([1, 'open']),
      [5, 'muted'],
      [look(5)],
      [
        [1, 'open', false],
        [5, 'open', true],
      ],
    ],
    ['at the same moment not the lighter one', timelineOf(), [5, 'open'], [look(5), look(7)], [[7, 'resolved', true]]],
  ])('says %s', (_, timeline, fact, looks, facts) => {
    expect(implied(timeline, fact, looks)).toEqual(facts);
  });

  it('takes no absence from a look before AWS shows the resource', () => {
    expect(implied(timelineOf(), [1, 'open'], [look(5), look(9)], 6)).toEqual([[9, 'resolved', true]]);
  });

  it('says nothing of a time that is summed up', () => {
    const many = Array.from({ length: 2 * MAX_FACTS }, (_, at) => [at, at % 2 === 0 ? 'open' : 'resolved'] as const);
    const timeline = timelineOf(...many);
    expect(withImplied(timeline, { at: 2.5, state: 'open' }, ASKED, { looks: [look(1000)], shownFrom: 0 })).toBe(
      timeline,
    );
  });
});

describe('withLastLook', () => {
  it('notes by which look a finding was last not there, when it opens', () => {
    const opened = { at: 9, state: 'open' } as const;
    expect(factsOf(withLastLook(timelineOf(), opened, ASKED, look(5)))).toEqual([[5, 'resolved', true]]);
    const before = timelineOf([1, 'open']);
    expect(withLastLook(before, opened, ASKED, look(5))).toBe(before);
    expect(withLastLook(timelineOf(), opened, ASKED, look(9)).facts).toEqual([]);
    const later = timelineOf([7, 'resolved']);
    expect(withLastLook(later, opened, ASKED, look(5))).toBe(later);
  });
});
