import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actorOf } from '../../src/cloudtrail/identity.ts';
import type { CloudTrailRecord } from '../../src/cloudtrail/record.ts';

const by = (userIdentity: unknown, rest: object = {}): CloudTrailRecord =>
  ({ userIdentity, ...rest }) as CloudTrailRecord;

const role = (name: string, session: string, extra: object = {}): object => ({
  type: 'AssumedRole',
  principalId: `AROAEXAMPLE:${session}`,
  arn: `arn:aws:sts::111122223333:assumed-role/${name}/${session}`,
  accountId: '111122223333',
  sessionContext: {
    sessionIssuer: { type: 'Role', userName: name, arn: `arn:aws:iam::111122223333:role/path/${name}` },
  },
  ...extra,
});

describe('actorOf', () => {
  it.each([
    [
      'the root user',
      { type: 'Root', accountId: '111122223333', sessionContext: { sessionIssuer: {} } },
      'root@111122223333',
    ],
    [
      'an IAM user',
      { type: 'IAMUser', userName: 'dana', arn: 'arn:aws:iam::111122223333:user/dana', accessKeyId: '' },
      'dana',
    ],
    ['an IAM user without its name', { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/team/dana' }, 'dana'],
    ['a program in a role', role('deploy', 'botocore-session-1'), 'deploy/botocore-session-1'],
    ['an instance in a role', role('web', 'i-0123456789abcdef0'), 'web/i-0123456789abcdef0'],
    ['a person in a role, by address', role('Admin', 'dana@example.com'), 'dana@example.com (Admin)'],
    [
      'a person from Identity Center',
      role('AWSReservedSSO_Developer_1a2b', 'dana'),
      'dana (AWSReservedSSO_Developer_1a2b)',
    ],
    [
      'a person behind a role, by source identity',
      role('Admin', 'session-7', { sessionContext: { sourceIdentity: 'dana', sessionIssuer: { userName: 'Admin' } } }),
      'dana (Admin)',
    ],
    [
      "a service's own role",
      role('AWSServiceRoleForAutoScaling', 'AutoScaling', { invokedBy: 'autoscaling.amazonaws.com' }),
      'Auto Scaling',
    ],
    [
      'a role in GovCloud',
      { ...role('deploy', 'x'), arn: 'arn:aws-us-gov:sts::111122223333:assumed-role/deploy/x' },
      'deploy/x',
    ],
    [
      'a role with nothing but its ARN',
      { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/ops/dana' },
      'ops/dana',
    ],
    ['a role without a session', { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/ops' }, 'ops'],
    ['an Identity Center user', { type: 'IdentityCenterUser', onBehalfOf: { userId: 'user-1' } }, 'user-1'],
    [
      'a federated user',
      {
        type: 'FederatedUser',
        arn: 'arn:aws:sts::111122223333:federated-user/dana',
        sessionContext: { sessionIssuer: { type: 'IAMUser', userName: 'broker' } },
      },
      'dana (broker)',
    ],
    [
      'a SAML user',
      { type: 'SAMLUser', userName: 'dana', identityProvider: 'idp.example.com' },
      'dana (idp.example.com)',
    ],
    [
      'a web user',
      { type: 'WebIdentityUser', userName: '117', identityProvider: 'accounts.google.com' },
      '117 (accounts.google.com)',
    ],
    ['a service', { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' }, 'Auto Scaling'],
    ['a service without a better name', { type: 'AWSService', invokedBy: 'odd.amazonaws.com' }, 'odd'],
    [
      'another account',
      { type: 'AWSAccount', accountId: '444455556666', principalId: 'AIDAEXAMPLE' },
      'account 444455556666',
    ],
    ['a service event, which has no type', { accountId: '111122223333', invokedBy: 'ec2.amazonaws.com' }, 'EC2'],
    ['AWS itself', { accountId: '111122223333', invokedBy: 'AWS Internal' }, 'AWS'],
    ['a service’s role of type Role', { type: 'Role', invokedBy: 'backup.amazonaws.com' }, 'AWS Backup'],
    ['an unknown type', { type: 'Directory', userName: 'corp' }, 'corp'],
    ['a service without any name', { type: 'AWSService' }, 'an AWS service'],
    ['no identity', undefined, 'an unnamed caller'],
    ['an empty identity', {}, 'an unnamed caller'],
    ['an unknown identity', { type: 'Unknown' }, 'an unnamed caller'],
  ])('names %s', (_who, identity, name) => {
    expect(actorOf(by(identity)).name).toBe(name);
  });

  it('takes an event that no call made for a service’s, though nobody is named', () => {
    expect(actorOf({ eventType: 'AwsServiceEvent' }).name).toBe('an AWS service');
    expect(actorOf({ eventType: 'AwsApiCall' }).name).toBe('an unnamed caller');
  });

  it('includes the account, the ARN and the service that called for the actor', () => {
    const actor = actorOf(by(role('deploy', 'x', { invokedBy: 'cloudformation.amazonaws.com' })));
    expect(actor).toEqual({
      name: 'deploy/x',
      arn: 'arn:aws:sts::111122223333:assumed-role/deploy/x',
      roleArn: 'arn:aws:iam::111122223333:role/path/deploy',
      accountId: '111122223333',
      invokedBy: 'cloudformation.amazonaws.com',
      ours: false,
    });
  });

  it.each([
    ['a role session called mirrorwatch', role('anything', 'mirrorwatch'), true],
    ['a role called mirrorwatch in another session', role('mirrorwatch', 'dana'), false],
    ['a user called mirrorwatch', { type: 'IAMUser', userName: 'mirrorwatch', principalId: 'AIDA:mirrorwatch' }, false],
    ['a session whose name only starts with mirrorwatch', role('x', 'mirrorwatch2'), false],
  ])('recognises our own calls: %s → %s', (_who, identity, ours) => {
    expect(actorOf(by(identity)).ours).toBe(ours);
  });

  it('never throws and always finds a name of at most 200 characters', () => {
    const identity = fc.oneof(
      fc.anything(),
      fc.record(
        {
          type: fc.constantFrom(
            'Root',
            'IAMUser',
            'AssumedRole',
            'AWSService',
            'AWSAccount',
            'FederatedUser',
            'Unknown',
          ),
          arn: fc.oneof(fc.string(), fc.anything()),
          principalId: fc.oneof(fc.string(), fc.anything()),
          userName: fc.oneof(fc.string({ minLength: 190, maxLength: 400 }), fc.anything()),
          accountId: fc.oneof(fc.string(), fc.integer()),
          invokedBy: fc.anything(),
          sessionContext: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(identity, (userIdentity) => {
        const { name } = actorOf(by(userIdentity));
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(200);
      }),
    );
  });
});
