/** What is told and what is kept: the topic of the mails, the ledger, the reports, the configuration. */

import { keptBucket } from './bucket.ts';
import { ACCOUNT_ID, arnOf, join, KEPT, type Resources, ref, resource, sub, when } from './intrinsics.ts';
import { allowService, onlyOverTls, policy } from './statements.ts';

/** The accounts that are listed, after our own. */
const MEMBERS = when('ListsMembers', sub(',"${Listed}"', { Listed: join('","', ref('MemberAccounts')) }), '');

/** The topic, the ledger and the reports outlive the functions; the configuration is made of the parameters unless you have one. */
export const STORAGE: Resources = {
  AlertTopic: resource('AWS::SNS::Topic', { DisplayName: 'Mirrorwatch', KmsMasterKeyId: ref('Key') }),
  AlertTopicPolicy: resource('AWS::SNS::TopicPolicy', {
    Topics: [ref('AlertTopic')],
    PolicyDocument: policy(
      onlyOverTls('sns:Publish', ref('AlertTopic')),
      allowService('cloudwatch.amazonaws.com', 'sns:Publish', ref('AlertTopic'), {
        StringEquals: { 'aws:SourceAccount': ACCOUNT_ID },
        ArnLike: {
          'aws:SourceArn': sub(
            'arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-*',
          ),
        },
      }),
    ),
  }),
  AlertSubscription: resource(
    'AWS::SNS::Subscription',
    { TopicArn: ref('AlertTopic'), Protocol: 'email', Endpoint: ref('AlertEmail') },
    { Condition: 'HasEmail' },
  ),
  Ledger: resource(
    'AWS::DynamoDB::Table',
    {
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: arnOf('Key') },
    },
    KEPT,
  ),
  ReportBucket: keptBucket([
    {
      Id: 'old-reports',
      Status: 'Enabled',
      ExpirationInDays: ref('ReportRetentionDays'),
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    },
  ]),
  ReportBucketPolicy: resource('AWS::S3::BucketPolicy', {
    Bucket: ref('ReportBucket'),
    PolicyDocument: policy(onlyOverTls('s3:*', [arnOf('ReportBucket'), sub('${ReportBucket.Arn}/*')])),
  }),
  ConfigParameter: resource(
    'AWS::SSM::Parameter',
    {
      Name: sub('/${AWS::StackName}/config'),
      Type: 'String',
      Tier: 'Intelligent-Tiering',
      Value: sub(
        '{"region":"${AWS::Region}","alertTopicArn":"${AlertTopic}","requiredTags":[${Tags}],"graceSeconds":${GraceSeconds},"alerts":{"immediate":"${AlertImmediate}","digest":"${AlertDigest}"${Structure}${Chat}${Bus}},"trail":{"buckets":[${Bucket}],"topics":[${Topics}],"accounts":${Accounts}}${Organization}${AssumeRole}${Mirroring}}',
        {
          Tags: when('HasTags', sub('"${Keys}"', { Keys: join('","', ref('RequiredTags')) }), ''),
          Structure: when('MailsData', ',"messageStructure":"json"', ''),
          Chat: when('HasChat', sub(',"chatTopicArn":"${ChatTopicArn}"'), ''),
          Bus: when('HasEventBus', sub(',"eventBusName":"${EventBusArn}"'), ''),
          Bucket: when(
            'NewTrail',
            sub('{"name":"${TrailBucket}","accountId":"${AWS::AccountId}"}'),
            sub('"${ExistingTrailBucket}"'),
          ),
          Topics: when(
            'HasTrailTopic',
            sub('"${Topic}"', { Topic: when('NewTrail', ref('TrailTopic'), ref('ExistingTrailTopicArn')) }),
            '',
          ),
          Accounts: when('HasUnits', '"organization"', sub('["${AWS::AccountId}"${Members}]', { Members: MEMBERS })),
          Organization: when(
            'HasUnits',
            sub(',"organization":{"include":["${Units}","${AWS::AccountId}"${Members}]${Regions}${Role}}', {
              Units: join('","', ref('MemberUnits')),
              Members: MEMBERS,
              Regions: when('HasRegions', sub(',"regions":["${Names}"]', { Names: join('","', ref('Regions')) }), ''),
              Role: when('HasOrganizationRole', sub(',"roleArn":"${OrganizationRoleArn}"'), ''),
            }),
            '',
          ),
          AssumeRole: when(
            'HasMembers',
            sub(',"assumeRole":{"roleName":"${MemberRoleName}"${Write}${ExternalId}}', {
              Write: when('HasWriteRole', sub(',"writeRoleName":"${MemberWriteRoleName}"'), ''),
              ExternalId: when(
                'KeepsExternalId',
                sub(',"externalIdParameter":"${ExternalIdParameter}"'),
                when('HasExternalId', sub(',"externalId":"${MemberExternalId}"'), ''),
              ),
            }),
            '',
          ),
          Mirroring: when(
            'Mirroring',
            sub(
              ',"mirroring":{"mode":"${MirrorMode}","filterId":"${MirrorFilterId}","targets":["${Targets}"],"fargate":${EnableForFargate},"localZoneOnly":${MirrorLocalZoneOnly},"cleanup":${MirrorCleanup}}',
              { Targets: join('","', ref('MirrorTargetIds')) },
            ),
            '',
          ),
        },
      ),
    },
    { Condition: 'MadeConfig' },
  ),
};
