/** An in-memory bucket of log files, and messages about them. */

import { gzipSync } from 'node:zlib';
import type { Message } from '../../src/delivery/envelope.ts';
import type { LogStore } from '../../src/delivery/fetch-log.ts';
import { PipelineError } from '../../src/errors.ts';
import { ACCOUNT, REGION } from './inventories.ts';
import { at } from './sightings.ts';

export const BUCKET = 'trail-bucket';

type Json = Readonly<Record<string, unknown>>;

/** A record of a call that dana made `minute` minutes after noon. */
export function aRecord(
  eventName: string,
  minute: number,
  requestParameters: unknown,
  responseElements: unknown,
  more: Json = {},
): Json {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', userName: 'dana', arn: `arn:aws:iam::${ACCOUNT}:user/dana`, accountId: ACCOUNT },
    eventTime: at(minute).toISOString().replace('.000', ''),
    eventSource: 'ec2.amazonaws.com',
    eventName,
    awsRegion: REGION,
    sourceIPAddress: '203.0.113.9',
    userAgent: 'aws-cli/2.31.0',
    requestParameters,
    responseElements,
    eventID: `${eventName}-${minute}`,
    eventType: 'AwsApiCall',
    recipientAccountId: ACCOUNT,
    ...more,
  };
}

/** A launch of one instance with these tags. */
export function aLaunchRecord(
  minute: number,
  instanceId: string,
  tags: Readonly<Record<string, string>> = {},
  more: Json = {},
): Json {
  const items = Object.entries(tags).map(([key, value]) => ({ key, value }));
  const instance = {
    instanceId,
    instanceType: 'm7i.large',
    tagSet: items.length === 0 ? {} : { items },
    networkInterfaceSet: { items: [] },
  };
  return aRecord(
    'RunInstances',
    minute,
    { instancesSet: { items: [{ minCount: 1, maxCount: 1 }] } },
    { reservationId: 'r-1', instancesSet: { items: [instance] } },
    { eventID: `launch-${minute}-${instanceId}`, ...more },
  );
}

/** Tags set on an instance. */
export function aTagRecord(minute: number, instanceId: string, tags: Readonly<Record<string, string>>): Json {
  const items = Object.entries(tags).map(([key, value]) => ({ key, value }));
  return aRecord(
    'CreateTags',
    minute,
    { resourcesSet: { items: [{ resourceId: instanceId }] }, tagSet: { items } },
    { _return: true },
  );
}

/** The key of one of the account's log files, distinguished by its number. */
export function aLogKey(number: number): string {
  return `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2026/03/17/${ACCOUNT}_CloudTrail_${REGION}_20260317T1210Z_${String(number).padStart(16, 'A')}.json.gz`;
}

/** A log store in memory that counts fetches. */
export interface MemoryBucket {
  readonly logs: LogStore;
  /** How often each key was fetched. */
  readonly fetches: ReadonlyMap<string, number>;
  put(key: string, content: Buffer | readonly Json[]): void;
}

/** An empty bucket. */
export function aBucket(): MemoryBucket {
  const objects = new Map<string, Buffer>();
  const fetches = new Map<string, number>();
  return {
    fetches,
    put: (key, content) =>
      void objects.set(key, Buffer.isBuffer(content) ? content : gzipSync(JSON.stringify({ Records: content }))),
    logs: {
      fetch: async ({ bucket, key }, { maxBytes, orBeginning }) => {
        fetches.set(key, (fetches.get(key) ?? 0) + 1);
        const bytes = bucket === BUCKET ? objects.get(key) : undefined;
        if (bytes === undefined)
          throw new PipelineError('log-missing', `s3://${bucket}/${key} does not exist`, {
            key: `s3://${bucket}/${key}`,
          });
        if (bytes.length <= maxBytes) return { bytes, metadata: {} };
        if (!orBeginning) throw new PipelineError('log-too-large', `s3://${bucket}/${key} is too large`);
        return { bytes: bytes.subarray(0, maxBytes), cutFrom: bytes.length, metadata: {} };
      },
      async *list() {
        for (const key of objects.keys()) yield { bucket: BUCKET, key };
      },
      folders: async () => [],
    },
  };
}

/** CloudTrail's own notice, as an SQS queue delivers it with raw message delivery. */
export function aNotice(messageId: string, ...keys: readonly string[]): Message {
  return { messageId, body: JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: keys }) };
}
