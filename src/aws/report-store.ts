/** Stores reports and digests in a bucket. */

import { PutObjectCommand } from '@aws-sdk/client-s3';
import { awsCall } from './call.ts';
import { type CallLimits, uploadMs } from './http/limits.ts';
import type { S3ByRegion } from './s3-log-store.ts';

/** Where reports are stored. */
export interface ReportStore {
  /** Writes an object, with the bucket's default encryption, and returns its `s3://` location. Throws AwsCallError. */
  put(key: string, body: string | Uint8Array, contentType: string): Promise<string>;
}

/** A store in a bucket of the home region. */
export function s3ReportStore(s3: S3ByRegion, bucket: string, limits: CallLimits): ReportStore {
  return {
    async put(key, body, contentType) {
      const location = `s3://${bucket}/${key}`;
      await awsCall('PutObject', { key: location }, () =>
        s3(undefined).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }), {
          requestTimeout: uploadMs(Buffer.byteLength(body), limits),
        }),
      );
      return location;
    },
  };
}
