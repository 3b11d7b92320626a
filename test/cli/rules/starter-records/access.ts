/** Records for the starter rules on who gets in. */

import { aRecord } from '../../../support/records.ts';
import { byRoot, call, denied, type StarterCase } from './call.ts';

const DANA = {
  type: 'IAMUser',
  principalId: 'AIDACKCEVSQ6C2EXAMPLE',
  arn: 'arn:aws:iam::111122223333:user/dana',
  accountId: '111122223333',
  userName: 'dana',
};

function signIn(outcome: 'Success' | 'Failure', more: Readonly<Record<string, unknown>> = {}) {
  return aRecord({
    ...{ eventSource: 'signin.amazonaws.com', eventName: 'ConsoleLogin', eventType: 'AwsConsoleSignIn' },
    ...{ awsRegion: 'us-east-1', userIdentity: DANA, readOnly: false, managementEvent: true },
    responseElements: { ConsoleLogin: outcome },
    additionalEventData: {
      ...{ LoginTo: 'https://console.aws.amazon.com/console/home', MobileVersion: 'No', MFAUsed: 'No' },
    },
    ...more,
  });
}

/** CloudTrail names the user of a failed sign-in without an ARN. */
function failedSignIn(userName: string, errorMessage: string) {
  const userIdentity = { type: 'IAMUser', accountId: '111122223333', accessKeyId: '', userName };
  return signIn('Failure', { userIdentity, errorMessage });
}

const describeInstances = call(['ec2', 'DescribeInstances'], { instancesSet: {}, filterSet: {} });
const ownKey = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', status: 'Active', createDate: 'Jan 31, 2026, 12:00:00 PM' };
const createOwnKey = call(['iam', 'CreateAccessKey'], null, { accessKey: ownKey });
const createKeyFor = (userName: string) =>
  call(['iam', 'CreateAccessKey'], { userName }, { accessKey: { ...ownKey, userName } });
const mfa = { userName: 'erin', serialNumber: 'arn:aws:iam::111122223333:mfa/erin' };
const passwordPolicy = (minimumPasswordLength: number) =>
  call(['iam', 'UpdateAccountPasswordPolicy'], { minimumPasswordLength, requireSymbols: true, requireNumbers: true });
const session = (target: string) => call(['ssm', 'StartSession'], { target }, { sessionId: 'dana-0a1b2c3d4e5f60718' });

export const ACCESS: readonly StarterCase[] = [
  {
    rule: 'api-call-denied',
    match: denied(describeInstances),
    miss: { ...denied(call(['s3', 'HeadBucket'], { bucketName: 'logs' })), additionalEventData: {} },
    but: 'it is the HeadBucket of the console',
  },
  {
    rule: 'console-sign-in-without-mfa',
    match: signIn('Success'),
    miss: signIn('Success', {
      userIdentity: {
        ...{ type: 'AssumedRole', principalId: 'AROAEXAMPLE:dana', accountId: '111122223333' },
        arn: 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0a1b2c3d4e5f6071/dana',
      },
    }),
    but: 'it is single sign-on, whose MFA AWS does not see',
  },
  {
    rule: 'root-used',
    match: byRoot(describeInstances),
    miss: byRoot(describeInstances, { invokedBy: 'autoscaling.amazonaws.com' }),
    but: 'a service called in its name',
  },
  {
    rule: 'console-sign-in-failed',
    match: failedSignIn('dana', 'Failed authentication'),
    miss: failedSignIn('HIDDEN_DUE_TO_SECURITY_REASONS', 'No username found in supplied account'),
    but: 'there is no such user',
  },
  {
    rule: 'console-password-set',
    match: call(
      ['iam', 'CreateLoginProfile'],
      { userName: 'erin', passwordResetRequired: false },
      { loginProfile: { userName: 'erin', passwordResetRequired: false, createDate: 'Jan 31, 2026, 12:00:00 PM' } },
    ),
    miss: denied(call(['iam', 'CreateLoginProfile'], null)),
    but: 'it was denied',
    end: call(['iam', 'DeleteLoginProfile'], { userName: 'erin' }),
  },
  {
    rule: 'root-access-key-created',
    match: byRoot(createOwnKey),
    miss: byRoot(createKeyFor('erin')),
    but: 'the key is for an IAM user',
  },
  {
    rule: 'access-key-created-for-user',
    match: createKeyFor('erin'),
    miss: createOwnKey,
    but: 'the call names nobody',
  },
  {
    rule: 'mfa-deactivated',
    match: call(['iam', 'DeactivateMFADevice'], mfa),
    miss: call(['iam', 'ResyncMFADevice'], mfa),
    but: 'the device stays',
    end: call(['iam', 'EnableMFADevice'], { ...mfa, serialNumber: 'arn:aws:iam::111122223333:mfa/erin-2' }),
  },
  {
    rule: 'password-policy-weakened',
    match: passwordPolicy(8),
    miss: passwordPolicy(14),
    but: 'passwords have 14 characters',
    end: passwordPolicy(16),
  },
  {
    rule: 'ssm-session-started',
    match: session('i-0a1b2c3d4e5f60718'),
    miss: session('ecs:cluster_0a1b2c3d4e5f60718_0a1b2c3d4e5f60718-111'),
    but: 'it is a session to a container',
  },
];
