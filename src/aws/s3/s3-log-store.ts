/** Reads log objects from S3. */

import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { type FetchedLog, type FetchOptions, type LogStore, MOST_BEGINNING_BYTES } from '../../delivery/fetch-log.ts';
import type { LogObject } from '../../delivery/notification.ts';
import { AwsCallError, messageOf, PipelineError } from '../../errors.ts';
import { faultOf } from '../call.ts';
import type { Clients } from '../clients.ts';
import { isSilence, secondsOf, timeoutError } from '../http/limits.ts';
import { type BucketOf, bucketCall, bucketOf } from './bucket-owner.ts';

/** The client for a bucket's region. An unknown region is served by the home region, from where S3 redirects. */
export type S3ByRegion = (region: string | undefined) => S3Client;

/** Clients by region. `pathStyle` addresses buckets by path, which endpoints other than AWS need. */
export function s3ByRegion(clients: Clients, homeRegion: string, pathStyle: boolean): S3ByRegion {
  const options = {
    followRegionRedirects: true,
    forcePathStyle: pathStyle,
    // Abandoning a half-read body would raise an unhandled checksum error later. Gzip has its own checksum.
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
  return (region) => clients.home(S3Client, region ?? homeRegion, options);
}

const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchBucket', 'NoSuchVersion', 'NotFound']);

/**
 * The log store on S3. Objects are read into memory, and never past `maxBytes`: the announced length is checked first, then the
 * bytes that arrive are counted. A bucket whose owner is known is asked for as that account's: S3 refuses if it is another's.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 */
export function s3LogStore(s3: S3ByRegion, owners: Readonly<Record<string, string>> = {}): LogStore {
  const placeOf = (bucket: string): BucketOf =>
    bucketOf(bucket, Object.hasOwn(owners, bucket) ? owners[bucket] : undefined);
  return {
    async fetch(object, options) {
      const key = locationOf(object);
      try {
        const answer = await bucketCall('GetObject', { key }, placeOf(object.bucket), (place) =>
          s3(object.region).send(new GetObjectCommand({ ...place, Key: object.key, VersionId: object.versionId })),
        );
        return await readWithin(answer, key, options);
      } catch (fault) {
        throw fetchError(fault, key);
      }
    },

    async *list(bucket, prefix, options = {}) {
      let token: string | undefined;
      do {
        const page = await bucketCall('ListObjectsV2', { key: `s3://${bucket}/${prefix}` }, placeOf(bucket), (place) =>
          s3(undefined).send(
            new ListObjectsV2Command({
              ...place,
              Prefix: prefix,
              StartAfter: options.startAfter,
              ContinuationToken: token,
            }),
          ),
        );
        for (const { Key, Size, ETag } of page.Contents ?? []) {
          if (Key === undefined) continue;
          yield {
            bucket,
            key: Key,
            size: Size,
            eTag: unquoted(ETag),
          } satisfies LogObject;
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    async folders(bucket, prefix) {
      const folders: string[] = [];
      let token: string | undefined;
      do {
        const page = await bucketCall('ListObjectsV2', { key: `s3://${bucket}/${prefix}` }, placeOf(bucket), (place) =>
          s3(undefined).send(
            new ListObjectsV2Command({ ...place, Prefix: prefix, Delimiter: '/', ContinuationToken: token }),
          ),
        );
        for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) folders.push(Prefix);
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
      return folders;
    },
  };
}

async function readWithin(
  answer: GetObjectCommandOutput,
  key: string,
  { maxBytes, orBeginning = false }: FetchOptions,
): Promise<FetchedLog> {
  const announced = answer.ContentLength ?? 0;
  const body = answer.Body instanceof Readable ? answer.Body : Readable.from([]);
  if (announced > maxBytes && !orBeginning) {
    body.destroy();
    throw tooLarge(key, `${announced}`, maxBytes);
  }
  const most = announced > maxBytes ? Math.min(maxBytes, MOST_BEGINNING_BYTES) : maxBytes;
  let bytes = Buffer.allocUnsafe(Math.min(announced, most));
  let length = 0;
  let found = 0;
  for await (const chunk of steadily(body, key, announced)) {
    found += chunk.length;
    if (found > maxBytes && !orBeginning) throw tooLarge(key, `at least ${found}`, maxBytes);
    const part = chunk.subarray(0, most - length);
    if (length + part.length > bytes.length)
      bytes = Buffer.concat([bytes.subarray(0, length)], 2 * (length + part.length));
    bytes.set(part, length);
    length += part.length;
    if (found > most) break;
  }
  const metadata = Object.entries(answer.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    bytes: bytes.subarray(0, length),
    cutFrom: found > most ? Math.max(announced, found) : undefined,
    metadata: Object.fromEntries(metadata),
    eTag: unquoted(answer.ETag),
    attempts: answer.$metadata.attempts,
  };
}

/** How slowly a body may come, once it has been coming for `SLOW_START_MS`: a connection that trickles would never be given up. */
const LEAST_BYTES_PER_SECOND = 16 * 1024;
const SLOW_START_MS = 30_000;

/**
 * The chunks of a body. Throws AwsCallError when it stops or trickles; leaving the loop closes the connection. How long it may stop is
 * the client's own limit.
 */
async function* steadily(body: Readable, key: string, announced: number): AsyncGenerator<Uint8Array> {
  const startedAt = performance.now();
  let found = 0;
  const failed = (why: string, fault: unknown): AwsCallError => {
    const took = secondsOf(performance.now() - startedAt);
    const text = `the body ${why} after ${found} of ${announced} bytes and ${took}`;
    return faultOf('GetObject', { key }, timeoutError(text, fault));
  };
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      found += chunk.length;
      yield chunk;
      const tookMs = performance.now() - startedAt;
      if (tookMs > SLOW_START_MS && found < (tookMs / 1000) * LEAST_BYTES_PER_SECOND && found < announced)
        throw failed('came too slowly, and was given up', undefined);
    }
  } catch (fault) {
    throw isSilence(fault) ? failed('stopped', fault) : fault;
  }
}

function tooLarge(key: string, found: string, maxBytes: number): PipelineError {
  return new PipelineError('log-too-large', `${key} is too large: ${found} bytes, the limit is ${maxBytes}`, {
    key,
  });
}

/** S3's error as the port's: `log-missing`, or `log-unreadable` with whether a retry may help. */
function fetchError(fault: unknown, key: string): PipelineError {
  if (fault instanceof PipelineError && !(fault instanceof AwsCallError)) return fault;
  const { awsCode } = fault instanceof AwsCallError ? fault.concerns : {};
  if (awsCode !== undefined && MISSING.has(awsCode)) {
    return new PipelineError('log-missing', `${key} does not exist (${awsCode})`, { key, awsCode, cause: fault });
  }
  // An interrupted body throws something other than AwsCallError. The connection failed, so a retry may help.
  const retryable = fault instanceof AwsCallError ? fault.retryable : true;
  return new PipelineError('log-unreadable', `${key} could not be read: ${messageOf(fault)}`, {
    key,
    awsCode,
    retryable,
    cause: fault,
  });
}

function locationOf({ bucket, key, versionId }: LogObject): string {
  return `s3://${bucket}/${key}${versionId === undefined ? '' : `?versionId=${versionId}`}`;
}

function unquoted(eTag: string | undefined): string | undefined {
  return eTag?.replace(/^"|"$/g, '');
}
