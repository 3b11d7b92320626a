/** An object in a bucket as the notifications name it, with its key decoded the way its sender encoded it. */

import { asCount, asList, asObject, asText } from './shape.ts';

/** An object in a bucket that may be a log file. */
export interface LogObject {
  readonly bucket: string;
  /** The decoded key. */
  readonly key: string;
  /** The same key in the other reading (encoded or not), to be tried once when `key` does not exist. */
  readonly alternativeKey?: string | undefined;
  readonly versionId?: string | undefined;
  readonly eTag?: string | undefined;
  /** In bytes as it lies in the bucket; absent when the notification does not say. */
  readonly size?: number | undefined;
  /** The bucket's region where the notification says it. */
  readonly region?: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The object of a record of an S3 event, or undefined when it has no bucket or key. S3 writes keys as in a URL's query, with `+`
 * for a blank.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function readStorageRecord(record: Fields): LogObject | undefined {
  const s3 = asObject(record.s3);
  const object = asObject(s3?.object);
  const bucket = asText(asObject(s3?.bucket)?.name);
  const written = asText(object?.key);
  if (bucket === undefined || written === undefined) return undefined;
  const decoded = decodeKey(written);
  return {
    bucket,
    key: decoded,
    ...(decoded === written ? {} : { alternativeKey: written }),
    ...traits(object?.versionId, object?.eTag, object?.size, record.awsRegion),
  };
}

/** True when the fields look like the `detail` of S3's EventBridge events. */
export function isStorageDetail(detail: Fields): boolean {
  return asObject(detail.bucket) !== undefined && asObject(detail.object) !== undefined;
}

/**
 * The object of an EventBridge *Object Created* event's `detail`, or undefined when it has no bucket or key. The key is not encoded.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function readStorageDetail(detail: Fields, region: string | undefined): LogObject | undefined {
  const object = asObject(detail.object);
  const bucket = asText(asObject(detail.bucket)?.name);
  const key = asText(object?.key);
  if (bucket === undefined || key === undefined) return undefined;
  const eTag = object?.etag ?? object?.eTag;
  return { bucket, key, ...alternative(key), ...traits(object?.['version-id'], eTag, object?.size, region) };
}

/**
 * The objects of CloudTrail's own notice (`s3Bucket`, `s3ObjectKey` as one key or several), whose keys are not encoded; undefined
 * when there is no bucket, no key or a key that is no text.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
 */
export function readNoticeObjects(notice: Fields): readonly LogObject[] | undefined {
  const bucket = asText(notice.s3Bucket);
  const keys = (asList(notice.s3ObjectKey) ?? [notice.s3ObjectKey]).map(asText);
  if (bucket === undefined || keys.length === 0) return undefined;
  const known = keys.filter((key) => key !== undefined);
  if (known.length < keys.length) return undefined;
  // Only a notice of one key can speak of a version or size; CloudTrail's never do, those written by hand may.
  const own = known.length === 1 ? traits(notice.versionId, notice.eTag, notice.size, notice.region) : {};
  return known.map((key) => ({ bucket, key, ...alternative(key), ...own }));
}

/** The objects without repeats: a notification is delivered at least once, and one key may be named by several. */
export function distinctObjects(objects: readonly LogObject[]): readonly LogObject[] {
  const seen = new Map<string, LogObject>();
  for (const object of objects) {
    const identity = JSON.stringify([object.bucket, object.key, object.versionId ?? object.eTag ?? '']);
    if (!seen.has(identity)) seen.set(identity, object);
  }
  return [...seen.values()];
}

/** A key out of an S3 event; one that is not validly encoded is taken as it stands. */
function decodeKey(written: string): string {
  try {
    return decodeURIComponent(written.replaceAll('+', ' '));
  } catch (fault) {
    if (fault instanceof URIError) return written;
    throw fault;
  }
}

function alternative(key: string): { readonly alternativeKey?: string } {
  const decoded = decodeKey(key);
  return decoded === key ? {} : { alternativeKey: decoded };
}

function traits(versionId: unknown, eTag: unknown, size: unknown, region: unknown): Omit<LogObject, 'bucket' | 'key'> {
  const known = { versionId: asText(versionId), eTag: asText(eTag), size: asCount(size), region: asText(region) };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
