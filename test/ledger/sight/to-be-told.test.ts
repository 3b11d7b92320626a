import { describe, expect, it } from 'vitest';
import { dueAlerts } from '../../../src/alert/digest.ts';
import type { LedgerEntry } from '../../../src/ledger/ledger.ts';
import { isStillToBeTold } from '../../../src/ledger/sight/to-be-told.ts';
import { aFinding, anEntry, anEvidence, NOW } from '../../support/findings.ts';

const RESOLVED = aFinding({ status: 'resolved' });
const DRIFT = aFinding({
  rule: 'instance-unmirrored',
  status: 'resolved',
  remediation: { kind: 'create-session', outcome: 'done' },
  evidence: [anEvidence({ eventName: 'DeleteTrafficMirrorSession' })],
});

describe('isStillToBeTold', () => {
  it.each<[string, LedgerEntry, boolean]>([
    ['resolved after a mail', anEntry(RESOLVED, { notified: { notified: NOW } }), true],
    ['resolved after a mail, and mailed', anEntry(RESOLVED, { notified: { notified: NOW, resolved: NOW } }), false],
    ['resolved before any mail', anEntry(RESOLVED), false],
    ['an incident that we repaired before any mail', anEntry(DRIFT), true],
    ['such an incident, mailed', anEntry(DRIFT, { notified: { resolved: NOW } }), false],
    ['open', anEntry(aFinding(), { notified: { notified: NOW } }), false],
    ['muted', anEntry(aFinding({ status: 'muted' }), { notified: { notified: NOW } }), false],
  ])('for a finding that is %s', (_, entry, expected) => {
    expect(isStillToBeTold(entry)).toBe(expected);
    expect(dueAlerts([entry], { immediate: 'low' }, NOW).some(({ stage }) => stage === 'resolved')).toBe(expected);
  });
});
