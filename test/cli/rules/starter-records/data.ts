/** Records for the starter rules on keys, data and secrets. */

import { call, denied, type StarterCase } from './call.ts';

const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const KEY_ARN = `arn:aws:kms:eu-west-1:111122223333:key/${KEY_ID}`;
const onKey = { resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: KEY_ARN }] };
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:database-0a1b2c';

const blocks = (BlockPublicPolicy: boolean) => ({
  PublicAccessBlockConfiguration: {
    xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/',
    ...{ BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy, RestrictPublicBuckets: true },
  },
});
const blockBucket = (BlockPublicPolicy: boolean) =>
  call(['s3', 'PutBucketPublicAccessBlock'], {
    ...{ publicAccessBlock: '', bucketName: 'reports', Host: 'reports.s3.eu-west-1.amazonaws.com' },
    ...blocks(BlockPublicPolicy),
  });
const blockAccount = (BlockPublicPolicy: boolean) =>
  call(['s3', 'PutAccountPublicAccessBlock'], {
    Host: '111122223333.s3-control.eu-west-1.amazonaws.com',
    ...blocks(BlockPublicPolicy),
  });

type Grantee = { readonly group: string } | { readonly userId: string };

const snapshot = (change: 'add' | 'remove', grantee: Grantee) =>
  call(
    ['ec2', 'ModifySnapshotAttribute'],
    {
      ...{ snapshotId: 'snap-0a1b2c3d4e5f60718', attributeType: 'CREATE_VOLUME_PERMISSION' },
      createVolumePermission: { [change]: { items: [grantee] } },
    },
    { requestId: '11111111-2222-4333-8444-555555555555', _return: true },
  );
const image = (change: 'add' | 'remove', grantee: Grantee) =>
  call(
    ['ec2', 'ModifyImageAttribute'],
    {
      ...{ imageId: 'ami-0a1b2c3d4e5f60718', attributeType: 'launchPermission' },
      launchPermission: { [change]: { items: [grantee] } },
    },
    { requestId: '11111111-2222-4333-8444-555555555555', _return: true },
  );
const database = (change: 'valuesToAdd' | 'valuesToRemove', account: string) =>
  call(['rds', 'ModifyDBSnapshotAttribute'], {
    ...{ dBSnapshotIdentifier: 'orders', attributeName: 'restore', [change]: [account] },
  });
const cluster = (change: 'valuesToAdd' | 'valuesToRemove', account: string) =>
  call(['rds', 'ModifyDBClusterSnapshotAttribute'], {
    ...{ dBClusterSnapshotIdentifier: 'orders', attributeName: 'restore', [change]: [account] },
  });
const everybody = { group: 'all' };
const stranger = { userId: '444455556666' };

const encryption = (action: 'Enable' | 'Disable') =>
  call(
    ['ec2', `${action}EbsEncryptionByDefault`],
    { [`${action}EbsEncryptionByDefaultRequest`]: '' },
    { [`${action}EbsEncryptionByDefaultResponse`]: { ebsEncryptionByDefault: action === 'Enable' } },
  );

const functionUrl = (eventName: string, authType?: string) =>
  call(['lambda', eventName], { functionName: 'orders', ...(authType !== undefined && { authType }) });
const permission = { functionName: 'orders', statementId: 'all', action: 'lambda:InvokeFunction', principal: '*' };

export const DATA: readonly StarterCase[] = [
  {
    rule: 'kms-key-disabled',
    match: call(['kms', 'DisableKey'], { keyId: KEY_ID }, null, onKey),
    miss: call(['kms', 'DisableKeyRotation'], { keyId: KEY_ID }, null, onKey),
    but: 'only the rotation was disabled',
    end: call(['kms', 'EnableKey'], { keyId: KEY_ARN }, null, onKey),
  },
  {
    rule: 'kms-key-deletion-scheduled',
    match: call(
      ['kms', 'ScheduleKeyDeletion'],
      { keyId: KEY_ID, pendingWindowInDays: 7 },
      { keyId: KEY_ARN, keyState: 'PendingDeletion', deletionDate: 'Feb 7, 2026, 12:00:00 AM' },
      onKey,
    ),
    miss: denied(call(['kms', 'ScheduleKeyDeletion'], { keyId: KEY_ID, pendingWindowInDays: 7 }, null, onKey)),
    but: 'it was denied',
    end: call(['kms', 'CancelKeyDeletion'], { keyId: KEY_ARN }, { keyId: KEY_ARN }, onKey),
  },
  {
    rule: 'kms-key-policy-changed',
    match: call(['kms', 'PutKeyPolicy'], { keyId: KEY_ID, policyName: 'default', policy: '{}' }, null, onKey),
    miss: call(['kms', 'GetKeyPolicy'], { keyId: KEY_ID, policyName: 'default' }, null, onKey),
    but: 'the policy was read',
  },
  {
    rule: 's3-bucket-policy-changed',
    match: call(['s3', 'PutBucketPolicy'], {
      ...{ bucketName: 'reports', Host: 'reports.s3.eu-west-1.amazonaws.com', policy: '' },
      bucketPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' }] },
    }),
    miss: call(['s3', 'PutBucketTagging'], {
      ...{ bucketName: 'reports', Host: 'reports.s3.eu-west-1.amazonaws.com', tagging: '' },
    }),
    but: 'only the tags were changed',
  },
  {
    rule: 's3-public-access-block-removed',
    match: blockBucket(false),
    miss: blockBucket(true),
    but: 'everything is blocked',
    end: blockBucket(true),
  },
  {
    rule: 's3-account-public-access-block-removed',
    match: blockAccount(false),
    miss: blockAccount(true),
    but: 'everything is blocked',
    end: blockAccount(true),
  },
  {
    rule: 'ebs-snapshot-public',
    match: snapshot('add', everybody),
    miss: snapshot('remove', everybody),
    but: 'the permission was taken back',
    end: snapshot('remove', everybody),
  },
  {
    rule: 'ebs-snapshot-shared',
    match: snapshot('add', stranger),
    miss: snapshot('remove', stranger),
    but: 'the permission was taken back',
  },
  {
    rule: 'ami-public',
    match: image('add', everybody),
    miss: image('add', stranger),
    but: 'it was shared with one account',
    end: image('remove', everybody),
  },
  {
    rule: 'rds-snapshot-public',
    match: database('valuesToAdd', 'all'),
    miss: database('valuesToAdd', '444455556666'),
    but: 'it was shared with one account',
    end: database('valuesToRemove', 'all'),
  },
  {
    rule: 'rds-cluster-snapshot-public',
    match: cluster('valuesToAdd', 'all'),
    miss: cluster('valuesToRemove', 'all'),
    but: 'the permission was taken back',
    end: cluster('valuesToRemove', 'all'),
  },
  {
    rule: 'ebs-default-encryption-disabled',
    match: encryption('Disable'),
    miss: denied(encryption('Disable')),
    but: 'it was denied',
    end: encryption('Enable'),
  },
  {
    rule: 'secret-deleted',
    match: call(
      ['secretsmanager', 'DeleteSecret'],
      { secretId: 'database', recoveryWindowInDays: 7 },
      { aRN: SECRET, name: 'database', deletionDate: 'Feb 7, 2026, 12:00:00 PM' },
    ),
    miss: call(['secretsmanager', 'PutSecretValue'], { secretId: 'database' }, { aRN: SECRET, name: 'database' }),
    but: 'only its value was changed',
    end: call(['secretsmanager', 'RestoreSecret'], { secretId: SECRET }, { aRN: SECRET, name: 'database' }),
  },
  {
    rule: 'lambda-url-public',
    match: functionUrl('CreateFunctionUrlConfig', 'NONE'),
    miss: functionUrl('CreateFunctionUrlConfig', 'AWS_IAM'),
    but: 'callers need credentials',
    end: functionUrl('DeleteFunctionUrlConfig'),
  },
  {
    rule: 'lambda-permission-public',
    match: call(['lambda', 'AddPermission20150331v2'], permission),
    miss: call(['lambda', 'AddPermission20150331v2'], { ...permission, functionUrlAuthType: 'NONE' }),
    but: 'the permission came with a URL',
  },
];
