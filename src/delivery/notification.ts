/** What a message tells us: which log objects were written, or the records and events themselves. */

import { logDataOf } from './log-data.ts';
import { readLogKey } from './log-key.ts';
import {
  isStorageDetail,
  type LogObject,
  readNoticeObjects,
  readStorageDetail,
  readStorageRecord,
} from './log-object.ts';
import { asList, asObject, asText, parseJson, quoted } from './shape.ts';
import { describe, unreadable } from './unreadable.ts';

export type { LogObject } from './log-object.ts';

/** Why a message needs nothing: it is acknowledged and counted under this name. */
export type NoopKind =
  | 's3-test-event'
  | 'cloudtrail-validation'
  | 'subscription-confirmation'
  | 'control-message'
  | 'not-a-creation'
  | 'foreign';

export type Notification = NotificationContent & {
  /** The topic that sent it, to be compared with `trail.topics`; absent when none did or the wrapping does not name it. */
  readonly topicArn?: string | undefined;
};

type NotificationContent =
  | { readonly kind: 'objects'; readonly objects: readonly LogObject[] }
  /**
   * Whole CloudTrail records: EventBridge's *AWS API Call via CloudTrail*, a CloudWatch Logs subscription. An entry of the log
   * group that is no JSON stays in the list as its text, for the reader to reject by name.
   */
  | { readonly kind: 'records'; readonly records: readonly unknown[]; readonly logGroup?: string }
  /** Another EventBridge event that starts a walk: a state change, an ECS task, a GuardDuty finding, a lifecycle action. */
  | {
      readonly kind: 'event';
      readonly source: string;
      readonly detailType: string;
      readonly event: Readonly<Record<string, unknown>>;
    }
  /** A message of our own (`{"mirrorwatch": "recheck", …}`): its content, to be judged by who reads it. */
  | { readonly kind: 'own'; readonly name: string; readonly content: Readonly<Record<string, unknown>> }
  | { readonly kind: 'nothing'; readonly why: NoopKind; readonly detail: string };

type Fields = Readonly<Record<string, unknown>>;

/** Wrappings within wrappings that are opened: SQS body, SNS message, S3 event and a few to spare; beyond it somebody is playing. */
const MAX_NESTING = 6;

/** Sent as bare text when a trail is given a topic. */
const VALIDATION_TEXT = /^\s*CloudTrail validation message\b/;

/**
 * What a message's body says, told by its shape alone and through whatever it is wrapped in (JSON text in JSON text, SNS in SQS).
 *
 * Everything a message names is returned. A `SubscribeURL` is never visited. Throws PipelineError `notification-unreadable`, which
 * says what the body looked like, when the form is unknown or an object in it has no bucket or key: such a message must not be
 * acknowledged.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function readNotification(body: unknown): Notification {
  return readWithin(body, MAX_NESTING);
}

function readWithin(body: unknown, depth: number): Notification {
  if (depth === 0) throw unreadable(`it is wrapped more than ${MAX_NESTING} times`);
  if (typeof body === 'string') return readText(body, depth);
  const fields = asObject(body);
  if (fields === undefined) throw unreadable(describe(body));
  for (const read of READERS) {
    const notification = read(fields, depth);
    if (notification !== undefined) return notification;
  }
  throw unreadable(describe(body));
}

function readText(text: string, depth: number): Notification {
  if (VALIDATION_TEXT.test(text)) return nothing('cloudtrail-validation', 'sent when a trail is given its topic');
  const json = parseJson(text);
  if (json === undefined) throw unreadable(`it is text that is no JSON: ${quoted(text)}`);
  return readWithin(json.value, depth - 1);
}

type Reader = (fields: Fields, depth: number) => Notification | undefined;

/** The forms in the order they are tried; each answers undefined when the fields are not of its form. */
const READERS: readonly Reader[] = [
  readOwn,
  readPublished,
  readTestEvent,
  readLogData,
  readBatch,
  readEvent,
  readNotice,
  readManual,
  readBareRecord,
  readForeign,
];

function readOwn(fields: Fields): Notification | undefined {
  const name = asText(fields.mirrorwatch);
  return name === undefined ? undefined : { kind: 'own', name, content: fields };
}

function readPublished(fields: Fields, depth: number): Notification | undefined {
  const type = asText(fields.Type);
  if (type === 'SubscriptionConfirmation' || type === 'UnsubscribeConfirmation') {
    return nothing('subscription-confirmation', `${type} of ${quoted(asText(fields.TopicArn) ?? 'an unnamed topic')}`);
  }
  const message = asText(fields.Message);
  if (message === undefined || !(type === 'Notification' || 'TopicArn' in fields)) return undefined;
  const topicArn = asText(fields.TopicArn);
  const notification = readWithin(message, depth - 1);
  return topicArn === undefined ? notification : { ...notification, topicArn };
}

function readTestEvent(fields: Fields): Notification | undefined {
  if (fields.Event !== 's3:TestEvent') return undefined;
  return nothing('s3-test-event', `of bucket ${quoted(asText(fields.Bucket) ?? 'unknown')}`);
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
function readLogData(fields: Fields): Notification | undefined {
  const data = asText(asObject(fields.awslogs)?.data);
  const content = data === undefined ? fields : logDataOf(data);
  if (content.messageType === 'CONTROL_MESSAGE')
    return nothing('control-message', 'CloudWatch Logs tries its subscription');
  const events = asList(content.logEvents);
  if (events === undefined) {
    if (data === undefined) return undefined;
    throw unreadable(`its CloudWatch Logs data holds no logEvents: ${describe(content)}`);
  }
  const logGroup = asText(content.logGroup);
  const records = events.map((event) => {
    const message = asObject(event)?.message;
    return typeof message === 'string' ? (parseJson(message)?.value ?? message) : message;
  });
  return { kind: 'records', records, ...(logGroup === undefined ? {} : { logGroup }) };
}

function readBatch(fields: Fields, depth: number): Notification | undefined {
  const records = asList(fields.Records);
  if (records === undefined) return undefined;
  const wrapped = records.filter((record) => wrappedBody(record) !== undefined);
  if (wrapped.length > 0) return merged(records.map((record) => readWithin(wrappedBody(record) ?? record, depth - 1)));
  if (records.some(isStorageRecord)) return readStorageBatch(records);
  if (records.every(isRecord)) return { kind: 'records', records };
  throw unreadable(`its Records hold ${describe(records.find((record) => !isRecord(record)))}`);
}

/** What an SQS or SNS record of a Lambda event that was itself sent as a message wraps. */
function wrappedBody(record: unknown): unknown {
  const fields = asObject(record);
  return fields?.eventSource === 'aws:sqs' ? fields.body : asObject(fields?.Sns);
}

const isStorageRecord = (record: unknown): boolean =>
  asObject(record)?.eventSource === 'aws:s3' || asObject(asObject(record)?.s3) !== undefined;

function readStorageBatch(records: readonly unknown[]): Notification {
  const fields = records.map((record) => asObject(record) ?? {});
  const created = fields.filter(({ eventName }) =>
    /^(s3:)?ObjectCreated(:|$)/.test(asText(eventName) ?? 'ObjectCreated'),
  );
  if (created.length === 0) {
    return nothing('not-a-creation', `S3 event ${quoted(asText(fields[0]?.eventName) ?? 'without a name')}`);
  }
  return { kind: 'objects', objects: created.map((record) => readStorageRecord(record) ?? missingKey(record)) };
}

/** One answer for the parts of a batch; parts that need nothing give way to the others. */
function merged(parts: readonly Notification[]): Notification {
  const telling = parts.filter(({ kind }) => kind !== 'nothing');
  const [first = parts[0]] = telling;
  if (first === undefined || telling.length < 2) return first ?? { kind: 'records', records: [] };
  if (telling.some(({ topicArn }) => topicArn !== first.topicArn))
    throw unreadable('it holds notices of several topics');
  const objects = telling.flatMap((part) => (part.kind === 'objects' ? part.objects : []));
  const records = telling.flatMap((part) => (part.kind === 'records' ? part.records : []));
  if (telling.every(({ kind }) => kind === 'objects')) return { ...first, kind: 'objects', objects } as Notification;
  if (telling.every(({ kind }) => kind === 'records')) return { ...first, kind: 'records', records } as Notification;
  throw unreadable(`it holds things of several kinds: ${[...new Set(telling.map(({ kind }) => kind))].join(', ')}`);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
function readEvent(fields: Fields): Notification | undefined {
  const detail = asObject(fields.detail);
  const source = asText(fields.source);
  if (detail === undefined || source === undefined) return undefined;
  // Security Lake sends S3's event without its detail-type.
  const detailType = asText(fields['detail-type']) ?? (isStorageDetail(detail) ? 'Object Created' : undefined);
  if (detailType === undefined) return undefined;
  if (source === 'aws.s3' && detailType.startsWith('Object ')) {
    if (detailType !== 'Object Created') return nothing('not-a-creation', `EventBridge event ${quoted(detailType)}`);
    return { kind: 'objects', objects: [readStorageDetail(detail, asText(fields.region)) ?? missingKey(detail)] };
  }
  if (detailType.endsWith('via CloudTrail')) return { kind: 'records', records: [detail] };
  return { kind: 'event', source, detailType, event: fields };
}

/** CloudTrail's own notice; AWS Config uses the same two fields, with one key as text, for files that are none of ours. */
function readNotice(fields: Fields): Notification | undefined {
  if (!('s3ObjectKey' in fields && 's3Bucket' in fields)) return undefined;
  const key = asText(fields.s3ObjectKey);
  if (key !== undefined && readLogKey(key).kind === 'other') return nothing('foreign', `a notice of ${quoted(key)}`);
  return { kind: 'objects', objects: readNoticeObjects(fields) ?? missingKey(fields) };
}

/** Written by hand or by a state machine: `{"bucket": "…", "key": "…"}`, or the `detail` of S3's event alone. */
function readManual(fields: Fields): Notification | undefined {
  if (isStorageDetail(fields))
    return { kind: 'objects', objects: [readStorageDetail(fields, undefined) ?? missingKey(fields)] };
  const bucket = asText(fields.bucket);
  if (bucket === undefined || !('key' in fields)) return undefined;
  const notice = { ...fields, s3Bucket: bucket, s3ObjectKey: fields.key };
  return { kind: 'objects', objects: readNoticeObjects(notice) ?? missingKey(fields) };
}

/** A CloudTrail record names its version and the service that was called; S3's event records name both too, but no service. */
function isRecord(value: unknown): boolean {
  const fields = asObject(value);
  if (asText(fields?.eventVersion) === undefined) return false;
  const source = asText(fields?.eventSource);
  return source === undefined ? asText(fields?.eventType) !== undefined : !source.startsWith('aws:');
}

function readBareRecord(fields: Fields): Notification | undefined {
  return isRecord(fields) ? { kind: 'records', records: [fields] } : undefined;
}

/** Messages of other services that are often found on a shared topic: AWS Config's and CloudWatch's. */
function readForeign(fields: Fields): Notification | undefined {
  const config = asText(fields.messageType);
  if (config !== undefined && ('notificationCreationTime' in fields || 'configurationItem' in fields)) {
    return nothing('foreign', `AWS Config's ${quoted(config)}`);
  }
  const alarm = asText(fields.AlarmName);
  return alarm !== undefined && 'NewStateValue' in fields
    ? nothing('foreign', `CloudWatch alarm ${quoted(alarm)}`)
    : undefined;
}

function nothing(why: NoopKind, detail: string): Notification {
  return { kind: 'nothing', why, detail };
}

function missingKey(fields: Fields): never {
  throw unreadable(`an object in it has no bucket or key: ${describe(fields)}`);
}
