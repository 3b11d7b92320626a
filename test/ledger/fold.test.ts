import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingId } from '../../src/audit/finding.ts';
import {
  alertKey,
  findingsOfOutcome,
  type History,
  NO_HISTORY,
  toEntry,
  withFinding,
  withJudgement,
} from '../../src/ledger/fold.ts';
import { aFinding, aJudgement, anEvidence } from '../support/findings.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { aStep } from '../support/plans.ts';

const NOTHING = { notified: {}, outcomes: [] };

type Step = (history: History) => History;

const aStepOfHistory: fc.Arbitrary<Step> = fc
  .record({
    at: fc.integer({ min: 0, max: 20 }).map((minute) => new Date(Date.UTC(2026, 10, 20, 12, minute))),
    kind: fc.constantFrom('open', 'muted', 'pass', 'gone', 'unknown'),
    words: fc.constantFrom('a', 'b'),
  })
  .map(({ at, kind, words }): Step => {
    const evidence = [anEvidence({ eventID: `${words}-${kind}`, actor: words, eventTime: at.toISOString() })];
    if (kind === 'open' || kind === 'muted') {
      const finding = aFinding({ status: kind, reason: words, evidence, firstSeen: at.toISOString() });
      return (history) => withFinding(history, finding, at);
    }
    return (history) => withJudgement(history, aJudgement({ result: kind as 'pass', evidence }), at);
  });

describe('withFinding and withJudgement', () => {
  it('give the same history for any order of the observations, each told any number of times', () => {
    const told = fc
      .array(aStepOfHistory, { maxLength: 12 })
      .chain((steps) =>
        fc.tuple(
          fc.constant(steps),
          fc.shuffledSubarray([...steps, ...steps, ...steps], { minLength: 3 * steps.length }),
        ),
      );
    const folded = (steps: readonly Step[]): History => steps.reduce((history, step) => step(history), NO_HISTORY);
    fc.assert(
      fc.property(told, ([steps, shuffled]) => {
        expect(folded(shuffled)).toEqual(folded(steps));
      }),
    );
  });

  it('survive being written as JSON between any two', () => {
    fc.assert(
      fc.property(fc.array(aStepOfHistory, { maxLength: 12 }), (steps) => {
        const stored = steps.reduce((history, step) => JSON.parse(JSON.stringify(step(history))), NO_HISTORY);
        const held = steps.reduce((history, step) => step(history), NO_HISTORY);
        expect(toEntry(stored, NOTHING)).toEqual(toEntry(held, NOTHING));
      }),
    );
  });
});

describe('toEntry', () => {
  it('prints a finding in the order of its contract', () => {
    const finding = aFinding({ remediation: { kind: 'create-session', outcome: 'done' } });
    const entry = toEntry(withFinding(NO_HISTORY, finding, new Date(0)), NOTHING);
    expect(Object.keys(entry?.finding ?? {})).toEqual(
      [
        'schema',
        'id',
        'rule',
        'severity',
        'status',
        'accountId',
        'region',
        'resourceType',
        'resourceId',
        'reason',
      ].concat(['detail', 'firstSeen', 'lastSeen', 'evidence', 'remediation', 'fix']),
    );
  });

  it('is null for what was only ever in order', () => {
    expect(toEntry(withJudgement(NO_HISTORY, aJudgement(), new Date(0)), NOTHING)).toBeNull();
  });

  it('takes a finding that was only told as resolved for opened and resolved at once', () => {
    const entry = toEntry(withFinding(NO_HISTORY, aFinding({ status: 'resolved' }), new Date(7)), NOTHING);
    expect(entry).toMatchObject({ openedAt: new Date(7), resolvedAt: new Date(7), generation: 1 });
  });
});

describe('alertKey', () => {
  it.each([
    ['abc:2:reminded-day', { findingId: 'abc', generation: 2, stage: 'reminded-day' }],
    ['abc:2:other', null],
    ['abc:two:notified', null],
    ['', null],
  ])('%s', (key, parts) => {
    expect(alertKey(key)).toEqual(parts);
  });
});

describe('findingsOfOutcome', () => {
  it.each([
    ['create-session', 'instance-unmirrored', 'i-1'],
    ['modify-session', 'mirror-ineffective', 'i-1'],
    ['delete-session', 'mirror-orphan', 'tms-1'],
    ['delete-session', 'mirror-duplicate', 'eni-1'],
  ] as const)('%s concerns %s on %s', (kind, rule, resource) => {
    const step = aStep({ kind, trafficMirrorSessionId: 'tms-1' });
    const ids = findingsOfOutcome({ step, result: 'done', reason: '' });
    expect(ids).toContain(findingId(rule, ACCOUNT, REGION, resource));
  });
});
