/** The wrappings a delivery arrives in: Lambda's batches of SQS, SNS and S3 records, EventBridge events, CloudWatch Logs data. */

import { asDate, asList, asObject, asText } from './shape.ts';

/** One message of an event, out of its batch and not yet read. */
export interface Message {
  /** SQS's `messageId`, what `batchItemFailures` names; absent for what did not come through a queue. */
  readonly messageId?: string | undefined;
  readonly receiptHandle?: string | undefined;
  /** How often the queue has handed it out; 1 the first time. */
  readonly receiveCount?: number | undefined;
  /** When it was sent, where the wrapping says so. */
  readonly sentAt?: Date | undefined;
  /** The SNS topic that invoked the function; a topic in front of a queue shows only in the body (`Notification.topicArn`). */
  readonly topicArn?: string | undefined;
  /** The body: text from SQS, an object from the others. */
  readonly body: unknown;
}

/**
 * The messages of whatever invoked us, in their order, every one of a batch: one per SQS, SNS and S3 record, one for any other event.
 *
 * Never throws and drops nothing: what has no known shape becomes a message of its own, and `readNotification` says what is wrong
 * with it, so that one unreadable message does not hide the others of its batch. A list (EventBridge Pipes) is read item by item.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
 */
export function unwrapEvent(event: unknown): readonly Message[] {
  const records = asList(event) ?? asList(asObject(event)?.Records);
  if (records === undefined) return [wholeEvent(event)];
  if (asList(event) === undefined && !records.some(isEnvelope)) return [wholeEvent(event)];
  return records.map(messageOf);
}

/** Lambda writes `eventSource` for SQS and S3 and `EventSource` for SNS. */
function sourceOf(record: Readonly<Record<string, unknown>>): unknown {
  return record.eventSource ?? record.EventSource;
}

function isEnvelope(record: unknown): boolean {
  const fields = asObject(record);
  return fields !== undefined && (isQueued(fields) || isPublished(fields) || sourceOf(fields) === 'aws:s3');
}

const isQueued = (record: Readonly<Record<string, unknown>>): boolean =>
  sourceOf(record) === 'aws:sqs' || (asText(record.messageId) !== undefined && 'body' in record);

const isPublished = (record: Readonly<Record<string, unknown>>): boolean =>
  sourceOf(record) === 'aws:sns' || asObject(record.Sns) !== undefined;

function messageOf(record: unknown): Message {
  const fields = asObject(record);
  if (fields === undefined) return { body: record };
  if (isQueued(fields)) return queued(fields);
  if (isPublished(fields)) return published(fields);
  return sourceOf(fields) === 'aws:s3'
    ? { ...sentAt(fields.eventTime), body: { Records: [fields] } }
    : wholeEvent(record);
}

function queued(record: Readonly<Record<string, unknown>>): Message {
  const messageId = asText(record.messageId);
  const receiptHandle = asText(record.receiptHandle);
  const attributes = asObject(record.attributes) ?? {};
  const receiveCount = Number(attributes.ApproximateReceiveCount);
  return {
    ...(messageId === undefined ? {} : { messageId }),
    ...(receiptHandle === undefined ? {} : { receiptHandle }),
    ...(Number.isSafeInteger(receiveCount) ? { receiveCount } : {}),
    ...sentAt(Number(attributes.SentTimestamp)),
    body: record.body,
  };
}

function published(record: Readonly<Record<string, unknown>>): Message {
  const sns = asObject(record.Sns) ?? {};
  const topicArn = asText(sns.TopicArn);
  return { ...sentAt(sns.Timestamp), ...(topicArn === undefined ? {} : { topicArn }), body: record.Sns };
}

/** EventBridge says when in `time`; the other events that come alone do not say it. */
function wholeEvent(event: unknown): Message {
  return { ...sentAt(asObject(event)?.time), body: event };
}

function sentAt(value: unknown): { readonly sentAt?: Date } {
  const date = asDate(value);
  return date === undefined ? {} : { sentAt: date };
}
