/** The events that `respond` works on: those of the stack's own account, and those that members send. */

import type { Value } from './intrinsics.ts';

/** The call that launches instances. */
export const LAUNCH = 'RunInstances';

/** The other calls that change whether an instance is tagged and mirrored. */
export const CALLS: readonly string[] = [
  'CreateTags',
  'DeleteTags',
  'AttachNetworkInterface',
  'CreateTrafficMirrorSession',
  'ModifyTrafficMirrorSession',
  'DeleteTrafficMirrorSession',
  'DeleteTrafficMirrorTarget',
  'DeleteTrafficMirrorFilter',
  'DeleteTrafficMirrorFilterRule',
  'ModifyTrafficMirrorFilterRule',
];

/** Recorded calls on EC2 by these names. */
export const callsPattern = (eventName: readonly Value[]): Value => ({
  source: ['aws.ec2'],
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: { eventSource: ['ec2.amazonaws.com'], eventName },
});

/** Events of other kinds. */
export const PATTERNS = {
  instances: {
    source: ['aws.ec2'],
    'detail-type': ['EC2 Instance State-change Notification'],
    detail: { state: ['running', 'stopped', 'terminated'] },
  },
  tasks: {
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: { lastStatus: ['RUNNING', 'STOPPED'], launchType: ['FARGATE'] },
  },
  suspicions: {
    source: ['aws.guardduty'],
    'detail-type': ['GuardDuty Finding'],
    detail: { resource: { resourceType: ['Instance', 'ECSCluster'] } },
  },
} as const satisfies Readonly<Record<string, Value>>;
