import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingId } from '../../src/audit/finding.ts';
import {
  findingsOfOutcome,
  type History,
  NO_HISTORY,
  toEntry,
  withFinding,
  withJudgement,
} from '../../src/ledger/fold.ts';
import { aFinding, aJudgement, anEvidence } from '../support/findings.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { aDeletion, aModification, aStep } from '../support/plans.ts';

const NO_ACTIONS = { mails: [], outcomes: [] };

type Step = (history: History) => History;

const anObservation: fc.Arbitrary<Step> = fc
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

describe('the fix of an entry', () => {
  const DELETION = 'aws ec2 delete-traffic-mirror-session --region eu-west-1 --traffic-mirror-session-id tms-1';
  const fixKept = (rule: 'mirror-rogue' | 'mirror-orphan', fix: string): string | undefined =>
    toEntry(withFinding(NO_HISTORY, aFinding({ rule, fix }), new Date(0)), NO_ACTIONS)?.finding.fix;

  it('is never the bare deletion of a rogue session, which an older version stored', () => {
    for (const fix of [DELETION, `${DELETION} && ${DELETION}2`]) {
      expect(fixKept('mirror-rogue', fix)).toMatch(/^No command: .*"mirrorwatch audit"/);
      expect(fixKept('mirror-rogue', fix)).not.toContain('delete-traffic-mirror-session');
    }
  });

  it.each<[string, 'mirror-rogue' | 'mirror-orphan', string]>([
    ['words that end with the deletion', 'mirror-rogue', `No command should be run unseen. Delete it: ${DELETION}`],
    ['a redirection of a rogue session of ours', 'mirror-rogue', 'mirrorwatch mirror apply --only i-1'],
    ['the deletion of a session whose source is gone', 'mirror-orphan', DELETION],
  ])('is as stored: %s', (_, rule, fix) => {
    expect(fixKept(rule, fix)).toBe(fix);
  });
});

describe('withFinding and withJudgement', () => {
  it('give the same history for observations in any order, repeated or not', () => {
    const observations = fc
      .array(anObservation, { maxLength: 12 })
      .chain((steps) =>
        fc.tuple(
          fc.constant(steps),
          fc.shuffledSubarray([...steps, ...steps, ...steps], { minLength: 3 * steps.length }),
        ),
      );
    const folded = (steps: readonly Step[]): History => steps.reduce((history, step) => step(history), NO_HISTORY);
    fc.assert(
      fc.property(observations, ([steps, shuffled]) => {
        expect(folded(shuffled)).toEqual(folded(steps));
      }),
    );
  });

  it('survive a round trip through JSON after every step', () => {
    fc.assert(
      fc.property(fc.array(anObservation, { maxLength: 12 }), (steps) => {
        const stored = steps.reduce((history, step) => JSON.parse(JSON.stringify(step(history))), NO_HISTORY);
        const inMemory = steps.reduce((history, step) => step(history), NO_HISTORY);
        expect(toEntry(stored, NO_ACTIONS)).toEqual(toEntry(inMemory, NO_ACTIONS));
      }),
    );
  });
});

describe('toEntry', () => {
  it('reads a row of an older version: its cause was not recorded, its evidence is context, its resolver stays', () => {
    const { cause: _, owner: __, launchedBy: ___, seenBecause: ____, ...content } = aFinding();
    const { role: _____, ...evidence } = anEvidence();
    const older = { ...evidence, eventID: 'older', eventTime: '2026-11-20T09:00:00.000Z' };
    const row = {
      timeline: {
        facts: [
          { at: 1, state: 'open' },
          { at: 5, state: 'resolved', by: 'lee' },
        ],
      },
      latest: { at: 1, content },
      firstSeen: content.firstSeen,
      lastSeen: content.lastSeen,
      evidence: [older, evidence],
    } as const;
    const entry = toEntry(JSON.parse(JSON.stringify(row)), NO_ACTIONS);
    expect(entry).toMatchObject({
      resolvedBy: 'lee',
      finding: {
        cause: { kind: 'unknown', reason: 'it was recorded by an older version' },
        evidence: [
          { ...evidence, role: 'context' },
          { ...older, role: 'context' },
        ],
      },
    });
  });

  it('puts the fields of a finding in the order of its contract', () => {
    const finding = aFinding({ remediation: { kind: 'create-session', outcome: 'done' } });
    const entry = toEntry(withFinding(NO_HISTORY, finding, new Date(0)), NO_ACTIONS);
    expect(Object.keys(entry?.finding ?? {}).join(' ')).toBe(
      'schema id rule severity status accountId region resourceType resourceId reason cause launchedBy owner seenBecause ' +
        'detail firstSeen lastSeen evidence remediation fix',
    );
  });

  it('is null for a resource that only ever passed', () => {
    expect(toEntry(withJudgement(NO_HISTORY, aJudgement(), new Date(0)), NO_ACTIONS)).toBeNull();
  });

  it('counts a finding that was only observed as resolved as opened and resolved at the same time', () => {
    const entry = toEntry(withFinding(NO_HISTORY, aFinding({ status: 'resolved' }), new Date(7)), NO_ACTIONS);
    expect(entry).toMatchObject({ openedAt: new Date(7), resolvedAt: new Date(7), generation: 1 });
  });
});

describe('findingsOfOutcome', () => {
  it.each([
    ['create-session', 'instance-unmirrored', 'i-1', aStep()],
    ['modify-session', 'mirror-ineffective', 'i-1', aModification()],
    ['delete-session', 'mirror-orphan', 'tms-1', aDeletion()],
    ['delete-session', 'mirror-duplicate', 'eni-1', aDeletion()],
  ] as const)('%s concerns %s on %s', (_, rule, resource, step) => {
    const ids = findingsOfOutcome({ step, result: 'done', reason: '' });
    expect(ids).toContain(findingId(rule, ACCOUNT, REGION, resource));
  });
});
