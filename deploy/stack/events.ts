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
import { CALLS, callsPattern, LAUNCH, PATTERNS } from './patterns.ts';
import { allow, assumedBy, policy } from './statements.ts';

/** Events that `respond` gets, tried for an hour; then they wait among the dead letters. `bus` is absent for the account's own events. */
const toRespond = (EventPattern: Value, attributes: Readonly<Record<string, Value>> = {}, bus?: Value): Resource =>
  resource(
    'AWS::Events::Rule',
    {
      ...(bus !== undefined && { EventBusName: bus }),
      EventPattern,
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
const scheduled = (id: string, expression: Value, windowInMinutes: number, input: string): Resource =>
  resource('AWS::Scheduler::Schedule', {
    ScheduleExpression: expression,
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

/** By logical id. */
export const EVENTS: Resources = {
  InstanceRule: toRespond(PATTERNS.instances, { Condition: 'OnLaunch' }),
  // Rules of your own may invoke it too, if their names begin with the stack's.
  RulesInvoke: resource('AWS::Lambda::Permission', {
    FunctionName: ref('Respond'),
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceAccount: ACCOUNT_ID,
    SourceArn: sub('arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${AWS::StackName}-*'),
  }),
  TaskRule: toRespond(PATTERNS.tasks, { Condition: 'ForTasks' }),
  SuspicionRule: toRespond(PATTERNS.suspicions, { Condition: 'OnSuspicion' }),
  LaunchHookRule: toRespond(
    {
      source: ['aws.autoscaling'],
      'detail-type': ['EC2 Instance-launch Lifecycle Action'],
      detail: { AutoScalingGroupName: [{ wildcard: ref('LaunchHookGroups') }] },
    },
    { Condition: 'OnHook' },
  ),
  CallRule: toRespond(callsPattern([when('OnLaunch', LAUNCH, NONE), ...CALLS])),
  // Events of member accounts come to a bus of their own: the default bus takes what this account's services send, and nothing else.
  MemberBus: resource(
    'AWS::Events::EventBus',
    { Name: sub('${AWS::StackName}-members') },
    { Condition: 'HearsMembers' },
  ),
  MemberBusPolicy: resource(
    'AWS::Events::EventBusPolicy',
    {
      EventBusName: ref('MemberBus'),
      StatementId: 'members',
      Statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: arnOf('MemberBus'),
        Condition: { StringEquals: { 'aws:PrincipalOrgID': ref('MemberEventsFrom') } },
      },
    },
    { Condition: 'HearsMembers' },
  ),
  MemberInstanceRule: toRespond(PATTERNS.instances, { Condition: 'HearsLaunches' }, ref('MemberBus')),
  MemberTaskRule: toRespond(PATTERNS.tasks, { Condition: 'HearsTasks' }, ref('MemberBus')),
  MemberSuspicionRule: toRespond(PATTERNS.suspicions, { Condition: 'HearsSuspicions' }, ref('MemberBus')),
  MemberCallRule: toRespond(
    callsPattern([when('OnLaunch', LAUNCH, NONE), ...CALLS]),
    { Condition: 'HearsMembers' },
    ref('MemberBus'),
  ),
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
  SweepTime: scheduled(
    'Sweep',
    ref('SweepSchedule'),
    15,
    '{"mirrorwatch":"sweep","id":"<aws.scheduler.scheduled-time>"}',
  ),
  // Where every trail is silent, no delivery has silence judged.
  SilenceTime: scheduled('Sweep', 'rate(1 hour)', 5, '{"mirrorwatch":"silence"}'),
  ReportTime: scheduled('Report', ref('ReportSchedule'), 5, '{"mirrorwatch":"report"}'),
  // The first sweep, while the stack is created.
  SweepNow: resource(
    'Custom::FirstSweep',
    { ServiceToken: arnOf('Sweep'), ServiceTimeout: 360 },
    { Condition: 'SweepsFirst', DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' },
  ),
};
