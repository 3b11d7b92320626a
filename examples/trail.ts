/**
 * Writes examples/trail: six hours of a trail with its digests, and beside it the public key, as somebody copies them from a bucket. The key that signed them
 * is thrown away, so each run makes other files: `tsx examples/trail.ts`.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aTrail, aTrailKey } from '../test/support/trails.ts';

const FOLDER = join(import.meta.dirname, 'trail');
const START = new Date('2026-03-17T08:00:00Z');
const HOURS = 6;

/** A launch in the middle of the hour. */
function logOf(from: Date): string {
  const hour = from.getUTCHours();
  const instanceId = `i-0a00000000000000${hour.toString(16)}`;
  const record = {
    ...{ eventVersion: '1.11', eventID: `00000000-0000-4000-8000-0000000000${String(hour).padStart(2, '0')}` },
    userIdentity: {
      ...{ type: 'IAMUser', accountId: '111122223333', userName: 'dana' },
      arn: 'arn:aws:iam::111122223333:user/dana',
    },
    ...{ eventTime: new Date(from.getTime() + 25 * 60_000).toISOString().replace('.000Z', 'Z') },
    ...{ eventSource: 'ec2.amazonaws.com', eventName: 'RunInstances', awsRegion: 'eu-west-1' },
    ...{ sourceIPAddress: '203.0.113.9', userAgent: 'aws-cli/2.31.0', eventType: 'AwsApiCall' },
    requestParameters: { instanceType: 'm7i.large', instancesSet: { items: [{ minCount: 1, maxCount: 1 }] } },
    responseElements: { instancesSet: { items: [{ instanceId, vpcId: 'vpc-0a000000000000001' }] } },
    recipientAccountId: '111122223333',
  };
  return JSON.stringify({ Records: [record] });
}

const key = aTrailKey();
const { digests, logs } = aTrail({ bucket: 'example-trail', start: START, hours: HOURS, key, logOf });
rmSync(FOLDER, { recursive: true, force: true });
for (const { key: name, bytes, metadata } of [...digests, ...logs]) {
  const path = join(FOLDER, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  if (metadata !== undefined) writeFileSync(`${path}.metadata.json`, `${JSON.stringify(metadata)}\n`);
}
const PublicKeyList = [
  { ...key.entry, ValidityStartTime: '2026-03-01T00:00:00Z', ValidityEndTime: '2026-04-01T00:00:00Z' },
];
writeFileSync(join(import.meta.dirname, 'trail-keys.json'), `${JSON.stringify({ PublicKeyList }, undefined, 2)}\n`);
