/** CloudTrail's part of a stack: files in its trail bucket, and notices on its trail topic. */

import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Scenario } from './lab.ts';
import { query, type Stack } from './stack.ts';

type Json = Readonly<Record<string, unknown>>;

const second = (): string => new Date().toISOString().replace(/\.\d+/, '');

/** An EC2 call's record, as of now. */
export function aCall(
  { accountId, region }: Scenario,
  eventName: string,
  userName: string,
  requestParameters: Json,
  responseElements: Json,
): Json {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', userName, arn: `arn:aws:iam::${accountId}:user/${userName}`, accountId },
    eventTime: second(),
    eventSource: 'ec2.amazonaws.com',
    eventName,
    awsRegion: region,
    sourceIPAddress: '203.0.113.9',
    userAgent: 'aws-cli/2.31.0',
    requestParameters,
    responseElements,
    eventID: crypto.randomUUID(),
    eventType: 'AwsApiCall',
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
}

/** A log file with these records, as CloudTrail compresses it. */
export function aLogFile(records: readonly Json[]): Buffer {
  return gzipSync(JSON.stringify({ Records: records }));
}

/** Puts files where CloudTrail would, and tells the trail's topic about each. Returns their keys. */
export async function deliverLogs(
  stack: Stack,
  { accountId, region }: Scenario,
  files: readonly Buffer[],
): Promise<readonly string[]> {
  const s3 = new S3Client({ region, forcePathStyle: true });
  const Bucket = stack.id('TrailBucket');
  const keys: string[] = [];
  for (const Body of files) {
    const time = second();
    const stamp = time.replaceAll(/[-:]/g, '').slice(0, 13);
    const unique = crypto.randomUUID().replaceAll('-', '').slice(0, 16);
    const folder = `AWSLogs/${accountId}/CloudTrail/${region}/${time.slice(0, 10).replaceAll('-', '/')}`;
    const Key = `${folder}/${accountId}_CloudTrail_${region}_${stamp}Z_${unique}.json.gz`;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    const Message = JSON.stringify({ s3Bucket: Bucket, s3ObjectKey: [Key] });
    await query('sns', { Action: 'Publish', TopicArn: stack.id('TrailTopic'), Message });
    keys.push(Key);
  }
  return keys;
}
