import { describe, expect, it } from 'vitest';
import { burstWindow, dueAlerts, groupEntries, isBurst } from '../../src/alert/digest.ts';
import type { Finding } from '../../src/audit/finding.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { aDetail, aFinding, anEntry, anEvidence, NOW } from '../support/findings.ts';

const HOUR_MS = 60 * 60 * 1000;

function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * HOUR_MS);
}

function due(finding: Partial<Finding>, entry: Partial<LedgerEntry> = {}): string {
  const [alert] = dueAlerts([anEntry(aFinding(finding), entry)], { immediate: 'medium' }, NOW);
  return alert?.stage ?? 'nothing';
}

const MAILED = { notified: hoursAgo(1) };
const PENDING = { detail: aDetail({ pendingUntil: '2026-11-20T12:00:01.000Z' }) };
const SETTLED = { detail: aDetail({ pendingUntil: '2026-11-20T12:00:00.000Z' }) };

describe('dueAlerts', () => {
  it.each<[string, Partial<Finding>, Partial<LedgerEntry>, string]>([
    ['a new finding at the threshold', {}, {}, 'notified'],
    ['a new finding above it', { severity: 'critical' }, {}, 'notified'],
    ['a new finding below it', { severity: 'low' }, {}, 'nothing'],
    ['a muted finding', { status: 'muted' }, {}, 'nothing'],
    ['a muted finding that was mailed', { status: 'muted' }, { notified: { notified: hoursAgo(30) } }, 'nothing'],
    ['a pending finding', PENDING, {}, 'nothing'],
    ['a finding whose grace is over', SETTLED, {}, 'notified'],
    ['a finding mailed an hour ago', {}, { notified: MAILED }, 'nothing'],
    ['a finding mailed a day ago, less a minute', {}, { notified: { notified: hoursAgo(23.98) } }, 'nothing'],
    ['a finding mailed a day ago', {}, { notified: { notified: hoursAgo(24) } }, 'reminded-day'],
    ['one reminded after a day', {}, { notified: { notified: hoursAgo(40), 'reminded-day': hoursAgo(16) } }, 'nothing'],
    [
      'a finding mailed a week ago',
      {},
      { notified: { notified: hoursAgo(168), 'reminded-day': hoursAgo(144) } },
      'reminded-week',
    ],
    ['one that nobody looked at for a week', {}, { notified: { notified: hoursAgo(400) } }, 'reminded-week'],
    [
      'one reminded after a week',
      {},
      { notified: { notified: hoursAgo(400), 'reminded-week': hoursAgo(200) } },
      'nothing',
    ],
    ['a resolved finding that was mailed', { status: 'resolved' }, { notified: MAILED }, 'resolved'],
    ['a resolved finding that was never mailed', { status: 'resolved' }, {}, 'nothing'],
    [
      'a resolved finding whose end was mailed',
      { status: 'resolved' },
      { notified: { ...MAILED, resolved: NOW } },
      'nothing',
    ],
  ])('%s', (_name, finding, entry, expected) => {
    expect(due(finding, entry)).toBe(expected);
  });

  it('puts the most urgent first, whatever the order of the entries', () => {
    const entries = (['medium', 'critical', 'high'] as const).map((severity, index) =>
      anEntry(aFinding({ severity, resourceId: `i-${index}` })),
    );
    const severities = dueAlerts(entries, { immediate: 'low' }, NOW).map(({ entry }) => entry.finding.severity);
    expect(severities).toEqual(['critical', 'high', 'medium']);
  });
});

describe('isBurst', () => {
  it.each([
    [50, 0, false],
    [51, 0, true],
    [1, 49, false],
    [1, 50, true],
  ])('%i here and %i elsewhere: %s', (here, elsewhere, expected) => {
    expect(isBurst(here, elsewhere)).toBe(expected);
  });
});

describe('burstWindow', () => {
  it.each([
    ['2026-11-20T12:00:00Z', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20T12:14:59Z', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20T12:15:00Z', '2026-11-20T12:15:00.000Z'],
  ])('%s lies in the quarter of %s', (time, expected) => {
    expect(burstWindow(new Date(time))).toBe(expected);
  });
});

describe('groupEntries', () => {
  it('groups by severity, rule and who did it: severest first, then the largest', () => {
    const by = (actor: string) => ({ evidence: [anEvidence({ actor })] });
    const entries = [
      anEntry(aFinding({ resourceId: 'i-1', ...by('erin') })),
      anEntry(aFinding({ resourceId: 'i-2', ...by('dana') })),
      anEntry(aFinding({ resourceId: 'i-3', ...by('dana') })),
      anEntry(aFinding({ resourceId: 'i-4', rule: 'instance-unmirrored', severity: 'high', ...by('erin') })),
    ];
    const groups = groupEntries(entries).map(({ actor, entries: members }) => [actor, members.length]);
    expect(groups).toEqual([
      ['erin', 1],
      ['dana', 2],
      ['erin', 1],
    ]);
  });

  it('names the newest record as who did it: the last to touch the resource left it so', () => {
    const evidence = [
      anEvidence({ actor: 'erin', eventName: 'DeleteTags', eventTime: '2026-11-20T11:00:00.000Z' }),
      anEvidence({ actor: 'dana', eventTime: '2026-11-20T10:00:00.000Z' }),
    ];
    expect(groupEntries([anEntry(aFinding({ evidence }))])[0]?.actor).toBe('erin');
  });
});
