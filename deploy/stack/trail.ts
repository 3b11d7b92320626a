/** The key of everything that is kept, and a trail, unless there is one. */

import { keptBucket } from './bucket.ts';
import { ACCOUNT_ID, arnOf, KEPT, type Resources, ref, resource, sub, when } from './intrinsics.ts';
import { TRAIL_ARN } from './names.ts';
import { allowService, onlyOverTls, policy } from './statements.ts';

/** The key, and the trail with its bucket and topic. */
export const TRAIL: Resources = {
  Key: resource(
    'AWS::KMS::Key',
    {
      Description: sub('Mirrorwatch (${AWS::StackName}): trail, topics, ledger, reports, logs'),
      EnableKeyRotation: true,
      KeyPolicy: policy(
        {
          Effect: 'Allow',
          Principal: { AWS: sub('arn:${AWS::Partition}:iam::${AWS::AccountId}:root') },
          Action: 'kms:*',
          Resource: '*',
        },
        allowService('cloudtrail.amazonaws.com', ['kms:GenerateDataKey*', 'kms:Decrypt', 'kms:DescribeKey'], '*', {
          StringEquals: { 'aws:SourceArn': TRAIL_ARN },
        }),
        allowService('cloudwatch.amazonaws.com', ['kms:GenerateDataKey*', 'kms:Decrypt'], '*', {
          StringEquals: { 'aws:SourceAccount': ACCOUNT_ID },
        }),
        allowService(
          sub('logs.${AWS::Region}.${AWS::URLSuffix}'),
          ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
          '*',
          {
            ArnLike: {
              'kms:EncryptionContext:aws:logs:arn': sub(
                'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${AWS::StackName}-*',
              ),
            },
          },
        ),
      ),
    },
    KEPT,
  ),
  TrailBucket: keptBucket(
    [{ Id: 'abandoned-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }],
    { Condition: 'NewTrail' },
  ),
  TrailBucketPolicy: resource(
    'AWS::S3::BucketPolicy',
    {
      Bucket: ref('TrailBucket'),
      PolicyDocument: policy(
        onlyOverTls('s3:*', [arnOf('TrailBucket'), sub('${TrailBucket.Arn}/*')]),
        allowService('cloudtrail.amazonaws.com', 's3:GetBucketAcl', arnOf('TrailBucket'), {
          StringEquals: { 'aws:SourceArn': TRAIL_ARN },
        }),
        allowService(
          'cloudtrail.amazonaws.com',
          's3:PutObject',
          [
            sub('${TrailBucket.Arn}/AWSLogs/${AWS::AccountId}/*'),
            sub('${TrailBucket.Arn}/AWSLogs/${Owner}/*', {
              Owner: when('OfOrganization', ref('OrganizationId'), ACCOUNT_ID),
            }),
          ],
          { StringEquals: { 'aws:SourceArn': TRAIL_ARN, 's3:x-amz-acl': 'bucket-owner-full-control' } },
        ),
      ),
    },
    { Condition: 'NewTrail' },
  ),
  TrailTopic: resource('AWS::SNS::Topic', { KmsMasterKeyId: ref('Key') }, { Condition: 'NewTrail' }),
  TrailTopicPolicy: resource(
    'AWS::SNS::TopicPolicy',
    {
      Topics: [ref('TrailTopic')],
      PolicyDocument: policy(
        onlyOverTls('sns:Publish', ref('TrailTopic')),
        allowService('cloudtrail.amazonaws.com', 'sns:Publish', ref('TrailTopic'), {
          StringEquals: { 'aws:SourceArn': TRAIL_ARN },
        }),
      ),
    },
    { Condition: 'NewTrail' },
  ),
  Trail: resource(
    'AWS::CloudTrail::Trail',
    {
      TrailName: sub('${AWS::StackName}-trail'),
      IsLogging: true,
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      EnableLogFileValidation: true,
      IsOrganizationTrail: when('OfOrganization', true, false),
      S3BucketName: ref('TrailBucket'),
      SnsTopicName: sub('${TrailTopic.TopicName}'),
      KMSKeyId: arnOf('Key'),
    },
    { Condition: 'NewTrail', DependsOn: ['TrailBucketPolicy', 'TrailTopicPolicy'] },
  ),
};
