/** Stores reports and digests in a bucket. */

import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type CallLimits, uploadMs } from '../http/limits.ts';
import { bucketCall, bucketOf } from './bucket-owner.ts';
import type { S3ByRegion } from './s3-log-store.ts';

/** Where reports are stored. */
export interface ReportStore {
  /** Writes an object, with the bucket's default encryption, and returns its `s3://` location. Throws AwsCallError. */
  put(key: string, body: string | Uint8Array, contentType: string): Promise<string>;
}

/** A bucket, and the account that owns it. S3 refuses the bucket if it is another account's. */
export interface ReportBucket {
  readonly bucket: string;
  readonly owner: () => Promise<string>;
}

/** A store in a bucket of the home region. */
export function s3ReportStore(s3: S3ByRegion, { bucket, owner }: ReportBucket, limits: CallLimits): ReportStore {
  return {
    async put(key, body, contentType) {
      const location = `s3://${bucket}/${key}`;
      await bucketCall('PutObject', { key: location }, bucketOf(bucket, await owner()), (place) =>
        s3(undefined).send(new PutObjectCommand({ ...place, Key: key, Body: body, ContentType: contentType }), {
          requestTimeout: uploadMs(Buffer.byteLength(body), limits),
        }),
      );
      return location;
    },
  };
}
