/** Reads the objects that notifications name, decoding each key the way its sender encoded it. */

import { uniqueBy } from '../collections.ts';
import { asCount, asList, asObject, asText } from './shape.ts';

/** An object in a bucket that may be a log file. */
export interface LogObject {
  readonly bucket: string;
  /** The decoded key. */
  readonly key: string;
  /** The key in the other reading (encoded or not), to try once when `key` does not exist. */
  readonly alternativeKey?: string | undefined;
  readonly versionId?: string | undefined;
  readonly eTag?: string | undefined;
  /** Its stored size in bytes, if the notification says so. */
  readonly size?: number | undefined;
  /** The bucket's region, if the notification says so. */
  readonly region?: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The object of an S3 event's record, or undefined when it has no bucket or key. S3 encodes keys like a URL's query, with `+` for a
 * space.
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
    alternativeKey: decoded === written ? undefined : written,
    ...traits(object?.versionId, object?.eTag, object?.size, record.awsRegion),
  };
}

/** True when the fields look like the `detail` of S3's EventBridge events. */
export function isStorageDetail(detail: Fields): boolean {
  return asObject(detail.bucket) !== undefined && asObject(detail.object) !== undefined;
}

/**
 * The object of an EventBridge *Object Created* event's `detail`, or undefined when it has no bucket or key. These keys are not
 * encoded.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function readStorageDetail(detail: Fields, region: string | undefined): LogObject | undefined {
  const object = asObject(detail.object);
  const bucket = asText(asObject(detail.bucket)?.name);
  const key = asText(object?.key);
  if (bucket === undefined || key === undefined) return undefined;
  const eTag = object?.etag ?? object?.eTag;
  return {
    bucket,
    key,
    alternativeKey: decodedIfDifferent(key),
    ...traits(object?.['version-id'], eTag, object?.size, region),
  };
}

/**
 * The objects of CloudTrail's own notice (`s3Bucket`, and one or more keys in `s3ObjectKey`). These keys are not encoded. Undefined when
 * there is no bucket, no key, or a key that is not text.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
 */
export function readNoticeObjects(notice: Fields): readonly LogObject[] | undefined {
  const bucket = asText(notice.s3Bucket);
  const keys = (asList(notice.s3ObjectKey) ?? [notice.s3ObjectKey]).map(asText);
  if (bucket === undefined || keys.length === 0) return undefined;
  const known = keys.filter((key) => key !== undefined);
  if (known.length < keys.length) return undefined;
  // Only a notice of one key can give a version or size. CloudTrail's never do; handwritten ones may.
  const own = known.length === 1 ? traits(notice.versionId, notice.eTag, notice.size, notice.region) : {};
  return known.map((key) => ({ bucket, key, alternativeKey: decodedIfDifferent(key), ...own }));
}

/** The objects without repeats: notifications are delivered at least once, and several may name the same key. */
export function distinctObjects(objects: readonly LogObject[]): readonly LogObject[] {
  return uniqueBy(objects, objectId);
}

/** The same text for two notifications of the same version of an object, as far as they say which. */
export function objectId({ bucket, key, versionId, eTag }: LogObject): string {
  return JSON.stringify([bucket, key, versionId ?? eTag ?? '']);
}

/** `s3://bucket/key`. */
export function uriOf({ bucket, key }: LogObject): string {
  return `s3://${bucket}/${key}`;
}

/** Decodes a key from an S3 event. A key that is not validly encoded is taken verbatim. */
function decodeKey(written: string): string {
  try {
    return decodeURIComponent(written.replaceAll('+', ' '));
  } catch (fault) {
    if (fault instanceof URIError) return written;
    throw fault;
  }
}

function decodedIfDifferent(key: string): string | undefined {
  const decoded = decodeKey(key);
  return decoded === key ? undefined : decoded;
}

function traits(versionId: unknown, eTag: unknown, size: unknown, region: unknown): Omit<LogObject, 'bucket' | 'key'> {
  return { versionId: asText(versionId), eTag: asText(eTag), size: asCount(size), region: asText(region) };
}
