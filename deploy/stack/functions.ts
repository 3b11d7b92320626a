/** The five functions, what each alone may do, and the queues that two of them read. */

import { functionOf } from './function.ts';
import { ACCOUNT_ID, arnOf, join, NONE, type Resources, ref, resource, sub, type Value, when } from './intrinsics.ts';
import { SENSORS } from './sensors.ts';
import { allow } from './statements.ts';

const RECEIVE = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const OURS: Value = { StringEquals: { 'aws:ResourceTag/mirrorwatch:managed': 'true' } };
const SESSIONS = sub('arn:*:ec2:*:${AWS::AccountId}:traffic-mirror-session/*');

/** What those need that judge, mail and hand over repairs. */
const JUDGING: Readonly<Record<string, Value>> = {
  MIRRORWATCH_ALERT_TOPIC_ARN: ref('AlertTopic'),
  MIRRORWATCH_WRITER_ROLE_ARN: arnOf('RemediateRole'),
  MIRRORWATCH_LEDGER_TABLE: ref('Ledger'),
  MIRRORWATCH_REMEDIATION_QUEUE_URL: ref('Remediations'),
  MIRRORWATCH_DELIVERY_QUEUE_URL: ref('Deliveries'),
};

/** Reads the trail, and no more of its bucket than the deliveries name. */
const WATCH = functionOf({
  id: 'Watch',
  description: 'Reads log deliveries: finds, mails, queues repairs',
  memory: 1769,
  loops: true,
  managed: ['CommonPolicy', 'JudgePolicy'],
  may: [
    allow(
      ['s3:GetObject', 's3:GetObjectVersion'],
      sub('arn:*:s3:::${Bucket}/*', { Bucket: when('NewTrail', ref('TrailBucket'), ref('ExistingTrailBucket')) }),
      { StringLikeIfExists: { 'aws:ResourceAccount': when('NewTrail', ACCOUNT_ID, ref('ExistingTrailAccount')) } },
    ),
    when('HasTrailKey', allow('kms:Decrypt', ref('ExistingTrailKeyArn')), NONE),
    allow(RECEIVE, arnOf('Deliveries')),
    allow('sqs:SendMessage', arnOf('Remediations')),
  ],
  variables: { ...JUDGING, MIRRORWATCH_SECURITY_HUB: ref('SecurityHub') },
});

const RESPOND = functionOf({
  id: 'Respond',
  description: 'Handles events: launches, tasks, GuardDuty, API calls',
  memory: 1024,
  retries: true,
  managed: ['CommonPolicy', 'JudgePolicy'],
  may: [allow('sqs:SendMessage', arnOf('Remediations'))],
  variables: JUDGING,
});

/** The only function that changes anything: sessions of ours, towards configured targets, with the configured filter. */
const REMEDIATE = functionOf({
  id: 'Remediate',
  description: 'Changes sessions, one writer per account and region',
  memory: 1024,
  managed: ['CommonPolicy', 'JudgePolicy'],
  may: [
    allow(RECEIVE, arnOf('Remediations')),
    allow('ec2:CreateTrafficMirrorSession', [sub('arn:*:ec2:*:${AWS::AccountId}:network-interface/*'), SESSIONS]),
    allow(['ec2:CreateTrafficMirrorSession', 'ec2:ModifyTrafficMirrorSession'], {
      'Fn::Split': [
        '|',
        sub('arn:*:ec2:*:${AWS::AccountId}:traffic-mirror-filter/*|arn:*:ec2:*:*:traffic-mirror-target/${Ids}', {
          Ids: join(
            '|arn:*:ec2:*:*:traffic-mirror-target/',
            when('MadeConfig', ref('MirrorTargetIds'), ref('ConfigTargetIds')),
          ),
        }),
      ],
    }),
    allow(['ec2:DeleteTrafficMirrorSession', 'ec2:ModifyTrafficMirrorSession'], SESSIONS, OURS),
    allow('ec2:CreateTags', SESSIONS, { StringEquals: { 'ec2:CreateAction': 'CreateTrafficMirrorSession' } }),
    {
      Effect: when('OnHook', 'Allow', 'Deny'),
      Action: 'autoscaling:CompleteLifecycleAction',
      Resource: sub(
        'arn:*:autoscaling:*:${AWS::AccountId}:autoScalingGroup:*:autoScalingGroupName/${LaunchHookGroups}',
      ),
    },
  ],
  variables: JUDGING,
});

/** Says which accounts and regions are due; `watch` looks at them. */
const SWEEP = functionOf({
  id: 'Sweep',
  description: 'Checks whole accounts',
  memory: 1769,
  retries: true,
  managed: ['CommonPolicy'],
  may: [allow('sqs:SendMessage', arnOf('Deliveries'))],
  variables: {
    MIRRORWATCH_LEDGER_TABLE: ref('Ledger'),
    MIRRORWATCH_DELIVERY_QUEUE_URL: ref('Deliveries'),
    MIRRORWATCH_REGIONS: join(',', ref('Regions')),
  },
});

const REPORT = functionOf({
  id: 'Report',
  description: 'Mails the digest and writes the report',
  memory: 1769,
  retries: true,
  managed: ['CommonPolicy'],
  may: [
    allow(['dynamodb:DeleteItem', 'dynamodb:Query'], arnOf('Ledger')),
    allow('kms:GenerateDataKey', arnOf('Key')),
    allow('sns:Publish', ref('AlertTopic')),
    allow('s3:PutObject', sub('${ReportBucket.Arn}/*'), { StringEquals: { 'aws:ResourceAccount': ACCOUNT_ID } }),
  ],
  variables: {
    MIRRORWATCH_ALERT_TOPIC_ARN: ref('AlertTopic'),
    MIRRORWATCH_LEDGER_TABLE: ref('Ledger'),
    MIRRORWATCH_DELIVERY_QUEUE_URL: ref('Deliveries'),
    MIRRORWATCH_REPORT_BUCKET: ref('ReportBucket'),
    MIRRORWATCH_SECURITY_HUB: ref('SecurityHub'),
  },
});

/** A function reads a queue, and says of each message whether it was done. */
const reads = (queue: string, by: string, concurrency: number, rest: Readonly<Record<string, Value>> = {}) =>
  resource('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: arnOf(queue),
    FunctionName: ref(by),
    BatchSize: 10,
    ...rest,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: concurrency },
  });

/** The functions, by their logical ids and those of what belongs to them. */
export const FUNCTIONS: Resources = {
  ...{ ...WATCH, ...RESPOND, ...REMEDIATE, ...SENSORS, ...SWEEP, ...REPORT },
  DeliveriesToWatch: reads('Deliveries', 'Watch', 5, { MaximumBatchingWindowInSeconds: 5 }),
  RemediationsToRemediate: reads('Remediations', 'Remediate', 10),
};
