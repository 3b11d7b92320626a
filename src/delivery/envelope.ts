/** Unwraps what invoked us into messages: Lambda's batches of SQS, SNS and S3 records, EventBridge events, CloudWatch Logs data. */

import { asCount, asDate, asList, asObject, asText } from './shape.ts';

/** One message of an event: taken out of its batch, but not read. */
export interface Message {
  /** SQS's `messageId`, which `batchItemFailures` refers to; absent for what didn't come through a queue. */
  readonly messageId?: string | undefined;
  readonly receiptHandle?: string | undefined;
  /** The ARN of the queue it came through, if Lambda received it. */
  readonly queueArn?: string | undefined;
  /** How often the queue has delivered it, from 1. */
  readonly receiveCount?: number | undefined;
  /** When it was sent, if the envelope says so. */
  readonly sentAt?: Date | undefined;
  /** The SNS topic that invoked the function. A topic in front of a queue shows only in the body (`Notification.topicArn`). */
  readonly topicArn?: string | undefined;
  /** The body: text from SQS, an object from the others. */
  readonly body: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** A kind of record in Lambda's batches. */
export interface Envelope {
  readonly isOneOf: (record: Fields) => boolean;
  readonly unwrap: (record: Fields) => Message;
}

/** The known kinds of records; the first that fits a record unwraps it. A new kind is a new row and a fixture that names it. */
export const ENVELOPES = {
  'lambda-sqs': {
    isOneOf: (record) => sourceOf(record) === 'aws:sqs' || (asText(record.messageId) !== undefined && 'body' in record),
    unwrap: unwrapQueued,
  },
  'lambda-sns': {
    isOneOf: (record) => sourceOf(record) === 'aws:sns' || asObject(record.Sns) !== undefined,
    unwrap: unwrapPublished,
  },
  'lambda-s3': {
    isOneOf: (record) => sourceOf(record) === 'aws:s3',
    unwrap: (record) => ({ sentAt: asDate(record.eventTime), body: { Records: [record] } }),
  },
} as const satisfies Readonly<Record<string, Envelope>>;

/**
 * The messages of whatever invoked us, in order: one per SQS, SNS and S3 record, one for any other event.
 *
 * Never throws and drops nothing. A record of no known kind becomes a message of its own, and `readNotification` says what is wrong
 * with it, so one unreadable message doesn't hide the others in its batch. A list (EventBridge Pipes) is read item by item.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
 */
export function unwrapEvent(
  event: unknown,
  envelopes: Readonly<Record<string, Envelope>> = ENVELOPES,
): readonly Message[] {
  const envelopeOf = (record: unknown): Envelope | undefined => {
    const fields = asObject(record);
    return fields && Object.values(envelopes).find(({ isOneOf }) => isOneOf(fields));
  };
  const items = asList(event);
  const records = items ?? asList(asObject(event)?.Records);
  if (records === undefined) return [wholeEvent(event)];
  if (items === undefined && !records.some(envelopeOf)) return [wholeEvent(event)];
  return records.map((record) => envelopeOf(record)?.unwrap(asObject(record) ?? {}) ?? wholeEvent(record));
}

/** Lambda writes `eventSource` for SQS and S3, but `EventSource` for SNS. */
function sourceOf(record: Fields): unknown {
  return record.eventSource ?? record.EventSource;
}

function unwrapQueued(record: Fields): Message {
  const attributes = asObject(record.attributes) ?? {};
  return {
    messageId: asText(record.messageId),
    receiptHandle: asText(record.receiptHandle),
    queueArn: asText(record.eventSourceARN),
    receiveCount: asCount(attributes.ApproximateReceiveCount),
    sentAt: asDate(asCount(attributes.SentTimestamp)),
    body: record.body,
  };
}

function unwrapPublished(record: Fields): Message {
  const sns = asObject(record.Sns) ?? {};
  return { sentAt: asDate(sns.Timestamp), topicArn: asText(sns.TopicArn), body: record.Sns };
}

/** EventBridge says in `time` when it sent an event. Other events that come alone don't say. */
function wholeEvent(event: unknown): Message {
  return { sentAt: asDate(asObject(event)?.time), body: event };
}
