/** A report with every status, several resource types, and the odd values that a machine format must get right. */

import type { Report } from '../../src/report/report.ts';
import { aCall, callBy, calls, configuration, possible } from './causes.ts';
import { aCallFinding, aFinding, aJudgement, anEvidence, aReport } from './findings.ts';

/** Ten findings, three of them of a rule of the configuration, and one judgement of each result, and one of that rule. */
export const mixed: Report = aReport({
  findings: [
    aFinding({ cause: aCall('dana'), launchedBy: 'dana', seenBecause: 'RunInstances' }),
    aFinding({ resourceId: 'i-2', status: 'resolved', cause: calls(callBy('dana'), callBy('erin')) }),
    aFinding({
      resourceId: 'i-3',
      status: 'muted',
      cause: possible('erin'),
      detail: { exemption: { reason: 'r', owner: 'o', expires: '2027-01-01' } },
    }),
    aFinding({
      resourceId: 'tms-1',
      rule: 'mirror-rogue',
      severity: 'critical',
      resourceType: 'AWS::EC2::TrafficMirrorSession',
      firstSeen: '2026-11-20T10:00:00.000Z',
      lastSeen: '2026-11-20T10:00:00.000Z',
    }),
    aFinding({
      resourceId: 's3://trail/a.json.gz',
      rule: 'log-integrity',
      severity: 'critical',
      resourceType: 'AWS::S3::Object',
      evidence: [],
    }),
    aFinding({
      resourceId: 'dana',
      cause: configuration(),
      owner: undefined,
      rule: 'iam-user-after-hours',
      resourceType: 'AWS::IAM::User',
      evidence: [
        anEvidence({ sourceIPAddress: 'cloudformation.amazonaws.com' }),
        anEvidence({ sourceIPAddress: '2001:db8::1' }),
      ],
    }),
    aFinding({
      resourceId: 'arn:aws-cn:ecs:cn-north-1:111122223333:task/c/1',
      region: 'cn-north-1',
      rule: 'instance-unmirrored',
      severity: 'high',
      resourceType: 'AWS::ECS::Task',
    }),
    aCallFinding(),
    aCallFinding({ resourceId: 'other', status: 'resolved', detail: { eventCount: 2, eventCountIsMinimum: true } }),
    aCallFinding({ resourceId: '111122223333', resourceType: 'AWS::Account', status: 'muted', detail: {}, fix: '' }),
  ],
  judgements: [
    aJudgement(),
    aJudgement({ resourceId: 'i-u', result: 'unknown' }),
    aJudgement({ resourceId: 'i-2', result: 'gone' }),
    aJudgement({
      resourceId: 'ended',
      rule: 'custom:trail-stopped',
      resourceType: 'Other',
      reason: 'StartLogging ended it',
    }),
  ],
});
