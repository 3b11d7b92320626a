/** Reads a message: the log objects it names, or the records and events it carries. */

import { logDataOf } from './log-data.ts';
import {
  detailTypeOf,
  nothing,
  type ObjectNotification,
  readAlarm,
  readConfigMessage,
  readNamedObject,
  readNotice,
  readObjectDetail,
  readStorageEvent,
  readStorageEventBridge,
  readTestEvent,
} from './object-forms.ts';
import { asList, asObject, asText, parseJson, quoted } from './shape.ts';
import { describe, unreadable } from './unreadable.ts';

export type { LogObject } from './log-object.ts';

/** What a message says. */
export type Notification = NotificationContent & {
  /** The topic that sent it, to compare with `trail.topics`; absent when none did, or the wrapping doesn't name it. */
  readonly topicArn?: string | undefined;
  /** True for records, events and messages of our own that came inside the envelope of another message. */
  readonly isWrapped?: true | undefined;
};

type NotificationContent =
  | ObjectNotification
  /**
   * Complete CloudTrail records: EventBridge's *AWS API Call via CloudTrail*, a CloudWatch Logs subscription. A log entry that is not
   * JSON stays in the list as text, for the caller to reject by name.
   */
  | {
      readonly kind: 'records';
      readonly records: readonly unknown[];
      readonly logGroup?: string | undefined;
      /** What EventBridge says of the event that carries the record. */
      readonly sentBy?: EventOrigin | undefined;
    }
  /** Another EventBridge event to act on: a state change, an ECS task, a GuardDuty finding, a lifecycle action. */
  | {
      readonly kind: 'event';
      readonly source: string;
      readonly detailType: string;
      readonly event: Readonly<Record<string, unknown>>;
    }
  /** A message of our own, `{"mirrorwatch": "recheck", …}`. The caller validates its content. */
  | { readonly kind: 'own'; readonly name: string; readonly content: Readonly<Record<string, unknown>> };

/** Who sent an EventBridge event, and where. */
export interface EventOrigin {
  readonly source: string;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the message that another one wraps. */
type ReadInner = (body: unknown) => Notification;

/** Reads a message of one form; undefined when it is of another. */
export type NotificationForm = (body: unknown, readInner: ReadInner) => Notification | undefined;

/** The known forms, in the order they are tried. A new form is a new row and a fixture that names it. */
export const NOTIFICATION_FORMS = {
  'cloudtrail-validation': readValidation,
  'json-text': readJsonText,
  'own-message': ofFields(readOwn),
  'sns-subscription': ofFields(readSubscription),
  'sns-message': ofFields(readPublished),
  's3-test-event': ofFields(readTestEvent),
  'cloudwatch-logs': ofFields(readLogData),
  'wrapped-batch': ofFields(readWrappedBatch),
  's3-event': ofFields(readStorageEvent),
  'record-list': ofFields(readRecordList),
  'eventbridge-object': ofFields(readStorageEventBridge),
  'eventbridge-api-call': ofFields(readApiCall),
  'eventbridge-event': ofFields(readEvent),
  'cloudtrail-notice': ofFields(readNotice),
  'object-detail': ofFields(readObjectDetail),
  'named-object': ofFields(readNamedObject),
  'cloudtrail-record': ofFields(readRecord),
  'config-message': ofFields(readConfigMessage),
  'cloudwatch-alarm': ofFields(readAlarm),
} as const satisfies Readonly<Record<string, NotificationForm>>;

/** Envelopes we unwrap before giving up. A real message has at most three (SQS, SNS, S3); deeper nesting is an attack. */
const MAX_NESTING = 6;

/**
 * Reads a message's body, recognised by its shape alone, through any wrapping (JSON text in JSON text, SNS in SQS).
 *
 * Returns everything the message names. Never visits a `SubscribeURL`. Throws PipelineError `notification-unreadable`, which says
 * what the body looked like, when the form is unknown or an object in it has no bucket or key. Such a message must not be
 * acknowledged.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function readNotification(
  body: unknown,
  forms: Readonly<Record<string, NotificationForm>> = NOTIFICATION_FORMS,
): Notification {
  const readNested = (nested: unknown, depth: number): Notification => {
    if (depth === 0) throw unreadable(`it is wrapped more than ${MAX_NESTING} times`);
    for (const read of Object.values(forms)) {
      const notification = read(nested, (inner) => readNested(inner, depth - 1));
      if (notification !== undefined) return notification;
    }
    throw unreadable(describe(nested));
  };
  return readNested(body, MAX_NESTING);
}

function ofFields(read: (fields: Fields, readInner: ReadInner) => Notification | undefined): NotificationForm {
  return (body, readInner) => {
    const fields = asObject(body);
    return fields === undefined ? undefined : read(fields, readInner);
  };
}

/** The text CloudTrail sends when a trail is given a topic. */
function readValidation(body: unknown): Notification | undefined {
  if (typeof body !== 'string' || !/^\s*CloudTrail validation message\b/.test(body)) return undefined;
  return nothing('cloudtrail-validation', 'sent when a trail is given its topic');
}

function readJsonText(body: unknown, readInner: ReadInner): Notification | undefined {
  if (typeof body !== 'string') return undefined;
  const json = parseJson(body);
  if (json === undefined) throw unreadable(`it is text but not JSON: ${quoted(body)}`);
  return readInner(json.value);
}

function readOwn(fields: Fields): Notification | undefined {
  const name = asText(fields.mirrorwatch);
  return name === undefined ? undefined : { kind: 'own', name, content: fields };
}

function readSubscription({ Type: type, TopicArn }: Fields): Notification | undefined {
  if (type !== 'SubscriptionConfirmation' && type !== 'UnsubscribeConfirmation') return undefined;
  return nothing('subscription-confirmation', `${type} of ${quoted(asText(TopicArn) ?? 'an unnamed topic')}`);
}

function readPublished(fields: Fields, readInner: ReadInner): Notification | undefined {
  const message = asText(fields.Message);
  if (message === undefined || !(fields.Type === 'Notification' || 'TopicArn' in fields)) return undefined;
  const notification = wrapped(readInner(message));
  return { ...notification, topicArn: asText(fields.TopicArn) ?? notification.topicArn };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
function readLogData(fields: Fields): Notification | undefined {
  const data = asText(asObject(fields.awslogs)?.data);
  const content = data === undefined ? fields : logDataOf(data);
  if (content.messageType === 'CONTROL_MESSAGE')
    return nothing('control-message', 'CloudWatch Logs tests its subscription');
  const events = asList(content.logEvents);
  if (events === undefined) {
    if (data === undefined) return undefined;
    throw unreadable(`its CloudWatch Logs data has no logEvents: ${describe(content)}`);
  }
  const records = events.map((event) => {
    const message = asObject(event)?.message;
    return typeof message === 'string' ? (parseJson(message)?.value ?? message) : message;
  });
  return { kind: 'records', records, logGroup: asText(content.logGroup) };
}

/** A Lambda event of SQS or SNS records that was itself sent as a message. */
function readWrappedBatch(fields: Fields, readInner: ReadInner): Notification | undefined {
  const records = asList(fields.Records);
  if (records?.some((record) => wrappedBody(record) !== undefined) !== true) return undefined;
  return wrapped(merged(records.map((record) => readInner(wrappedBody(record) ?? record))));
}

/** Names of objects are checked one by one, whatever they come in. */
function wrapped(notification: Notification): Notification {
  const { kind } = notification;
  return kind === 'objects' || kind === 'nothing' ? notification : { ...notification, isWrapped: true };
}

function wrappedBody(record: unknown): unknown {
  const fields = asObject(record);
  return fields?.eventSource === 'aws:sqs' ? fields.body : asObject(fields?.Sns);
}

/** One notification for all parts of a batch. Parts that need nothing are left out if others don't. */
function merged(parts: readonly Notification[]): Notification {
  const meaningful = parts.filter(({ kind }) => kind !== 'nothing');
  const [first = parts[0]] = meaningful;
  if (first === undefined || meaningful.length < 2) return first ?? { kind: 'records', records: [] };
  const { topicArn } = first;
  if (meaningful.some((part) => part.topicArn !== topicArn))
    throw unreadable('it contains notices from several topics');
  const named = meaningful.flatMap((part) => (part.kind === 'objects' ? [part] : []));
  if (named.length === meaningful.length)
    return { kind: 'objects', objects: named.flatMap(({ objects }) => objects), topicArn };
  const carried = meaningful.flatMap((part) => (part.kind === 'records' ? [part] : []));
  if (carried.length === meaningful.length)
    return {
      kind: 'records',
      records: carried.flatMap(({ records }) => records),
      logGroup: carried[0]?.logGroup,
      topicArn,
    };
  const kinds = new Set(meaningful.map(({ kind }) => kind));
  throw unreadable(`it contains messages that cannot be read together: ${[...kinds].join(', ')}`);
}

/** The content of a log file, sent as a message. */
function readRecordList(fields: Fields): Notification | undefined {
  const records = asList(fields.Records);
  if (records === undefined) return undefined;
  if (records.every(isRecord)) return { kind: 'records', records };
  throw unreadable(`its Records contain ${describe(records.find((record) => !isRecord(record)))}`);
}

function readRecord(fields: Fields): Notification | undefined {
  return isRecord(fields) ? { kind: 'records', records: [fields] } : undefined;
}

/** A CloudTrail record names its version and the service called. S3's event records have both fields, but name no service. */
function isRecord(value: unknown): boolean {
  const fields = asObject(value);
  if (asText(fields?.eventVersion) === undefined) return false;
  const source = asText(fields?.eventSource);
  return source === undefined ? asText(fields?.eventType) !== undefined : !source.startsWith('aws:');
}

/** EventBridge's *AWS API Call via CloudTrail* and its like (*AWS Console Sign In via CloudTrail*), whose detail is the record. */
function readApiCall(fields: Fields): Notification | undefined {
  const detail = asObject(fields.detail);
  const source = asText(fields.source);
  if (detail === undefined || source === undefined) return undefined;
  if (asText(fields['detail-type'])?.endsWith('via CloudTrail') !== true) return undefined;
  const sentBy = { source, account: asText(fields.account), region: asText(fields.region) };
  return { kind: 'records', records: [detail], sentBy };
}

function readEvent(fields: Fields): Notification | undefined {
  const source = asText(fields.source);
  const detailType = detailTypeOf(fields);
  if (asObject(fields.detail) === undefined || source === undefined || detailType === undefined) return undefined;
  return { kind: 'event', source, detailType, event: fields };
}
