/** What other stacks and people need to know of this one. */

import { arnOf, join, ref, type Value, when } from './intrinsics.ts';

const JUDGING_ROLES = [arnOf('WatchRole'), arnOf('RespondRole'), arnOf('RemediateRole')];

/** By name. */
export const OUTPUTS: Readonly<Record<string, Value>> = {
  AlertTopicArn: { Description: 'Topic for mails and alarms', Value: ref('AlertTopic') },
  MirrorModeInEffect: { Value: when('MadeConfig', when('Mirroring', ref('MirrorMode'), 'off'), 'own configuration') },
  DeliveriesQueueUrl: { Description: 'Where log deliveries arrive', Value: ref('Deliveries') },
  DeliveriesQueueArn: { Description: 'For notifications of an existing bucket', Value: arnOf('Deliveries') },
  LedgerTable: { Description: 'For --ledger dynamodb://TABLE', Value: ref('Ledger') },
  ReportBucketName: { Description: 'Bucket for reports', Value: ref('ReportBucket') },
  TrailBucketName: {
    Description: 'Bucket with logs',
    Value: when('NewTrail', ref('TrailBucket'), ref('ExistingTrailBucket')),
  },
  FunctionRoleArns: {
    Description: 'Roles the member role trusts',
    Value: join(
      ',',
      when(
        'ImportsFindings',
        [...JUDGING_ROLES, arnOf('SweepRole'), arnOf('ReportRole')],
        [...JUDGING_ROLES, arnOf('SweepRole')],
      ),
    ),
  },
  MemberBusArn: {
    Condition: 'HearsMembers',
    Description: 'The bus that deploy/member-events.json sends to',
    Value: arnOf('MemberBus'),
  },
  RemediateRoleArn: { Description: 'The role that the writing member role trusts', Value: arnOf('RemediateRole') },
};
