/** Reads log objects from S3. */

import { GetObjectCommand, type GetObjectCommandOutput, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { FetchedLog, LogStore } from '../delivery/fetch-log.ts';
import type { LogObject } from '../delivery/notification.ts';
import { AwsCallError, PipelineError } from '../errors.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** A bucket's client by region; the home region where it is not known, from where S3 redirects. */
export type S3ByRegion = (region: string | undefined) => S3Client;

/** @see S3ByRegion */
export function s3ByRegion(clients: Clients, homeRegion: string, pathStyle: boolean): S3ByRegion {
  const options = {
    followRegionRedirects: true,
    forcePathStyle: pathStyle,
    // A body that is left half read would fail its checksum later, with nobody there to hear of it; gzip has its own.
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
  return (region) => clients.home(S3Client, region ?? homeRegion, options);
}

const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchBucket', 'NoSuchVersion', 'NotFound']);

/**
 * The log store on S3. Objects are read whole, and never past `maxBytes`: what S3 says of the length is checked first, what
 * arrives is counted.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function s3LogStore(s3: S3ByRegion): LogStore {
  return {
    async fetch(object, { maxBytes }) {
      const key = locationOf(object);
      const abort = new AbortController();
      try {
        const answer = await awsCall('GetObject', { key }, () =>
          s3(object.region).send(
            new GetObjectCommand({ Bucket: object.bucket, Key: object.key, VersionId: object.versionId }),
            { abortSignal: abort.signal },
          ),
        );
        return await readWhole(answer, key, maxBytes);
      } catch (fault) {
        abort.abort();
        throw unreadable(fault, key);
      }
    },

    async *list(bucket, prefix, options = {}) {
      let token: string | undefined;
      do {
        const page = await awsCall('ListObjectsV2', { key: `s3://${bucket}/${prefix}` }, () =>
          s3(undefined).send(
            new ListObjectsV2Command({
              Bucket: bucket,
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
            ...(Size === undefined ? {} : { size: Size }),
            ...(ETag === undefined ? {} : { eTag: unquoted(ETag) }),
          } satisfies LogObject;
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    async folders(bucket, prefix) {
      const folders: string[] = [];
      let token: string | undefined;
      do {
        const page = await awsCall('ListObjectsV2', { key: `s3://${bucket}/${prefix}` }, () =>
          s3(undefined).send(
            new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token }),
          ),
        );
        for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) folders.push(Prefix);
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
      return folders;
    },
  };
}

async function readWhole(answer: GetObjectCommandOutput, key: string, maxBytes: number): Promise<FetchedLog> {
  if ((answer.ContentLength ?? 0) > maxBytes) throw tooLarge(key, `${answer.ContentLength}`, maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (answer.Body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(key, `at least ${length}`, maxBytes);
    chunks.push(chunk);
  }
  const metadata = Object.entries(answer.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    bytes: Buffer.concat(chunks, length),
    metadata: Object.fromEntries(metadata),
    ...(answer.ETag === undefined ? {} : { eTag: unquoted(answer.ETag) }),
  };
}

function tooLarge(key: string, found: string, maxBytes: number): PipelineError {
  return new PipelineError('log-too-large', `${key} is ${found} bytes long, more than the ${maxBytes} that are read`, {
    key,
  });
}

/** S3's fault as the port's: missing, or unreadable with whether another try may help. */
function unreadable(fault: unknown, key: string): PipelineError {
  if (fault instanceof PipelineError && !(fault instanceof AwsCallError)) return fault;
  const { awsCode } = fault instanceof AwsCallError ? fault.concerns : {};
  if (awsCode !== undefined && MISSING.has(awsCode)) {
    return new PipelineError('log-missing', `${key} does not exist (${awsCode})`, { key, awsCode, cause: fault });
  }
  // A body that breaks off in the middle is not an AwsCallError: the connection is at fault, so it may be tried again.
  const retryable = fault instanceof AwsCallError ? fault.retryable : true;
  const why = fault instanceof Error ? fault.message : String(fault);
  return new PipelineError('log-unreadable', `${key} could not be read: ${why}`, {
    key,
    ...(awsCode === undefined ? {} : { awsCode }),
    retryable,
    cause: fault,
  });
}

function locationOf({ bucket, key, versionId }: LogObject): string {
  return `s3://${bucket}/${key}${versionId === undefined ? '' : `?versionId=${versionId}`}`;
}

function unquoted(eTag: string): string {
  return eTag.replace(/^"|"$/g, '');
}
