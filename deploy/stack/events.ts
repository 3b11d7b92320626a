/** What `respond` is told at once, by EventBridge, and what starts `sweep` and `report`. */

import {
  ACCOUNT_ID,
  arnOf,
  NONE,
  type Resource,
  type Resources,
  ref,
  resource,
  sub,
  type Value,
  when,
} from './intrinsics.ts';
import { allow, assumedBy, policy } from './statements.ts';

/** Events that `respond` gets, tried for an hour; then they wait among the dead letters. */
const toRespond = (
  source: string,
  detailType: string,
  detail: Value,
  attributes: Readonly<Record<string, Value>> = {},
): Resource =>
  resource(
    'AWS::Events::Rule',
    {
      EventPattern: { source: [source], 'detail-type': [detailType], detail },
      Targets: [
        {
          Id: 'respond',
          Arn: arnOf('Respond'),
          DeadLetterConfig: { Arn: arnOf('EventDeadLetters') },
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 10 },
        },
      ],
    },
    attributes,
  );

/** A function that is started by the clock. */
const scheduled = (id: string, expression: string, windowInMinutes: number, input: string): Resource =>
  resource('AWS::Scheduler::Schedule', {
    ScheduleExpression: ref(expression),
    ScheduleExpressionTimezone: ref('ScheduleTimezone'),
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: windowInMinutes },
    Target: {
      Arn: arnOf(id),
      RoleArn: arnOf('ScheduleRole'),
      Input: input,
      DeadLetterConfig: { Arn: arnOf('EventDeadLetters') },
      RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 3 },
    },
  });

/** The calls that change whether an instance is tagged and mirrored. */
const CALLS: readonly Value[] = [
  when('OnLaunch', 'RunInstances', NONE),
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

/** By logical id. */
export const EVENTS: Resources = {
  InstanceRule: toRespond(
    'aws.ec2',
    'EC2 Instance State-change Notification',
    { state: ['running', 'stopped', 'terminated'] },
    { Condition: 'OnLaunch' },
  ),
  // Rules of your own may invoke it too, if their names begin with the stack's.
  RulesInvoke: resource('AWS::Lambda::Permission', {
    FunctionName: ref('Respond'),
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceAccount: ACCOUNT_ID,
    SourceArn: sub('arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${AWS::StackName}-*'),
  }),
  TaskRule: toRespond(
    'aws.ecs',
    'ECS Task State Change',
    { lastStatus: ['RUNNING', 'STOPPED'], launchType: ['FARGATE'] },
    { Condition: 'ForTasks' },
  ),
  SuspicionRule: toRespond(
    'aws.guardduty',
    'GuardDuty Finding',
    { resource: { resourceType: ['Instance', 'ECSCluster'] } },
    { Condition: 'OnSuspicion' },
  ),
  LaunchHookRule: toRespond(
    'aws.autoscaling',
    'EC2 Instance-launch Lifecycle Action',
    { AutoScalingGroupName: [{ wildcard: ref('LaunchHookGroups') }] },
    { Condition: 'OnHook' },
  ),
  CallRule: toRespond('aws.ec2', 'AWS API Call via CloudTrail', {
    eventSource: ['ec2.amazonaws.com'],
    eventName: CALLS,
  }),
  ScheduleRole: resource('AWS::IAM::Role', {
    AssumeRolePolicyDocument: assumedBy('scheduler.amazonaws.com', {
      StringEquals: { 'aws:SourceAccount': ACCOUNT_ID },
    }),
    Policies: [
      {
        PolicyName: 'start',
        PolicyDocument: policy(
          allow('lambda:InvokeFunction', [arnOf('Sweep'), arnOf('Report')]),
          allow('sqs:SendMessage', arnOf('EventDeadLetters')),
        ),
      },
    ],
  }),
  SweepTime: scheduled('Sweep', 'SweepSchedule', 15, '{"mirrorwatch":"sweep","id":"<aws.scheduler.scheduled-time>"}'),
  ReportTime: scheduled('Report', 'ReportSchedule', 5, '{"mirrorwatch":"report"}'),
  // The first sweep, while the stack is created.
  SweepNow: resource(
    'Custom::FirstSweep',
    { ServiceToken: arnOf('Sweep'), ServiceTimeout: 360 },
    { Condition: 'SweepsFirst', DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' },
  ),
};
