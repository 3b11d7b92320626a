import { describe, expect, it } from 'vitest';
import { diffReports, renderDiff } from '../../src/report/diff.ts';
import { render } from '../../src/report/format.ts';
import { FORMAT_NAMES, FORMATS } from '../../src/report/formats/registry.ts';
import { table } from '../../src/report/formats/table.ts';
import type { Report } from '../../src/report/report.ts';
import { aCall, callBy, calls, configuration, possible } from '../support/causes.ts';
import {
  aCallFinding,
  aDetail,
  aFinding,
  aJudgement,
  anEntry,
  anEvidence,
  anInput,
  aReport,
  aRun,
  NOW,
} from '../support/findings.ts';

const rogue = aFinding({
  rule: 'mirror-rogue',
  severity: 'critical',
  resourceType: 'AWS::EC2::TrafficMirrorSession',
  resourceId: 'tms-0a1b2c3d4e5f60001',
  reason: 'tms-0a1b2c3d4e5f60001 mirrors web-1 to a target of account 999900001111, which is not ours.',
  cause: aCall('eve@example.com (Admin)', {
    eventName: 'CreateTrafficMirrorSession',
    eventTime: '2026-11-20T09:00:00.000Z',
  }),
  launchedBy: 'dana@example.com (AWSReservedSSO_Developer)',
  seenBecause: 'CreateTrafficMirrorSession at 2026-11-20T09:00:00Z',
  detail: { name: 'web-1' },
  evidence: [
    anEvidence({
      role: 'cause',
      eventName: 'CreateTrafficMirrorSession',
      actor: 'eve@example.com (Admin)',
      eventTime: '2026-11-20T09:00:00.000Z',
    }),
  ],
  fix: 'aws ec2 delete-traffic-mirror-session --region eu-west-1 --traffic-mirror-session-id tms-0a1b2c3d4e5f60001',
});
const unmirrored = aFinding({
  rule: 'instance-unmirrored',
  severity: 'high',
  resourceId: 'i-0a1b2c3d4e5f60002',
  region: 'us-east-1',
  reason: '検索-2 <b>"prod"</b> is not mirrored: tmt-1 is full (200 of 200 sources).',
  cause: possible('erin@example.com', 'the record does not say which source the session was on'),
  detail: aDetail({
    name: '検索-2',
    missingTags: [],
    interfaces: [{ networkInterfaceId: 'eni-1', verdict: 'missing', reason: 'tmt-1 is full' }],
    pendingUntil: '2026-11-20T12:05:00.000Z',
  }),
  remediation: { kind: 'create-session', outcome: 'unplaced', reason: 'no target has room' },
  fix: 'mirrorwatch mirror explain i-0a1b2c3d4e5f60002',
});
const muted = aFinding({
  resourceId: 'i-0a1b2c3d4e5f60003',
  status: 'muted',
  cause: calls(callBy('dana@example.com'), callBy('erin@example.com', { eventName: 'DeleteTags' })),
  detail: aDetail({ name: '=cmd', exemption: { reason: 'sandbox', owner: 'lee@example.com', expires: '2026-11-28' } }),
});
const resolved = aFinding({
  resourceId: 'i-0a1b2c3d4e5f60004',
  status: 'resolved',
  cause: configuration(),
  firstSeen: '2026-11-18T10:00:00.000Z',
  lastSeen: '2026-11-18T13:30:00.000Z',
});

const DAY_MS = 86_400_000;
const history = [3, 2, 1, 0].map((days) =>
  aRun({
    at: new Date(NOW.getTime() - days * DAY_MS),
    coverage: [
      { accountId: '111122223333', region: 'eu-west-1', rule: 'instance-untagged', checked: 40, passed: 38 - days },
      {
        accountId: '111122223333',
        region: 'eu-west-1',
        rule: 'instance-unmirrored',
        checked: 40,
        passed: 39 - 2 * days,
      },
    ],
  }),
);
const report: Report = aReport({
  period: { since: new Date(NOW.getTime() - 3 * DAY_MS), until: NOW },
  findings: [rogue, unmirrored, aFinding(), muted, aCallFinding()],
  judgements: [
    aJudgement(),
    aJudgement({
      resourceId: 'i-0a1b2c3d4e5f60005',
      rule: 'instance-unmirrored',
      result: 'unknown',
      reason: 'network ACLs could not be read: UnauthorizedOperation',
    }),
  ],
  entries: [rogue, unmirrored, aFinding(), muted, aCallFinding()]
    .map((finding) => anEntry(finding))
    .concat(anEntry(resolved, { resolvedBy: 'dana@example.com' })),
  runs: history,
  load: [
    { trafficMirrorTargetId: 'tmt-1', sources: 200, capacity: 200 },
    { trafficMirrorTargetId: 'tmt-2', sources: 12, capacity: null },
  ],
  input: anInput({
    files: 3,
    records: 1204,
    bytes: 5_000_000,
    skipped: { digest: 2 },
    rejected: [{ path: 'logs/b.json.gz', reason: 'the gzip stream ends too early' }],
  }),
  manifest: [
    { path: 'logs/a.json.gz', sha256: 'ab'.repeat(32), bytes: 4096, records: 1204, inflatedBytes: 4_900_000 },
    {
      path: 'logs/b.json.gz',
      sha256: 'cd'.repeat(32),
      bytes: 1024,
      records: 0,
      inflatedBytes: 100_000,
      damage: 'the gzip stream ends too early',
    },
  ],
  exemptions: [
    {
      match: 'i-0a1b2c3d4e5f60003',
      rule: 'instance-untagged',
      reason: 'sandbox',
      owner: 'lee@example.com',
      expires: '2026-11-28',
    },
    { match: 'vpc-0old', rule: '*', reason: 'migration', owner: 'ada@example.com', expires: '2026-11-01' },
  ],
});

/** `npx vitest run test/report/golden.test.ts -u` rewrites the golden files. Read the diff before you commit it. */
describe('a report with everything in it', () => {
  it.each(FORMAT_NAMES)('matches the golden file as %s', async (name) => {
    const format = await FORMATS[name]();
    await expect(render(format, report, { includePass: true })).toMatchFileSnapshot(
      `../golden/report/report.${format.extension}`,
    );
  });

  it('matches the golden file on a narrow terminal, with muted findings', async () => {
    await expect(render(table, report, { columns: 60, showMuted: true })).toMatchFileSnapshot(
      '../golden/report/narrow.txt',
    );
  });

  it('matches the golden file as a diff', async () => {
    const before = { findings: [aFinding(), { ...resolved, status: 'open' as const }] };
    await expect(renderDiff(diffReports(before, report))).toMatchFileSnapshot('../golden/report/diff.txt');
  });
});

describe('an empty report', () => {
  it.each(['table', 'html', 'markdown', 'csv'] as const)('matches the golden file as %s', async (name) => {
    const format = await FORMATS[name]();
    await expect(render(format, aReport(), {})).toMatchFileSnapshot(`../golden/report/nothing.${format.extension}`);
  });
});
