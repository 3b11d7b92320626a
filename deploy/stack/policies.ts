/** What several functions may do. The rights of one function alone are with it. */

import { ACCOUNT_ID, arnOf, NONE, type Resources, ref, resource, sub, when } from './intrinsics.ts';
import { allow, policy } from './statements.ts';

/** In accounts that are listed, or of the organization that the functions' own account is in. */
const OF_ORGANIZATION = { StringEqualsIfExists: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' } };
const OF_MEMBERS = when('HasUnits', OF_ORGANIZATION, {
  StringEqualsIfExists: { 'aws:ResourceAccount': ref('MemberAccounts') },
});

/** To go into member accounts. */
const INTO_MEMBERS = [
  allow('sts:AssumeRole', sub('arn:*:iam::*:role/${MemberRoleName}'), OF_MEMBERS),
  when(
    'KeepsExternalId',
    allow('ssm:GetParameter', sub('arn:*:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ExternalIdParameter}')),
    NONE,
  ),
];
const LISTS_ORGANIZATION = when(
  'HasOrganizationRole',
  allow('sts:AssumeRole', ref('OrganizationRoleArn')),
  allow(
    [
      'organizations:ListAccounts',
      'organizations:ListAccountsForParent',
      'organizations:ListOrganizationalUnitsForParent',
    ],
    '*',
  ),
);

/** By whom each is used: all functions; those that judge; those that go into member accounts, reading and writing. */
export const POLICIES: Resources = {
  CommonPolicy: resource('AWS::IAM::ManagedPolicy', {
    PolicyDocument: policy(
      allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem'], arnOf('Ledger')),
      allow('kms:Decrypt', arnOf('Key')),
      allow('sqs:SendMessage', arnOf('EventDeadLetters')),
      when(
        'MadeConfig',
        allow('ssm:GetParameter', sub('arn:*:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ConfigParameter}')),
        allow('s3:GetObject', sub('arn:*:s3:::${ConfigS3Bucket}/${ConfigS3Key}'), {
          StringEquals: { 'aws:ResourceAccount': ACCOUNT_ID },
        }),
      ),
    ),
  }),
  JudgePolicy: resource('AWS::IAM::ManagedPolicy', {
    PolicyDocument: policy(
      allow(
        [
          'ec2:DescribeInstances',
          'ec2:DescribeNetworkAcls',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeRouteTables',
          'ec2:DescribeSecurityGroupRules',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeTrafficMirrorFilters',
          'ec2:DescribeTrafficMirrorSessions',
          'ec2:DescribeTrafficMirrorTargets',
          'ec2:DescribeTransitGatewayVpcAttachments',
          'ec2:DescribeVpcEndpoints',
          'ec2:DescribeVpcPeeringConnections',
          'elasticloadbalancing:DescribeListeners',
          'elasticloadbalancing:DescribeLoadBalancerAttributes',
          'elasticloadbalancing:DescribeLoadBalancers',
        ],
        '*',
      ),
      allow('ec2:GetManagedPrefixListEntries', 'arn:*:ec2:*:*:prefix-list/*'),
      allow('ecs:DescribeTasks', sub('arn:*:ecs:*:${AWS::AccountId}:task/*')),
      allow(['dynamodb:DeleteItem', 'dynamodb:Query'], arnOf('Ledger')),
      allow('kms:GenerateDataKey', arnOf('Key')),
      allow('sns:Publish', when('HasChat', [ref('AlertTopic'), ref('ChatTopicArn')], ref('AlertTopic'))),
      allow('sqs:SendMessage', arnOf('Deliveries')),
    ),
  }),
  // Only sweeps, which watch makes, measure. The figures have no resources.
  MetricsPolicy: resource('AWS::IAM::ManagedPolicy', {
    Roles: [ref('WatchRole')],
    PolicyDocument: policy(allow('cloudwatch:GetMetricData', '*')),
  }),
  EventBusPolicy: resource(
    'AWS::IAM::ManagedPolicy',
    {
      Roles: [ref('WatchRole'), ref('RespondRole'), ref('RemediateRole')],
      PolicyDocument: policy(allow('events:PutEvents', ref('EventBusArn'))),
    },
    { Condition: 'HasEventBus' },
  ),
  SecurityHubPolicy: resource(
    'AWS::IAM::ManagedPolicy',
    {
      Roles: [ref('WatchRole'), ref('ReportRole')],
      PolicyDocument: policy(
        allow(
          'securityhub:BatchImportFindings',
          sub('arn:*:securityhub:*:${AWS::AccountId}:product/${AWS::AccountId}/default'),
        ),
      ),
    },
    { Condition: 'ImportsFindings' },
  ),
  MemberPolicy: resource(
    'AWS::IAM::ManagedPolicy',
    {
      Roles: [ref('WatchRole'), ref('RespondRole'), ref('RemediateRole')],
      PolicyDocument: policy(...INTO_MEMBERS),
    },
    { Condition: 'HasMembers' },
  ),
  ReportMemberPolicy: resource(
    'AWS::IAM::ManagedPolicy',
    { Roles: [ref('ReportRole')], PolicyDocument: policy(...INTO_MEMBERS) },
    { Condition: 'ImportsForMembers' },
  ),
  OrganizationPolicy: resource(
    'AWS::IAM::ManagedPolicy',
    {
      Roles: [ref('WatchRole'), ref('RespondRole'), ref('RemediateRole'), ref('SweepRole')],
      PolicyDocument: policy(LISTS_ORGANIZATION),
    },
    { Condition: 'HasUnits' },
  ),
  ReportOrganizationPolicy: resource(
    'AWS::IAM::ManagedPolicy',
    { Roles: [ref('ReportRole')], PolicyDocument: policy(LISTS_ORGANIZATION) },
    { Condition: 'ImportsForUnits' },
  ),
  RegionsPolicy: resource(
    'AWS::IAM::ManagedPolicy',
    {
      Roles: [ref('SweepRole')],
      PolicyDocument: policy(
        allow('sts:AssumeRole', sub('arn:*:iam::*:role/${MemberRoleName}'), OF_ORGANIZATION),
        allow('account:ListRegions', '*'),
      ),
    },
    { Condition: 'HasUnits' },
  ),
  MemberWritePolicy: resource(
    'AWS::IAM::ManagedPolicy',
    {
      Roles: [ref('RemediateRole')],
      PolicyDocument: policy(allow('sts:AssumeRole', sub('arn:*:iam::*:role/${MemberWriteRoleName}'), OF_MEMBERS)),
    },
    { Condition: 'HasWriteRole' },
  ),
};
