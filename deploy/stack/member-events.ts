/** What member accounts send to the stack's bus, from each region: a template for a StackSet. `npm run generate` writes it. */

import { ACCOUNT_ID, arnOf, type Resource, ref, resource, type Value } from './intrinsics.ts';
import { CALLS, callsPattern, LAUNCH, PATTERNS } from './patterns.ts';
import { allow, assumedBy, policy } from './statements.ts';

/** EventBridge tries to reach a bus for a day. What is lost then is found by the log files and the next sweep. */
const toBus = (EventPattern: Value): Resource =>
  resource('AWS::Events::Rule', {
    Description: 'Has Mirrorwatch hear of it within seconds',
    EventPattern,
    Targets: [{ Id: 'mirrorwatch', Arn: ref('MemberBusArn'), RoleArn: arnOf('SendRole') }],
  });

/** No resource has a name: the same stack is in every region of an account, where a role's name would be taken. */
export const MEMBER_EVENTS: Readonly<Record<string, Value>> = {
  AWSTemplateFormatVersion: '2010-09-09',
  Description: "Sends what Mirrorwatch reacts to from this account and region to the main stack's bus",
  Parameters: {
    MemberBusArn: {
      Type: 'String',
      AllowedPattern: '^arn:[a-z-]+:events:[a-z0-9-]+:\\d{12}:event-bus/.+$',
      Description: 'The output MemberBusArn of the main stack.',
    },
  },
  Resources: {
    SendRole: resource('AWS::IAM::Role', {
      Description: 'Lets EventBridge send events to Mirrorwatch',
      AssumeRolePolicyDocument: assumedBy('events.amazonaws.com', {
        StringEquals: { 'aws:SourceAccount': ACCOUNT_ID },
      }),
      Policies: [{ PolicyName: 'send', PolicyDocument: policy(allow('events:PutEvents', ref('MemberBusArn'))) }],
    }),
    InstanceRule: toBus(PATTERNS.instances),
    TaskRule: toBus(PATTERNS.tasks),
    SuspicionRule: toBus(PATTERNS.suspicions),
    CallRule: toBus(callsPattern([LAUNCH, ...CALLS])),
  },
};
