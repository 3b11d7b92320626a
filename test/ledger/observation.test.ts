import { describe, expect, it } from 'vitest';
import type { Finding, Judgement } from '../../src/audit/finding.ts';
import type { Changes } from '../../src/ledger/ledger.ts';
import { mergedChanges, observationTimes, timeBeforeRepair } from '../../src/ledger/observation.ts';
import { aFinding, aJudgement, anEvidence } from '../support/findings.ts';
import { at } from '../support/sightings.ts';

const NOW = at(60);
const EARLIER = at(10);
const recorded = aFinding({ lastSeen: EARLIER.toISOString() });
const live = { ...recorded, evidence: [] };

describe('observationTimes', () => {
  it.each<[string, readonly Finding[], Finding, Date]>([
    ['dates a finding from records at its newest record', [recorded], recorded, EARLIER],
    ['dates a finding from a live look at the look', [live], live, NOW],
    ['dates a repair at the repair, whatever the records say', [recorded], { ...recorded, status: 'resolved' }, NOW],
    ['dates a finding that the audit did not make at now', [], recorded, NOW],
  ])('%s', (_, found, finding, expected) => {
    expect(observationTimes(found, { findings: [finding], judgements: [] }, NOW).get(finding.id)).toEqual(expected);
  });

  it.each<[string, Judgement, Date]>([
    ['a judgement from records at its newest record', aJudgement({ seenAt: EARLIER.toISOString() }), EARLIER],
    ['a judgement from a live look at the look', aJudgement(), NOW],
  ])('dates %s', (_, judgement, expected) => {
    expect(observationTimes([], { findings: [], judgements: [judgement] }, NOW).get(judgement.id)).toEqual(expected);
  });
});

describe('timeBeforeRepair', () => {
  const justBefore = new Date(NOW.getTime() - 1);

  it.each<[string, Partial<Finding>, Date]>([
    ['is the newest record’s time', { evidence: [anEvidence()], lastSeen: EARLIER.toISOString() }, EARLIER],
    ['is just before the repair for a live finding', { evidence: [] }, justBefore],
    ['is before the repair even for a record of the same moment', { lastSeen: NOW.toISOString() }, justBefore],
    ['is before the repair even for a record from the future', { lastSeen: at(90).toISOString() }, justBefore],
  ])('%s', (_, parts, expected) => {
    expect(timeBeforeRepair(aFinding(parts), NOW)).toEqual(expected);
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
