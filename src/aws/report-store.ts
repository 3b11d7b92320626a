/** Lays reports and digests into a bucket. */

import { PutObjectCommand } from '@aws-sdk/client-s3';
import { awsCall } from './call.ts';
import type { S3ByRegion } from './s3-log-store.ts';

export interface ReportStore {
  /** Writes one object, encrypted as the bucket says, and returns its `s3://` location. Throws AwsCallError. */
  put(key: string, body: string | Uint8Array, contentType: string): Promise<string>;
}

/** A store in one bucket of the home region. */
export function s3ReportStore(s3: S3ByRegion, bucket: string): ReportStore {
  return {
    async put(key, body, contentType) {
      const location = `s3://${bucket}/${key}`;
      await awsCall('PutObject', { key: location }, () =>
        s3(undefined).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType })),
      );
      return location;
    },
  };
}
