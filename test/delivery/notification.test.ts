import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrapEvent } from '../../src/delivery/envelope.ts';
import { readNotification } from '../../src/delivery/notification.ts';
import { PipelineError } from '../../src/errors.ts';

const FOLDER = new URL('../fixtures/notifications/', import.meta.url);
const FIXTURES = readdirSync(FOLDER).toSorted();

interface Fixture {
  readonly event: unknown;
  /** One entry a message: what it must be read as, or a part of the fault's text. */
  readonly yields: readonly (Record<string, unknown> & { readonly error?: string })[];
}

function reading(body: unknown): unknown {
  try {
    return readNotification(body);
  } catch (fault) {
    return fault;
  }
}

describe('a delivery', () => {
  it.each(FIXTURES)('is read in full: %s', (name) => {
    const { event, yields } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Fixture;
    const read = unwrapEvent(event).map(({ body }) => reading(body));
    expect(read).toHaveLength(yields.length);
    for (const [at, expected] of yields.entries()) {
      if (expected.error === undefined) {
        const detail = expected.kind === 'nothing' ? { detail: expect.any(String) } : {};
        expect(read[at]).toEqual({ ...expected, ...detail });
      } else {
        expect(read[at]).toMatchObject({
          code: 'notification-unreadable',
          message: expect.stringContaining(expected.error),
        });
      }
    }
  });

  it('names the known object only, and the notice of no topic is trusted by none', () => {
    expect(readNotification({ bucket: 'b', key: 'k' })).toEqual({
      kind: 'objects',
      objects: [{ bucket: 'b', key: 'k' }],
    });
  });
});

describe('readNotification', () => {
  it('gives a notification or a PipelineError for any JSON, as a value and as text', () => {
    const names = fc.constantFrom(
      'Records',
      'Sns',
      'Message',
      'Type',
      'TopicArn',
      'eventSource',
      'body',
      's3',
      'bucket',
      'object',
      'key',
      'detail',
      'source',
      'detail-type',
      's3Bucket',
      's3ObjectKey',
      'awslogs',
      'data',
      'logEvents',
      'name',
      'eventVersion',
      'mirrorwatch',
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(
          'aws:s3',
          'aws:sqs',
          'aws:sns',
          'aws.s3',
          'Notification',
          'Object Created',
          '{"Records":[{}]}',
          '"\\"x\\""',
          'H4sIAAAA',
          '',
        ),
        fc.jsonValue(),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(names, tie('json'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(json, (event) => {
        for (const form of [event, JSON.stringify(event)]) {
          for (const { body } of unwrapEvent(form)) {
            const read = reading(body);
            if (read instanceof Error) {
              expect(read).toBeInstanceOf(PipelineError);
              expect((read as PipelineError).code).toBe('notification-unreadable');
              expect(read.message.length).toBeLessThan(1000);
              expect(read.message).toMatch(/^[^\p{Cc}\u2028\u2029]*$/u);
            }
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('says what an unreadable message looked like in bounded, printable text', () => {
    const names = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`key\u001b[31m\u202e${at}`, at]));
    expect(reading(names)).toMatchObject({ message: expect.stringMatching(/^[ -~…]{1,800}$/) });
    expect(reading(`\u0000${'x'.repeat(100_000)}`)).toMatchObject({
      message: expect.stringMatching(/^[ -~…]{1,300}$/),
    });
  });

  it('takes the outermost topic, which is the one that was subscribed to', () => {
    const wrap = (topicArn: string, message: unknown) => ({
      Type: 'Notification',
      TopicArn: topicArn,
      Message: JSON.stringify(message),
    });
    expect(readNotification(wrap('outer', wrap('inner', { bucket: 'b', key: 'k' })))).toMatchObject({
      topicArn: 'outer',
    });
  });

  it('refuses a batch whose parts claim several topics', () => {
    const part = (topicArn: string) => ({
      EventSource: 'aws:sns',
      Sns: { Type: 'Notification', TopicArn: topicArn, Message: '{"bucket":"b","key":"k"}' },
    });
    expect(reading({ Records: [part('one'), part('two')] })).toMatchObject({ code: 'notification-unreadable' });
    expect(reading({ Records: [part('one'), part('one')] })).toMatchObject({
      topicArn: 'one',
      objects: [{ key: 'k' }, { key: 'k' }],
    });
  });
});
