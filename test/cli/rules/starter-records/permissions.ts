/** Records for the starter rules on who may do what. */

import { call, denied, type StarterCase } from './call.ts';

const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const OWN_POLICY = 'arn:aws:iam::111122223333:policy/deployments';
const POLICY_DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';

const trusting = (principal: string) =>
  call(['iam', 'UpdateAssumeRolePolicy'], {
    roleName: 'deploy',
    policyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":${principal},"Action":"sts:AssumeRole"}]}`,
  });

const replaceProfile = call(
  ['ec2', 'ReplaceIamInstanceProfileAssociation'],
  {
    ReplaceIamInstanceProfileAssociationRequest: {
      AssociationId: 'iip-assoc-0a1b2c3d4e5f60718',
      IamInstanceProfile: { Name: 'administrators' },
    },
  },
  {
    ReplaceIamInstanceProfileAssociationResponse: {
      xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/',
      requestId: '11111111-2222-4333-8444-555555555555',
      iamInstanceProfileAssociation: {
        associationId: 'iip-assoc-0a1b2c3d4e5f60719',
        instanceId: 'i-0a1b2c3d4e5f60718',
        state: 'associating',
      },
    },
  },
);

export const PERMISSIONS: readonly StarterCase[] = [
  {
    rule: 'iam-role-policy-changed',
    match: call(['iam', 'AttachRolePolicy'], { roleName: 'deploy', policyArn: ADMINISTRATOR }),
    miss: denied(call(['iam', 'AttachRolePolicy'], null)),
    but: 'it was denied',
  },
  {
    rule: 'iam-user-policy-changed',
    match: call(['iam', 'PutUserPolicy'], { userName: 'erin', policyName: 's3', policyDocument: POLICY_DOCUMENT }),
    miss: call(['iam', 'AddUserToGroup'], { userName: 'erin', groupName: 'developers' }),
    but: 'the user joined a group, whose policy stays',
  },
  {
    rule: 'iam-group-policy-changed',
    match: call(['iam', 'DetachGroupPolicy'], { groupName: 'developers', policyArn: ADMINISTRATOR }),
    miss: call(['iam', 'ListAttachedGroupPolicies'], { groupName: 'developers' }),
    but: 'the policies were listed',
  },
  {
    rule: 'iam-managed-policy-changed',
    match: call(
      ['iam', 'CreatePolicyVersion'],
      { policyArn: OWN_POLICY, policyDocument: POLICY_DOCUMENT, setAsDefault: true },
      { policyVersion: { versionId: 'v2', isDefaultVersion: true } },
    ),
    miss: call(['organizations', 'DeletePolicy'], { policyId: 'p-0a1b2c3d' }),
    but: 'the policy is one of the organization',
  },
  {
    rule: 'iam-managed-policy-created',
    match: call(
      ['iam', 'CreatePolicy'],
      { policyName: 'deployments', policyDocument: POLICY_DOCUMENT },
      { policy: { policyName: 'deployments', policyId: 'ANPAEXAMPLE', arn: OWN_POLICY, attachmentCount: 0 } },
    ),
    miss: call(
      ['organizations', 'CreatePolicy'],
      { name: 'deny-leaving', type: 'SERVICE_CONTROL_POLICY', content: POLICY_DOCUMENT },
      { policy: { policySummary: { id: 'p-0a1b2c3d', name: 'deny-leaving' } } },
    ),
    but: 'the policy is one of the organization',
  },
  {
    rule: 'role-trust-changed',
    match: trusting('{"AWS":"arn:aws:iam::444455556666:root"}'),
    miss: trusting('{"Service":"ec2.amazonaws.com"}'),
    but: 'the role trusts a service alone',
  },
  {
    rule: 'instance-profile-replaced',
    match: replaceProfile,
    miss: denied(replaceProfile),
    but: 'it was denied',
  },
  {
    rule: 'organization-changed',
    match: call(['organizations', 'DetachPolicy'], { policyId: 'p-0a1b2c3d', targetId: '444455556666' }),
    miss: call(['iot', 'DetachPolicy'], {
      policyName: 'sensors',
      target: 'arn:aws:iot:eu-west-1:111122223333:cert/0a1b',
    }),
    but: 'another service has a call of the same name',
  },
  {
    rule: 'organization-left',
    match: call(['organizations', 'LeaveOrganization'], null),
    miss: denied(call(['organizations', 'LeaveOrganization'], null)),
    but: 'it was denied',
  },
];
