import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrapEvent } from '../../src/delivery/envelope.ts';

describe('unwrapEvent', () => {
  it('returns each SQS record with its id, queue, receive count and sending time, even if its body is garbage', () => {
    const record = {
      messageId: 'm1',
      receiptHandle: 'r1',
      body: '\u0000{',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:deliveries',
      attributes: { ApproximateReceiveCount: '3', SentTimestamp: '1767323160000' },
    };
    expect(unwrapEvent({ Records: [record, { ...record, messageId: 'm2', attributes: undefined }] })).toEqual([
      {
        messageId: 'm1',
        receiptHandle: 'r1',
        queueArn: 'arn:aws:sqs:eu-west-1:111122223333:deliveries',
        receiveCount: 3,
        sentAt: new Date('2026-01-02T03:06:00Z'),
        body: '\u0000{',
      },
      {
        messageId: 'm2',
        receiptHandle: 'r1',
        queueArn: 'arn:aws:sqs:eu-west-1:111122223333:deliveries',
        body: '\u0000{',
      },
    ]);
  });

  it('returns each SNS record with its topic', () => {
    const sns = { TopicArn: 'arn:t', Message: 'x', Timestamp: '2026-01-02T03:06:00.000Z' };
    expect(unwrapEvent({ Records: [{ EventSource: 'aws:sns', Sns: sns }] })).toEqual([
      { topicArn: 'arn:t', sentAt: new Date('2026-01-02T03:06:00Z'), body: sns },
    ]);
  });

  it('returns each record of an S3 event as a message of its own', () => {
    const record = { eventSource: 'aws:s3', eventTime: '2026-01-02T03:06:00.000Z' };
    expect(unwrapEvent({ Records: [record, record] })).toEqual(
      [record, record].map((one) => ({ sentAt: new Date('2026-01-02T03:06:00Z'), body: { Records: [one] } })),
    );
  });

  it.each([
    [
      'an EventBridge event',
      { source: 'aws.ec2', time: '2026-01-02T03:06:00Z', detail: {} },
      { sentAt: new Date('2026-01-02T03:06:00Z') },
    ],
    ['the content of a log file', { Records: [{ eventVersion: '1.11', eventSource: 'ec2.amazonaws.com' }] }, {}],
    ['an empty batch', { Records: [] }, {}],
    ['a text', 'hello', {}],
    ['nothing', null, {}],
  ])('returns %s as one message', (_, event, traits) => {
    expect(unwrapEvent(event)).toEqual([{ ...traits, body: event }]);
  });

  it('never throws and never loses a record, whatever the event', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.jsonValue(), (records, other) => {
        expect(unwrapEvent(other).length).toBeGreaterThanOrEqual(Array.isArray(other) ? other.length : 1);
        const queued = { messageId: 'm', body: 'b', eventSource: 'aws:sqs' };
        expect(unwrapEvent({ Records: [...records, queued] })).toHaveLength(records.length + 1);
      }),
    );
  });
});
