/** Builders for findings and reports. Defaults are complete; a test gives only the fields it is about. */

import { CAUSE_NOT_EXAMINED } from '../../src/audit/cause.ts';
import {
  type Finding,
  type FindingDetail,
  type FindingEvidence,
  findingId,
  type Judgement,
} from '../../src/audit/finding.ts';
import type { ScopeLook } from '../../src/audit/gaps/gap.ts';
import type { LedgerEntry, LedgerRun } from '../../src/ledger/ledger.ts';
import { NOTHING_READ, type RunReading } from '../../src/ledger/reading.ts';
import { composeReport, type InputCounts, type Report, type ReportSource } from '../../src/report/report.ts';

export const NOW: Date = new Date('2026-11-20T12:00:00Z');

export function anEvidence(parts: Partial<FindingEvidence> = {}): FindingEvidence {
  return {
    role: 'context',
    eventID: '3f8b2c1e-0d5a-4d63-9f0e-6f1f6d1f0001',
    eventName: 'RunInstances',
    eventTime: '2026-11-20T10:00:00.000Z',
    actor: 'dana@example.com (AWSReservedSSO_Developer)',
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-cli/2.31.0',
    logFile: 's3://trail-bucket/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/a.json.gz',
    ...parts,
  };
}

/** An untagged instance, seen today. The id is derived from rule, account, region and resource unless it is given. */
export function aFinding(parts: Partial<Finding> = {}): Finding {
  const base = {
    rule: 'instance-untagged',
    accountId: '111122223333',
    region: 'eu-west-1',
    resourceId: 'i-0a1b2c3d4e5f60001',
    ...parts,
  } as const;
  return {
    schema: 'mirrorwatch.finding/1',
    severity: 'medium',
    status: 'open',
    resourceType: 'AWS::EC2::Instance',
    reason: 'web-1 is missing tags: CostCenter, Owner.',
    cause: CAUSE_NOT_EXAMINED,
    owner: 'team-web@example.com',
    detail: aDetail(),
    firstSeen: '2026-11-20T10:00:00.000Z',
    lastSeen: '2026-11-20T11:00:00.000Z',
    evidence: [anEvidence()],
    fix: `aws ec2 create-tags --region ${base.region} --resources ${base.resourceId} --tags Key=CostCenter,Value=…`,
    id: findingId(base.rule, base.accountId, base.region, base.resourceId),
    ...base,
  };
}

/** A finding of a rule of the configuration: somebody stopped a trail, three times, the last time two hours ago. */
export function aCallFinding(parts: Partial<Finding> = {}): Finding {
  const newest = anEvidence({
    role: 'cause',
    eventID: '3f8b2c1e-0d5a-4d63-9f0e-6f1f6d1f0009',
    eventName: 'StopLogging',
    actor: 'erin',
  });
  const { eventID, eventName, eventTime, actor } = newest;
  return aFinding({
    rule: 'custom:trail-stopped',
    severity: 'critical',
    resourceType: 'Other',
    resourceId: 'management-events',
    reason: 'arn:aws:iam::111122223333:user/erin stopped the trail management-events (the newest of 3 such calls)',
    cause: { kind: 'call', calls: [{ actor, eventName, eventTime, eventID }] },
    owner: undefined,
    seenBecause: 'StopLogging at 2026-11-20T10:00:00Z',
    detail: { ruleTitle: 'CloudTrail trail stopped', eventCount: 3 },
    firstSeen: '2026-11-20T08:00:00.000Z',
    lastSeen: eventTime,
    evidence: [
      newest,
      anEvidence({ eventName, eventTime: '2026-11-20T09:00:00.000Z', actor: 'dana', sourceIPAddress: '2001:db8::1' }),
    ],
    fix: 'Start the trail again, and look at what the caller did before.',
    ...parts,
  });
}

export function aDetail(parts: Partial<FindingDetail> = {}): FindingDetail {
  return {
    name: 'web-1',
    vpcId: 'vpc-0aaa1111bbbb2222c',
    availabilityZone: 'eu-west-1a',
    missingTags: ['CostCenter', 'Owner'],
    ...parts,
  };
}

/** The judgement that an instance carries its required tags. */
export function aJudgement(parts: Partial<Judgement> = {}): Judgement {
  const base = {
    rule: 'instance-untagged',
    accountId: '111122223333',
    region: 'eu-west-1',
    resourceId: 'i-0a1b2c3d4e5f69999',
    ...parts,
  } as const;
  return {
    resourceType: 'AWS::EC2::Instance',
    result: 'pass',
    reason: 'All required tags are set.',
    id: findingId(base.rule, base.accountId, base.region, base.resourceId),
    ...base,
  };
}

/** The ledger's entry for a finding that was opened once, when it was first seen. */
export function anEntry(finding: Finding = aFinding(), parts: Partial<Omit<LedgerEntry, 'finding'>> = {}): LedgerEntry {
  const openedAt = new Date(finding.firstSeen);
  const resolvedAt = finding.status === 'resolved' ? new Date(finding.lastSeen) : null;
  return { finding, openedAt, resolvedAt, generation: 1, notified: {}, outcomes: [], ...parts };
}

export function aRun(parts: Partial<LedgerRun> = {}): LedgerRun {
  return { at: NOW, coverage: [], inputs: [], ...parts };
}

/** What a run read: nothing, with nothing in its way. */
export function aReading(parts: Partial<RunReading> = {}): RunReading {
  return { ...NOTHING_READ, rejectedCount: parts.rejected?.length ?? 0, looks: [], ...parts };
}

/** A complete look that could read and judge everything. */
export function aLook(parts: Partial<ScopeLook> = {}): ScopeLook {
  return { accountId: '111122223333', region: 'eu-west-1', complete: true, gaps: [], unjudged: {}, ...parts };
}

export function anInput(parts: Partial<InputCounts> = {}): InputCounts {
  return { files: 1, records: 10, bytes: 20_480, sightings: 3, launches: 2, skipped: {}, rejected: [], ...parts };
}

export function aSource(parts: Partial<ReportSource> = {}): ReportSource {
  return {
    generatedAt: NOW,
    toolVersion: '0.1.0',
    configHash: 'c0ffee00c0ffee00',
    input: anInput(),
    findings: [],
    judgements: [],
    entries: [],
    runs: [],
    load: [],
    manifest: [],
    exemptions: [],
    ...parts,
  };
}

export function aReport(parts: Partial<ReportSource> = {}): Report {
  return composeReport(aSource(parts));
}
