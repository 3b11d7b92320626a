/** Trails by CloudTrail, and one byte of what they write by S3. */

import {
  CloudTrailClient,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { TrailEvents, TrailReads, TrailSeen } from '../../pipeline/doctor/reads.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import { bucketOf } from '../s3/bucket-owner.ts';
import type { S3ByRegion } from '../s3/s3-log-store.ts';
import { ask, onceEach } from './ask.ts';

/** Objects to look through for one that is not empty: folders that people make are. */
const LOOKED_AT = 20;

/** Trails with our own credentials. A trail's status is that of its home region, which alone has all of it. */
export function trailReads(
  clients: Clients,
  s3: S3ByRegion,
  bucketOwners: Readonly<Record<string, string>> = {},
): TrailReads {
  const cloudTrail = (region: string): CloudTrailClient => clients.home(CloudTrailClient, region);
  return {
    trails: onceEach(
      (region) => region,
      (region) =>
        ask('DescribeTrails', async () => {
          const { trailList = [] } = await cloudTrail(region).send(
            new DescribeTrailsCommand({ includeShadowTrails: true }),
          );
          return trailList.flatMap((trail) => trailSeen(trail) ?? []);
        }),
    ),
    status: onceEach(
      ({ trailArn }) => trailArn,
      ({ trailArn, homeRegion }) =>
        ask('GetTrailStatus', async () => {
          const status = await cloudTrail(homeRegion).send(new GetTrailStatusCommand({ Name: trailArn }));
          return {
            isLogging: status.IsLogging === true,
            latestDeliveryTime: status.LatestDeliveryTime,
            latestDeliveryError: status.LatestDeliveryError ?? '',
            latestDigestDeliveryTime: status.LatestDigestDeliveryTime,
            latestDigestDeliveryError: status.LatestDigestDeliveryError ?? '',
            latestNotificationTime: status.LatestNotificationTime,
            latestNotificationError: status.LatestNotificationError ?? '',
          };
        }),
    ),
    events: ({ trailArn, homeRegion }) =>
      ask('GetEventSelectors', async () => {
        const answer = await cloudTrail(homeRegion).send(new GetEventSelectorsCommand({ TrailName: trailArn }));
        const { EventSelectors = [], AdvancedEventSelectors = [] } = answer;
        if (AdvancedEventSelectors.length === 0) return eventsOf(EventSelectors);
        const management = AdvancedEventSelectors.map(({ FieldSelectors = [] }) => FieldSelectors).filter((fields) =>
          fields.some(({ Field, Equals = [] }) => Field === 'eventCategory' && Equals.includes('Management')),
        );
        if (management.length === 0) return { writes: 'none' };
        // With no other field, a selector takes every management event.
        return { writes: management.some((fields) => fields.length === 1) ? 'all' : 'some' };
      }),
    bucket: (name, prefix) =>
      ask('ListObjectsV2', async () => {
        const place = bucketOf(name, Object.hasOwn(bucketOwners, name) ? bucketOwners[name] : undefined);
        const Prefix = prefix === '' ? undefined : `${prefix}/`;
        const { Contents = [] } = await s3(undefined).send(
          new ListObjectsV2Command({ ...place, Prefix, MaxKeys: LOOKED_AT }),
        );
        const Key = Contents.find(({ Size = 0 }) => Size > 0)?.Key;
        if (Key === undefined) return 'empty';
        await awsCall('GetObject', {}, async () => {
          const { Body } = await s3(undefined).send(new GetObjectCommand({ ...place, Key, Range: 'bytes=0-0' }));
          await Body?.transformToByteArray();
        });
        return 'readable';
      }),
  };
}

/** A trail without an ARN or a bucket is none that could be asked about. */
function trailSeen(trail: Trail): TrailSeen | undefined {
  const { TrailARN, Name, HomeRegion, S3BucketName, S3KeyPrefix, SnsTopicARN } = trail;
  if (TrailARN === undefined || S3BucketName === undefined) return undefined;
  return {
    trailArn: TrailARN,
    name: Name ?? TrailARN,
    homeRegion: HomeRegion ?? TrailARN.split(':')[3] ?? '',
    s3BucketName: S3BucketName,
    s3KeyPrefix: S3KeyPrefix,
    snsTopicArn: SnsTopicARN,
    isMultiRegion: trail.IsMultiRegionTrail === true,
    isOrganization: trail.IsOrganizationTrail === true,
    validatesLogFiles: trail.LogFileValidationEnabled === true,
  };
}

/** Without selectors a trail records all management events. */
function eventsOf(selectors: readonly EventSelector[]): TrailEvents {
  if (selectors.length === 0) return { writes: 'all' };
  const writing = selectors.filter(
    ({ IncludeManagementEvents = true, ReadWriteType = 'All' }) =>
      IncludeManagementEvents && ReadWriteType !== 'ReadOnly',
  );
  return { writes: writing.length === 0 ? 'none' : 'all' };
}
