import { describe, expect, it } from 'vitest';
import { dueAlerts, groupEntries } from '../../src/alert/digest.ts';
import type { Finding } from '../../src/audit/finding.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { aCall, configuration, possible, unknown } from '../support/causes.ts';
import { aDetail, aFinding, anEntry, anEvidence, NOW } from '../support/findings.ts';

const HOUR_MS = 60 * 60 * 1000;

function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * HOUR_MS);
}

function due(finding: Partial<Finding>, entry: Partial<LedgerEntry> = {}): string {
  const [alert] = dueAlerts([anEntry(aFinding(finding), entry)], { immediate: 'medium' }, NOW);
  return alert?.stage ?? 'none';
}

const MAILED_AN_HOUR_AGO = { notified: hoursAgo(1) };
const PENDING = { detail: aDetail({ pendingUntil: '2026-11-20T12:00:01.000Z' }) };
const GRACE_OVER = { detail: aDetail({ pendingUntil: '2026-11-20T12:00:00.000Z' }) };

describe('dueAlerts', () => {
  it.each<[string, Partial<Finding>, Partial<LedgerEntry>, string]>([
    ['a new finding at the threshold', {}, {}, 'notified'],
    ['a new finding above the threshold', { severity: 'critical' }, {}, 'notified'],
    ['a new finding below the threshold', { severity: 'low' }, {}, 'none'],
    ['a muted finding', { status: 'muted' }, {}, 'none'],
    ['a muted finding that was mailed before', { status: 'muted' }, { notified: { notified: hoursAgo(30) } }, 'none'],
    ['a pending finding', PENDING, {}, 'none'],
    ['a finding whose grace period just ended', GRACE_OVER, {}, 'notified'],
    ['a finding mailed an hour ago', {}, { notified: MAILED_AN_HOUR_AGO }, 'none'],
    ['a finding mailed just under a day ago', {}, { notified: { notified: hoursAgo(23.98) } }, 'none'],
    ['a finding mailed a day ago', {}, { notified: { notified: hoursAgo(24) } }, 'reminded-day'],
    [
      'a finding with its daily reminder sent',
      {},
      { notified: { notified: hoursAgo(40), 'reminded-day': hoursAgo(16) } },
      'none',
    ],
    [
      'a finding mailed a week ago',
      {},
      { notified: { notified: hoursAgo(168), 'reminded-day': hoursAgo(144) } },
      'reminded-week',
    ],
    [
      'a finding mailed over a week ago whose daily reminder was missed',
      {},
      { notified: { notified: hoursAgo(400) } },
      'reminded-week',
    ],
    [
      'a finding with its weekly reminder sent',
      {},
      { notified: { notified: hoursAgo(400), 'reminded-week': hoursAgo(200) } },
      'none',
    ],
    ['a resolved finding that was mailed', { status: 'resolved' }, { notified: MAILED_AN_HOUR_AGO }, 'resolved'],
    ['a resolved finding that was never mailed', { status: 'resolved' }, {}, 'none'],
    [
      'a resolved finding whose all-clear was mailed',
      { status: 'resolved' },
      { notified: { ...MAILED_AN_HOUR_AGO, resolved: NOW } },
      'none',
    ],
  ])('%s', (_name, finding, entry, expected) => {
    expect(due(finding, entry)).toBe(expected);
  });

  it('returns the most urgent first for any order of the entries', () => {
    const entries = (['medium', 'critical', 'high'] as const).map((severity, index) =>
      anEntry(aFinding({ severity, resourceId: `i-${index}` })),
    );
    const severities = dueAlerts(entries, { immediate: 'low' }, NOW).map(({ entry }) => entry.finding.severity);
    expect(severities).toEqual(['critical', 'high', 'medium']);
  });
});

describe('groupEntries', () => {
  it('groups by severity, rule and proven cause: the most severe first, then the largest', () => {
    const entries = [
      anEntry(aFinding({ resourceId: 'i-1', cause: aCall('erin') })),
      anEntry(aFinding({ resourceId: 'i-2', cause: aCall('dana') })),
      anEntry(aFinding({ resourceId: 'i-3', cause: aCall('dana') })),
      anEntry(aFinding({ resourceId: 'i-4', rule: 'instance-unmirrored', severity: 'high', cause: aCall('erin') })),
    ];
    const groups = groupEntries(entries).map(({ actor, entries: members }) => [actor, members.length]);
    expect(groups).toEqual([
      ['erin', 1],
      ['dana', 2],
      ['erin', 1],
    ]);
  });

  it('keeps those whose cause is not proven together, whoever made the newest call', () => {
    const evidence = [anEvidence({ actor: 'erin', eventName: 'DeleteTags', eventTime: '2026-11-20T11:00:00.000Z' })];
    const entries = [possible('erin'), unknown(), configuration()].map((cause, number) =>
      anEntry(aFinding({ resourceId: `i-${number}`, cause, evidence })),
    );
    expect(groupEntries(entries)).toMatchObject([{ actor: undefined, entries: { length: 3 } }]);
  });
});
