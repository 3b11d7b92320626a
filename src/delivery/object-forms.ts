/** Forms of messages about objects in a bucket: S3's events, CloudTrail's notices, messages written by hand, and those that need nothing. */

import { readLogKey } from './log-key.ts';
import {
  isStorageDetail,
  type LogObject,
  readNoticeObjects,
  readStorageDetail,
  readStorageRecord,
} from './log-object.ts';
import { asList, asObject, asText, quoted } from './shape.ts';
import { describe, unreadable } from './unreadable.ts';

/** Why a message needs nothing. It is acknowledged and counted under this name. */
export type NoopKind =
  | 's3-test-event'
  | 'cloudtrail-validation'
  | 'subscription-confirmation'
  | 'control-message'
  | 'not-a-creation'
  | 'foreign';

/** A message that names objects, or one that needs nothing. */
export type ObjectNotification = { readonly kind: 'objects'; readonly objects: readonly LogObject[] } | NothingToDo;

/** A message that needs nothing; `detail` says what it was, for people. */
export interface NothingToDo {
  readonly kind: 'nothing';
  readonly why: NoopKind;
  readonly detail: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** A message that needs nothing. */
export function nothing(why: NoopKind, detail: string): NothingToDo {
  return { kind: 'nothing', why, detail };
}

/** S3's test event, sent when a bucket's notifications are configured. */
export function readTestEvent(fields: Fields): ObjectNotification | undefined {
  if (fields.Event !== 's3:TestEvent') return undefined;
  return nothing('s3-test-event', `of bucket ${quoted(asText(fields.Bucket) ?? 'unknown')}`);
}

/**
 * S3's own event notification.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function readStorageEvent(fields: Fields): ObjectNotification | undefined {
  const records = asList(fields.Records);
  if (records === undefined || !records.some(isStorageRecord)) return undefined;
  const events = records.map((record) => asObject(record) ?? {});
  const created = events.filter(({ eventName }) => isCreation(asText(eventName)));
  if (created.length === 0)
    return nothing('not-a-creation', `S3 event ${quoted(asText(events[0]?.eventName) ?? 'without a name')}`);
  return { kind: 'objects', objects: created.map((record) => readStorageRecord(record) ?? missingKey(record)) };
}

const isStorageRecord = (record: unknown): boolean =>
  asObject(record)?.eventSource === 'aws:s3' || asObject(asObject(record)?.s3) !== undefined;

/** A record without an event name counts as a creation: reading an object in vain costs less than missing one. */
const isCreation = (eventName: string | undefined): boolean =>
  eventName === undefined || /^(s3:)?ObjectCreated(:|$)/.test(eventName);

/**
 * S3's event by way of EventBridge.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function readStorageEventBridge(fields: Fields): ObjectNotification | undefined {
  const detail = asObject(fields.detail);
  if (detail === undefined || fields.source !== 'aws.s3') return undefined;
  const detailType = detailTypeOf(fields);
  if (detailType?.startsWith('Object ') !== true) return undefined;
  if (detailType !== 'Object Created') return nothing('not-a-creation', `EventBridge event ${quoted(detailType)}`);
  return { kind: 'objects', objects: [readStorageDetail(detail, asText(fields.region)) ?? missingKey(detail)] };
}

/** The detail type of an EventBridge event. Security Lake leaves it out of S3's events. */
export function detailTypeOf(fields: Fields): string | undefined {
  const detail = asObject(fields.detail) ?? {};
  return asText(fields['detail-type']) ?? (isStorageDetail(detail) ? 'Object Created' : undefined);
}

/** CloudTrail's own notice. AWS Config uses the same two fields, with a single key as text, for files that are not ours. */
export function readNotice(fields: Fields): ObjectNotification | undefined {
  if (!('s3ObjectKey' in fields && 's3Bucket' in fields)) return undefined;
  const key = asText(fields.s3ObjectKey);
  if (key !== undefined && readLogKey(key).kind === 'other') return nothing('foreign', `a notice of ${quoted(key)}`);
  return { kind: 'objects', objects: readNoticeObjects(fields) ?? missingKey(fields) };
}

/** The `detail` of S3's EventBridge event alone, as an input transformer or a state machine passes it on. */
export function readObjectDetail(fields: Fields): ObjectNotification | undefined {
  if (!isStorageDetail(fields)) return undefined;
  return { kind: 'objects', objects: [readStorageDetail(fields, undefined) ?? missingKey(fields)] };
}

/** An object named by hand: `{"bucket": "…", "key": "…"}`, or several keys in a list. */
export function readNamedObject(fields: Fields): ObjectNotification | undefined {
  const bucket = asText(fields.bucket);
  if (bucket === undefined || !('key' in fields)) return undefined;
  const notice = { ...fields, s3Bucket: bucket, s3ObjectKey: fields.key };
  return { kind: 'objects', objects: readNoticeObjects(notice) ?? missingKey(fields) };
}

/** A message of AWS Config's, often found on a shared topic. */
export function readConfigMessage(fields: Fields): ObjectNotification | undefined {
  const type = asText(fields.messageType);
  if (type === undefined || !('notificationCreationTime' in fields || 'configurationItem' in fields)) return undefined;
  return nothing('foreign', `AWS Config's ${quoted(type)}`);
}

/** A CloudWatch alarm, often found on a shared topic. */
export function readAlarm(fields: Fields): ObjectNotification | undefined {
  const alarm = asText(fields.AlarmName);
  if (alarm === undefined || !('NewStateValue' in fields)) return undefined;
  return nothing('foreign', `CloudWatch alarm ${quoted(alarm)}`);
}

function missingKey(fields: Fields): never {
  throw unreadable(`an object in it has no bucket or key: ${describe(fields)}`);
}
