/** Fills buckets of an S3 that a test talks to. */

import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { StoredObject } from '../contract/log-store.ts';

/** Puts the objects into their buckets, which hold nothing else afterwards. */
export async function putObjects(s3: S3Client, objects: readonly StoredObject[]): Promise<void> {
  for (const Bucket of new Set(objects.map(({ bucket }) => bucket))) {
    await s3.send(new CreateBucketCommand({ Bucket })).catch(unlessOurs);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const Objects = Contents.map(({ Key }) => ({ Key }));
    if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
  for (const { bucket: Bucket, key: Key, bytes: Body, metadata: Metadata } of objects) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
  }
}

function unlessOurs(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'BucketAlreadyOwnedByYou') throw error;
}
