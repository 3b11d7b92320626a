/** What every report says of how a finding ended: when, by whom or by what. */

import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import type { LedgerEntry } from '../../../src/ledger/ledger.ts';
import { CLOSED_BY_CONFIGURATION, CLOSED_BY_TIME } from '../../../src/ledger/sight/closed.ts';
import { render } from '../../../src/report/format.ts';
import { FORMATS as LOADERS } from '../../../src/report/formats/registry.ts';
import { aCallFinding, aFinding, anEntry, anEvidence, aReport } from '../../support/findings.ts';

const FORMATS = {
  csv: await LOADERS.csv(),
  html: await LOADERS.html(),
  json: await LOADERS.json(),
  jsonl: await LOADERS.jsonl(),
  markdown: await LOADERS.markdown(),
  table: await LOADERS.table(),
};

const AT = '2026-11-20T11:30:00.000Z';
const SCOPE = '111122223333 eu-west-1';
const started = (actor: string, minute: number) =>
  anEvidence({
    ...{ role: 'resolution', actor, eventName: 'StartLogging', eventID: `started-${actor}` },
    eventTime: `2026-11-20T11:${minute}:00.000Z`,
  });
const ended = (finding: Finding, resolvedBy?: string): LedgerEntry =>
  anEntry(finding, { resolvedAt: new Date(AT), resolvedBy, openSpans: undefined });

const calls = aCallFinding({ resourceId: 'called', status: 'resolved' });
const byCall = { ...calls, evidence: [started('kim', 20), started('erin', 10), ...calls.evidence] };
const repaired = { kind: 'create-session', outcome: 'done', answeredAt: '2026-11-20T11:29:00.000Z' } as const;
const muted = { exemption: { reason: 'a drill', owner: 'kim', expires: '2027-01-31' }, closedBy: CLOSED_BY_TIME };

const TIME = 'by time alone, as no such call was recorded since';
type Row = readonly [how: string, entry: LedgerEntry, resolution: object | undefined, words: string];
const ROWS: readonly Row[] = [
  [
    'by calls',
    ended(byCall, 'erin and kim'),
    { kind: 'call', at: '2026-11-20T11:20:00.000Z', by: 'erin and kim' },
    'by erin (StartLogging, 2026-11-20 11:10 UTC) and kim (StartLogging, 2026-11-20 11:20 UTC) together',
  ],
  [
    'by somebody, as an older version has it',
    ended(aFinding({ status: 'resolved' }), 'dana'),
    { kind: 'call', at: AT, by: 'dana' },
    '2026-11-20 11:30 UTC by dana',
  ],
  [
    'by us',
    ended(aFinding({ status: 'resolved', remediation: repaired })),
    { kind: 'repair', at: repaired.answeredAt },
    '2026-11-20 11:29 UTC by Mirrorwatch',
  ],
  [
    'by a look',
    ended(aFinding({ status: 'resolved' })),
    { kind: 'look', at: AT },
    '2026-11-20 11:30 UTC, as a later look found; no record says by whom',
  ],
  [
    'by time',
    ended(aCallFinding({ status: 'resolved' }), CLOSED_BY_TIME),
    { kind: 'time', at: AT },
    `2026-11-20 11:30 UTC ${TIME}`,
  ],
  [
    'by time, while it was exempt',
    ended(aCallFinding({ status: 'muted', detail: muted }), CLOSED_BY_TIME),
    { kind: 'time', at: AT },
    `2026-11-20 11:30 UTC ${TIME}`,
  ],
  [
    'by the configuration',
    ended(aFinding({ status: 'muted', detail: { closedBy: CLOSED_BY_CONFIGURATION } }), CLOSED_BY_CONFIGURATION),
    { kind: 'configuration', at: AT },
    '2026-11-20 11:30 UTC by our configuration, which no longer judges it',
  ],
  [
    'in a way that no record shows',
    ended(aCallFinding({ status: 'resolved' })),
    { kind: 'unknown', at: AT },
    '2026-11-20 11:30 UTC; no record says by whom',
  ],
];

const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe.each(ROWS)('a finding that ended %s', (_, entry, resolution, words) => {
  const report = aReport({ entries: [entry] });
  const as = (name: keyof typeof FORMATS): string => render(FORMATS[name], report, { showMuted: true });

  it('says so in JSON and JSON lines', () => {
    expect(report.findings).toMatchObject([{ resolution }]);
    expect(JSON.parse(as('json')).findings).toMatchObject([{ resolution }]);
    expect(JSON.parse(as('jsonl'))).toMatchObject({ resolution });
  });

  it('says so in the last columns of CSV, and in words in every format for people', () => {
    const { kind, at, by = '' } = Object(resolution);
    const [head = '', row = ''] = as('csv').split('\r\n');
    expect(head).toMatch(/,event_count,resolved_at,resolved_how,resolved_by,resolution$/);
    expect(row).toContain(`,${at},${kind},${by},`);
    expect(row).toContain(words);
    expect(squeezed(as('table'))).toContain(words);
    expect(as('markdown')).toContain(words);
    expect(as('html')).toContain(words);
  });
});

describe('a finding that did not end', () => {
  it.each([
    ['open', aFinding()],
    ['muted', aFinding({ status: 'muted' })],
  ])('has no resolution (%s)', (_, finding) => {
    const { findings } = aReport({ entries: [anEntry(finding)] });
    expect(findings[0]).not.toHaveProperty('resolution');
  });
});

describe('a report without a ledger', () => {
  it('knows the call that ended a finding from its evidence', () => {
    const { findings } = aReport({ findings: [byCall] });
    expect(findings).toMatchObject([{ resolution: { kind: 'call', by: 'erin and kim' } }]);
  });
});

describe('what time closed', () => {
  const openSpan = { from: new Date('2026-11-18T08:00:00Z'), to: new Date(AT), resolved: true };
  const report = aReport({
    entries: [
      ended({ ...aCallFinding({ status: 'resolved' }), firstSeen: '2026-11-18T08:00:00.000Z' }, CLOSED_BY_TIME),
      anEntry(byCall, { resolvedAt: new Date(AT), resolvedBy: 'kim', openSpans: [openSpan] }),
    ],
  });

  it('is counted apart wherever what was resolved is counted', () => {
    expect(report.summary).toMatchObject({ resolved: 2, closedByTime: 1, remediated: 1 });
    expect(report.summary.trend.at(-1)).toMatchObject({ resolved: 1, closedByTime: 1, open: 0 });
    const html = render(FORMATS.html, report, {});
    expect(html).toContain('2 resolved (1 of them by time alone)');
    expect(html).toContain('<li>1 resolution</li>');
    expect(html).toContain('<li>1 closed by time alone</li>');
    for (const name of ['table', 'markdown'] as const)
      expect(render(FORMATS[name], report, {})).toContain('2 resolved (1 of them by time alone)');
  });

  it('is not listed where it was exempt, unless muted findings are asked for', () => {
    const only = aReport({ entries: [ended(aCallFinding({ status: 'muted', detail: muted }), CLOSED_BY_TIME)] });
    expect(only.findings.map(({ accountId, region }) => `${accountId} ${region}`)).toEqual([SCOPE]);
    for (const name of ['table', 'markdown'] as const) expect(render(FORMATS[name], only, {})).not.toContain(TIME);
  });
});
