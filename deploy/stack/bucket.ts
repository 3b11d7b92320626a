/** A bucket of evidence: encrypted with the stack's key, private, versioned, and locked if that was asked for. */

import { arnOf, KEPT, NONE, type Resource, ref, resource, sub, type Value, when } from './intrinsics.ts';

/** Such a bucket, with its rules of what goes and when. It outlives the stack. */
export function keptBucket(
  lifecycleRules: readonly Value[],
  attributes: Readonly<Record<string, Value>> = {},
): Resource {
  return resource(
    'AWS::S3::Bucket',
    {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arnOf('Key') },
          },
        ],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      VersioningConfiguration: { Status: 'Enabled' },
      LoggingConfiguration: when(
        'LogsAccess',
        { DestinationBucketName: ref('AccessLogBucket'), LogFilePrefix: sub('${AWS::StackName}/') },
        NONE,
      ),
      LifecycleConfiguration: { Rules: lifecycleRules },
      ObjectLockEnabled: when('Locks', true, NONE),
      ObjectLockConfiguration: when(
        'Locks',
        {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: ref('ObjectLockDays') } },
        },
        NONE,
      ),
    },
    { ...KEPT, ...attributes },
  );
}
