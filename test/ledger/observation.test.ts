import { describe, expect, it } from 'vitest';
import type { Finding, Judgement } from '../../src/audit/finding.ts';
import type { Changes } from '../../src/ledger/ledger.ts';
import { mergedChanges, observationTimes } from '../../src/ledger/observation.ts';
import { aFinding, aJudgement, anEntry } from '../support/findings.ts';
import { at } from '../support/sightings.ts';

const NOW = at(60);
const LOOK = at(10);
const found = aFinding({ lastSeen: LOOK.toISOString() });
const repaired = (answeredAt?: Date): Finding => ({
  ...found,
  status: 'resolved',
  remediation: { kind: 'create-session', outcome: 'done', answeredAt: answeredAt?.toISOString() },
});
const failed: Finding = {
  ...found,
  remediation: { kind: 'create-session', outcome: 'failed', answeredAt: at(20).toISOString() },
};
const justAfterLook = new Date(LOOK.getTime() + 1);

describe('observationTimes', () => {
  it.each<[string, readonly Finding[], Finding, Date]>([
    ['a finding at the look or record that shows it', [found], found, LOOK],
    ['a finding that a later step added in the same way', [], found, LOOK],
    ['a repair when its answer came', [found], repaired(at(20)), at(20)],
    ['a repair without a time at the end of the run', [found], repaired(), NOW],
    ['a repair after the look, even if their clocks disagree', [found], repaired(at(5)), justAfterLook],
    ['a repair after the look, even in the same millisecond', [found], repaired(LOOK), justAfterLook],
    ['a repair that was tried and changed nothing just after the look', [found], failed, justAfterLook],
  ])('dates %s', (_, before, finding, expected) => {
    expect(observationTimes(before, { findings: [finding], judgements: [] }, NOW).get(finding.id)).toEqual(expected);
  });

  it.each<[string, Date, Date]>([
    ['after it, where the clock of another container is ahead', at(20.5), new Date(at(20.5).getTime() + 1)],
    ['when its answer came, where the ledger saw it longer ago', at(15), at(20)],
    ['when its answer came, where the ledger saw it at a time that no clock explains', at(50), at(20)],
  ])('dates a repair of what the ledger knew %s', (_, lastSeen, expected) => {
    const finding = repaired(at(20));
    const known = new Map([[finding.id, anEntry({ ...found, lastSeen: lastSeen.toISOString() })]]);
    expect(observationTimes([found], { findings: [finding], judgements: [] }, NOW, known).get(finding.id)).toEqual(
      expected,
    );
  });

  it.each<[string, Judgement, Date]>([
    ['when it was so', aJudgement({ seenAt: LOOK.toISOString() }), LOOK],
    ['now if it does not say', aJudgement(), NOW],
  ])('dates a judgement %s', (_, judgement, expected) => {
    expect(observationTimes([], { findings: [], judgements: [judgement] }, NOW).get(judgement.id)).toEqual(expected);
  });
});

describe('mergedChanges', () => {
  const changes = (parts: Partial<Changes>): Changes => ({
    opened: [],
    reopened: [],
    resolved: [],
    unchanged: [],
    ...parts,
  });

  it.each<[string, Changes, Changes, Changes]>([
    [
      'lists a finding that was opened and then resolved in both',
      changes({ opened: ['a'] }),
      changes({ resolved: ['a'] }),
      changes({ opened: ['a'], resolved: ['a'] }),
    ],
    [
      'does not call a finding unchanged that was just opened or reopened',
      changes({ opened: ['a'], reopened: ['b'] }),
      changes({ unchanged: ['a', 'b', 'c'] }),
      changes({ opened: ['a'], reopened: ['b'], unchanged: ['c'] }),
    ],
    [
      'keeps what the second observation found besides',
      changes({ unchanged: ['a'] }),
      changes({ opened: ['b'], reopened: ['c'], resolved: ['a'] }),
      changes({ opened: ['b'], reopened: ['c'], resolved: ['a'] }),
    ],
  ])('%s', (_, before, after, expected) => {
    expect(mergedChanges(before, after)).toEqual(expected);
  });
});
