import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENVELOPES, unwrapEvent } from '../../src/delivery/envelope.ts';
import { NOTIFICATION_FORMS, type NotificationForm, readNotification } from '../../src/delivery/notification.ts';
import { PipelineError } from '../../src/errors.ts';

const FOLDER = new URL('../fixtures/notifications/', import.meta.url);
const FIXTURES = readdirSync(FOLDER).toSorted();
const ALL_FORMS = [...Object.keys(ENVELOPES), ...Object.keys(NOTIFICATION_FORMS)];

interface Fixture {
  /** The rows of `ENVELOPES` and `NOTIFICATION_FORMS` that reading it requires. */
  readonly forms: readonly string[];
  readonly event: unknown;
  /** For each message: what it must be read as, or a part of the error's text. */
  readonly yields: readonly (Record<string, unknown> & { readonly error?: string })[];
}

const fixture = (name: string): Fixture => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Fixture;

function reading(body: unknown, forms: Readonly<Record<string, NotificationForm>> = NOTIFICATION_FORMS): unknown {
  try {
    return readNotification(body, forms);
  } catch (fault) {
    return fault;
  }
}

/** How an event is read when one row is missing from both tables. */
function outcomeWithout(event: unknown, form?: string): unknown {
  const drop = <Row>(table: Readonly<Record<string, Row>>): Readonly<Record<string, Row>> =>
    Object.fromEntries(Object.entries(table).filter(([name]) => name !== form));
  return unwrapEvent(event, drop(ENVELOPES)).map((message) => {
    const read = reading(message.body, drop(NOTIFICATION_FORMS));
    return [message, read instanceof Error ? read.message : read];
  });
}

describe('every delivery in test/fixtures/notifications', () => {
  it.each(FIXTURES)('is read as it says: %s', (name) => {
    const { event, yields } = fixture(name);
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

  it.each(FIXTURES)('needs exactly the forms it names: %s', (name) => {
    const { event, forms } = fixture(name);
    const outcome = outcomeWithout(event);
    const needed = ALL_FORMS.filter((form) => !isDeepStrictEqual(outcomeWithout(event, form), outcome));
    expect(needed.toSorted()).toEqual(forms.toSorted());
  });
});

describe('the delivery forms', () => {
  it('each have a fixture', () => {
    const covered = new Set(FIXTURES.flatMap((name) => fixture(name).forms));
    expect(ALL_FORMS.filter((form) => !covered.has(form))).toEqual([]);
  });

  it('take one more row to read a new wrapper', () => {
    const event = { specversion: '1.0', data: { bucket: 'b', key: 'k' } };
    const cloudEvent: NotificationForm = (body, readInner) =>
      typeof body === 'object' && body !== null && 'specversion' in body && 'data' in body
        ? readInner(body.data)
        : undefined;
    expect(reading(event)).toMatchObject({ code: 'notification-unreadable' });
    expect(reading(event, { ...NOTIFICATION_FORMS, 'cloud-event': cloudEvent })).toEqual({
      kind: 'objects',
      objects: [{ bucket: 'b', key: 'k' }],
    });
  });
});

describe('readNotification', () => {
  it('names no topic for a notice that came through none', () => {
    expect(readNotification({ bucket: 'b', key: 'k' })).toEqual({
      kind: 'objects',
      objects: [{ bucket: 'b', key: 'k' }],
    });
  });

  it('returns a notification or throws a PipelineError for any JSON, as a value and as text', () => {
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

  it('describes an unreadable message in short, printable text', () => {
    const names = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`key\u001b[31m\u202e${at}`, at]));
    expect(reading(names)).toMatchObject({ message: expect.stringMatching(/^[ -~…]{1,800}$/) });
    expect(reading(`\u0000${'x'.repeat(100_000)}`)).toMatchObject({
      message: expect.stringMatching(/^[ -~…]{1,300}$/),
    });
  });

  it('takes the outermost topic, the one we subscribed to', () => {
    const wrap = (topicArn: string, message: unknown) => ({
      Type: 'Notification',
      TopicArn: topicArn,
      Message: JSON.stringify(message),
    });
    expect(readNotification(wrap('outer', wrap('inner', { bucket: 'b', key: 'k' })))).toMatchObject({
      topicArn: 'outer',
    });
  });

  it('refuses a batch whose parts come from several topics', () => {
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
