/** Builds CloudTrail records in the shapes AWS writes. */

import type { CloudTrailRecord } from '../../src/cloudtrail/record.ts';

/** A successful EC2 call by an IAM user. The given fields replace the defaults. */
export function aRecord(fields: Readonly<Record<string, unknown>> = {}): CloudTrailRecord {
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      userName: 'dana',
      arn: 'arn:aws:iam::111122223333:user/dana',
      accountId: '111122223333',
    },
    eventTime: '2026-01-31T12:00:00Z',
    eventSource: 'ec2.amazonaws.com',
    eventName: 'DescribeInstances',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-cli/2.17',
    requestParameters: null,
    responseElements: null,
    eventID: '11111111-2222-4333-8444-555555555555',
    eventType: 'AwsApiCall',
    eventCategory: 'Management',
    recipientAccountId: '111122223333',
    ...fields,
  } as CloudTrailRecord;
}

/** A RunInstances call that launched these instances, each with one interface. */
export function aLaunch(
  instances: readonly { readonly instanceId: string; readonly tags?: Readonly<Record<string, unknown>> }[],
  fields: Readonly<Record<string, unknown>> = {},
): CloudTrailRecord {
  return aRecord({
    eventName: 'RunInstances',
    requestParameters: { instancesSet: { items: [{ minCount: 1, maxCount: instances.length }] } },
    responseElements: {
      requestId: 'request-1',
      reservationId: 'r-0a',
      instancesSet: {
        items: instances.map(({ instanceId, tags }) => ({
          instanceId,
          imageId: 'ami-0a',
          instanceType: 'm5.large',
          launchTime: 1769860800000,
          placement: { availabilityZone: 'eu-west-1a' },
          subnetId: 'subnet-0a',
          vpcId: 'vpc-0a',
          privateIpAddress: '10.0.0.5',
          tagSet: tags === undefined ? {} : { items: Object.entries(tags).map(([key, value]) => ({ key, value })) },
          networkInterfaceSet: { items: [{ networkInterfaceId: `eni-of-${instanceId}`, tagSet: {} }] },
        })),
      },
    },
    ...fields,
  });
}
