/** The files of a plan or of a result below a prefix in a bucket. */

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { AwsCallError, PipelineError } from '../../errors.ts';
import type { HistoryStore, StoredFileInfo } from '../../history/history-store.ts';
import { type CallLimits, uploadMs } from '../http/limits.ts';
import { type BucketOf, bucketCall } from './bucket-owner.ts';

const MISSING: ReadonlySet<unknown> = new Set(['NoSuchKey', 'NotFound']);
/**
 * What S3 answers when a conditional write finds an object: the first when it is there, the second when another write came between.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const TAKEN = 'PreconditionFailed';
const CONTENDED = 'ConditionalRequestConflict';
const MOST_CONTENTIONS = 5;

/** A store below `prefix`, which ends in no `/` and may be empty. `bucket` names the bucket and, where it is known, the account that owns it. */
export function historyBucket(s3: S3Client, bucket: BucketOf, prefix: string, limits: CallLimits): HistoryStore {
  const { Bucket } = bucket;
  const below = prefix === '' ? '' : `${prefix}/`;
  const keyOf = (name: string): string => `${below}${name}`;
  const locationOf = (name: string): string => `s3://${Bucket}/${keyOf(name)}`;
  const get = async (name: string, Range?: string): Promise<Buffer | undefined> => {
    try {
      const answer = await bucketCall('GetObject', { key: locationOf(name) }, bucket, (place) =>
        s3.send(new GetObjectCommand({ ...place, Key: keyOf(name), Range })),
      );
      return answer.Body instanceof Readable ? await buffer(answer.Body) : Buffer.alloc(0);
    } catch (fault) {
      if (fault instanceof AwsCallError && MISSING.has(fault.concerns.awsCode)) return undefined;
      throw fault;
    }
  };
  const put = async (name: string, bytes: Uint8Array, once: boolean): Promise<void> => {
    await bucketCall('PutObject', { key: locationOf(name) }, bucket, (place) =>
      s3.send(new PutObjectCommand({ ...place, Key: keyOf(name), Body: bytes, ...(once && { IfNoneMatch: '*' }) }), {
        requestTimeout: uploadMs(bytes.length, limits),
      }),
    );
  };
  return {
    place: `s3://${Bucket}${prefix === '' ? '' : `/${prefix}`}`,
    read: (name) => get(name),
    async readRange(name, start, end) {
      if (end <= start) return Buffer.alloc(0);
      const bytes = await get(name, `bytes=${start}-${end - 1}`);
      if (bytes === undefined)
        throw new PipelineError('log-missing', `${locationOf(name)} does not exist`, { key: locationOf(name) });
      return bytes;
    },
    async write(name, bytes, { once = false } = {}) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await put(name, bytes, once);
          return true;
        } catch (fault) {
          const code = once && fault instanceof AwsCallError ? fault.concerns.awsCode : undefined;
          if (code === TAKEN) return isOwn(await get(name), bytes);
          if (code !== CONTENDED || attempt >= MOST_CONTENTIONS) throw fault;
        }
      }
    },
    async *list(start): AsyncGenerator<StoredFileInfo> {
      let token: string | undefined;
      do {
        const page = await bucketCall('ListObjectsV2', { key: locationOf(start) }, bucket, (place) =>
          s3.send(new ListObjectsV2Command({ ...place, Prefix: keyOf(start), ContinuationToken: token })),
        );
        for (const { Key, Size = 0 } of page.Contents ?? [])
          if (Key !== undefined) yield { name: Key.slice(below.length), size: Size };
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
  };
}

/**
 * True if what is there is what was to be written. Then the answer to our own write was lost and the SDK repeated it, or another wrote the
 * same: either way it is written.
 */
function isOwn(there: Buffer | undefined, bytes: Uint8Array): boolean {
  return there !== undefined && Buffer.compare(there, bytes) === 0;
}
