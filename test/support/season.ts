/** A made-up season of history with many accounts, owners and findings. The same size always gives the same season. */

import type { Finding, Judgement, RuleId, Severity } from '../../src/audit/finding.ts';
import type { LedgerEntry, LedgerRun } from '../../src/ledger/ledger.ts';
import type { ReportSource } from '../../src/report/report.ts';
import { aDetail, aFinding, aJudgement, anEntry, anEvidence, aSource, NOW } from './findings.ts';

const DAY_MS = 86_400_000;
const DAYS = 90;
const ACCOUNTS = ['111122223333', '222233334444', '333344445555', '444455556666'];
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'];
const TEAMS = ['payments', 'search', 'web', 'data-platform', 'identity', 'billing', 'mobile', 'ml-research'];
const PEOPLE = ['dana', 'lee', 'noor', 'sam', 'ada', 'kim', 'ravi'];
const RULES: readonly (readonly [RuleId, Severity, string])[] = [
  ['instance-untagged', 'medium', 'is missing tags: CostCenter, Owner.'],
  ['instance-untagged', 'medium', 'is missing tags: Environment.'],
  ['instance-unmirrored', 'high', 'is not mirrored: no session on eni-0f1; tmt-0a1b2c3d has room in the same zone.'],
  ['instance-untagged', 'medium', 'has Environment = "production", which is not one of prod, test.'],
  ['mirror-ineffective', 'high', 'has a session that carries nothing: network ACL acl-0c1 rule 90 denies udp 4789.'],
  ['mirror-orphan', 'low', 'is billed and has nothing to mirror: its interface is gone.'],
  ['mirror-rogue', 'critical', 'goes to a target of account 999900001111, which is not ours.'],
];
/** How often each rule occurs among a hundred findings. */
const SHARES = [55, 12, 18, 6, 5, 3, 1];

/** `count` findings on `instances` instances over the 90 days before NOW. About a seventh are still open. */
export function aSeason(count: number, instances: number): ReportSource {
  const entries = Array.from({ length: count }, (_, n) => anEntryOf(n, count, instances));
  return aSource({
    period: { since: new Date(NOW.getTime() - DAYS * DAY_MS), until: NOW },
    entries,
    findings: entries.map((entry) => entry.finding).filter((finding) => finding.status !== 'resolved'),
    judgements: Array.from({ length: instances }, (_, n) => aJudgementOf(n, instances)),
    runs: Array.from({ length: DAYS }, (_, day) => aRunOf(day, instances)),
    load: [
      { trafficMirrorTargetId: 'tmt-0a1b2c3d4e5f60001', sources: 187, capacity: 200 },
      { trafficMirrorTargetId: 'tmt-0a1b2c3d4e5f60002', sources: 100, capacity: 100 },
      { trafficMirrorTargetId: 'tmt-0a1b2c3d4e5f60003', sources: 3120, capacity: null },
    ],
    input: {
      files: 25_920,
      records: 8_412_233,
      bytes: 12_884_901_888,
      sightings: 61_204,
      launches: 21_377,
      skipped: { digest: 2160, insight: 4 },
      rejected: [
        {
          path: 's3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/09/02/x.json.gz',
          reason: 'unexpected end of the gzip stream after 1,204 records',
        },
      ],
    },
    manifest: Array.from({ length: 300 }, (_, n) => ({
      path: `s3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/${n}.json.gz`,
      sha256: hex(n, 64),
      bytes: 48_211 + n,
      records: 310 + n,
    })),
    exemptions: [
      {
        match: 'i-0a1b2c3d4e5f60042',
        rule: 'instance-untagged',
        reason: 'legacy licence server',
        owner: 'dana@example.com',
        expires: '2026-11-28',
      },
      {
        match: 'tag Team=ml-research',
        rule: 'instance-unmirrored',
        reason: 'GPU fleet, mirrored in Q1',
        owner: 'ada@example.com',
        expires: '2027-01-31',
      },
      { match: 'vpc-0sandbox', rule: '*', reason: 'sandbox', owner: 'lee@example.com', expires: '2026-11-01' },
    ],
  });
}

function anEntryOf(n: number, count: number, instances: number): LedgerEntry {
  const [rule, severity, words] = ruleOf(n);
  const instance = (n * 7) % instances;
  const opened = NOW.getTime() - DAYS * DAY_MS + Math.floor((n / count) * DAYS * DAY_MS);
  const lasted = ((n % 37) + 1) * 3_600_000 * (n % 11 === 0 ? 60 : 1);
  const resolved = opened + lasted < NOW.getTime() && n % 9 !== 0;
  const team = TEAMS[instance % TEAMS.length] ?? 'web';
  const name = `${team}-${instance}`;
  const resourceId = `i-${hex(n, 17)}`;
  const region = REGIONS[instance % REGIONS.length] ?? 'eu-west-1';
  const accountId = ACCOUNTS[instance % ACCOUNTS.length] ?? '111122223333';
  const status = resolved ? 'resolved' : n % 53 === 0 ? 'muted' : 'open';
  const exemption = { reason: 'sandbox', owner: 'lee@example.com', expires: '2027-01-31' };
  const finding: Finding = aFinding({
    rule,
    severity,
    status,
    accountId,
    region,
    resourceId,
    reason: `${name} ${words}`,
    owner: `${team}@example.com`,
    detail: aDetail({
      name,
      vpcId: `vpc-${hex(instance % 24, 17)}`,
      exemption: status === 'muted' ? exemption : undefined,
    }),
    firstSeen: new Date(opened).toISOString(),
    lastSeen: new Date(Math.min(NOW.getTime(), opened + lasted)).toISOString(),
    evidence: [
      anEvidence({
        eventID: `${hex(n, 8)}-0d5a-4d63-9f0e-${hex(n, 12)}`,
        eventTime: new Date(opened).toISOString(),
        actor: `${PEOPLE[n % PEOPLE.length]}@example.com (AWSReservedSSO_Developer)`,
        logFile: `s3://trail/AWSLogs/${accountId}/CloudTrail/${region}/2026/11/20/${n >> 3}.json.gz`,
      }),
    ],
    fix: `aws ec2 create-tags --region ${region} --resources ${resourceId} --tags Key=CostCenter,Value=VALUE Key=Owner,Value=VALUE`,
  });
  return anEntry(finding, { openedAt: new Date(opened), resolvedAt: resolved ? new Date(opened + lasted) : null });
}

function ruleOf(n: number): readonly [RuleId, Severity, string] {
  let left = (n * 61) % 100;
  const index = SHARES.findIndex((share) => {
    left -= share;
    return left < 0;
  });
  return RULES[index] ?? ['instance-untagged', 'medium', 'is missing tags: Owner.'];
}

function aJudgementOf(n: number, instances: number): Judgement {
  const unknown = n < instances / 500;
  return aJudgement({
    resourceId: `i-${hex(900_000 + n, 17)}`,
    ...(unknown && { result: 'unknown', reason: 'security groups could not be read: UnauthorizedOperation' }),
  });
}

function aRunOf(day: number, instances: number): LedgerRun {
  const at = new Date(NOW.getTime() - (DAYS - 1 - day) * DAY_MS);
  const rows = (rule: RuleId, share: number): LedgerRun['coverage'] =>
    ACCOUNTS.map((accountId) => {
      const checked = Math.floor(instances / ACCOUNTS.length);
      return { accountId, region: 'eu-west-1', rule, checked, passed: Math.floor(checked * share) };
    });
  const wave = Math.sin(day / 5) * 0.012;
  return {
    at,
    coverage: [
      ...rows('instance-untagged', 0.78 + day * 0.0021 + wave),
      ...rows('instance-unmirrored', 0.66 + day * 0.0033 - wave),
    ],
    inputs: [],
  };
}

function hex(n: number, length: number): string {
  return ((n + 1) * 2_654_435_761).toString(16).padStart(length, 'a0c4e').slice(-length);
}
