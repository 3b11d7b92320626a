/** The queues between the functions, what may send to them, and where what failed waits for two weeks. */

import {
  ACCOUNT_ID,
  arnOf,
  type Resource,
  type Resources,
  ref,
  resource,
  sub,
  type Value,
  when,
} from './intrinsics.ts';
import { allowService, onlyOverTls, policy } from './statements.ts';

/** The longest that SQS keeps anything, in seconds: two weeks. */
const TWO_WEEKS = 1_209_600;

/** Who may send to a queue, besides the roles that their own policies allow. */
const policyOf = (queue: string, ...statements: readonly Value[]): Resource =>
  resource('AWS::SQS::QueuePolicy', {
    Queues: [ref(queue)],
    PolicyDocument: policy(onlyOverTls('sqs:*', '*'), ...statements),
  });

/** Log deliveries come by the trail's topic or from its bucket; repairs go one by one for each account and region; events that failed wait. */
export const QUEUES: Resources = {
  DeliveryDeadLetters: resource('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: TWO_WEEKS }),
  Deliveries: resource('AWS::SQS::Queue', {
    SqsManagedSseEnabled: true,
    VisibilityTimeout: 1800,
    RedrivePolicy: { deadLetterTargetArn: arnOf('DeliveryDeadLetters'), maxReceiveCount: 5 },
    MessageRetentionPeriod: TWO_WEEKS,
  }),
  RemediationDeadLetters: resource('AWS::SQS::Queue', {
    SqsManagedSseEnabled: true,
    QueueName: sub('${AWS::StackName}-remediation-dead-letters.fifo'),
    FifoQueue: true,
    MessageRetentionPeriod: TWO_WEEKS,
  }),
  Remediations: resource('AWS::SQS::Queue', {
    SqsManagedSseEnabled: true,
    QueueName: sub('${AWS::StackName}-remediations.fifo'),
    FifoQueue: true,
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
    VisibilityTimeout: 1800,
    RedrivePolicy: { deadLetterTargetArn: arnOf('RemediationDeadLetters'), maxReceiveCount: 5 },
    MessageRetentionPeriod: TWO_WEEKS,
  }),
  EventDeadLetters: resource('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: TWO_WEEKS }),
  DeliveriesPolicy: policyOf(
    'Deliveries',
    allowService(when('HasTrailTopic', 'sns.amazonaws.com', 's3.amazonaws.com'), 'sqs:SendMessage', '*', {
      ArnEquals: {
        'aws:SourceArn': when(
          'HasTrailTopic',
          when('NewTrail', ref('TrailTopic'), ref('ExistingTrailTopicArn')),
          sub('arn:${AWS::Partition}:s3:::${ExistingTrailBucket}'),
        ),
      },
      StringLikeIfExists: {
        'aws:SourceAccount': when(
          'ExistingTrailNotifies',
          { 'Fn::Select': [4, { 'Fn::Split': [':', sub('${ExistingTrailTopicArn}::::')] }] },
          when('NewTrail', ACCOUNT_ID, ref('ExistingTrailAccount')),
        ),
      },
    }),
  ),
  EventDeadLettersPolicy: policyOf(
    'EventDeadLetters',
    allowService('events.amazonaws.com', 'sqs:SendMessage', '*', {
      StringEquals: { 'aws:SourceAccount': ACCOUNT_ID },
      ArnLike: {
        'aws:SourceArn': sub('arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${AWS::StackName}-*'),
      },
    }),
  ),
  DeliveryDeadLettersPolicy: policyOf('DeliveryDeadLetters'),
  RemediationDeadLettersPolicy: policyOf('RemediationDeadLetters'),
  RemediationsPolicy: policyOf('Remediations'),
  NewTrailSubscription: resource(
    'AWS::SNS::Subscription',
    { TopicArn: ref('TrailTopic'), Protocol: 'sqs', Endpoint: arnOf('Deliveries') },
    { Condition: 'NewTrail' },
  ),
  ExistingTrailSubscription: resource(
    'AWS::SNS::Subscription',
    {
      TopicArn: ref('ExistingTrailTopicArn'),
      Protocol: 'sqs',
      Endpoint: arnOf('Deliveries'),
      Region: { 'Fn::Select': [3, { 'Fn::Split': [':', ref('ExistingTrailTopicArn')] }] },
    },
    { Condition: 'ExistingTrailNotifies' },
  ),
};
