/** How a function answers its event source, and what it reports, when messages fail. Runs in this process, on an in-memory bucket. */

import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { AwsPorts } from '../../src/aws/ports.ts';
import { parseConfig } from '../../src/config.ts';
import type { LogStore } from '../../src/delivery/fetch-log.ts';
import { AwsCallError } from '../../src/errors.ts';
import { deliveryHandler, type HandlerParts } from '../../src/lambda/deliveries.ts';
import { codeOf, type Telemetry } from '../../src/lambda/telemetry.ts';
import { aBucket, aLaunchRecord, aLogKey, BUCKET } from '../support/deliveries.ts';
import { anInventory } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { livePorts } from '../support/live.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const CONFIG = {
  trail: { buckets: [BUCKET] },
  mirroring: {
    mode: 'apply',
    filterId: anInventory().trafficMirrorFilters?.[0]?.trafficMirrorFilterId,
    targets: (anInventory().trafficMirrorTargets ?? []).map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
  },
};

const DENIED = new AwsCallError('GetObject', 'AccessDenied', 'GetObject failed with AccessDenied');
const THROTTLED = new AwsCallError('GetObject', 'SlowDown', 'GetObject failed with SlowDown', { retryable: true });

const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:111122223333:deliveries';
const QUEUE_URL = 'https://sqs.eu-west-1.amazonaws.com/111122223333/deliveries';
const FIFO_URL = 'https://sqs.eu-west-1.amazonaws.com/111122223333/remediations.fifo';

interface Harness {
  /** `code` of each fault that was reported as one, and of each message that was reported as failed. */
  readonly reported: { readonly faults: string[]; readonly messages: string[] };
  /** Each message that was hidden, with its queue and for how many seconds. */
  readonly hidden: string[];
  send(event: unknown, remainingMs?: number): Promise<unknown>;
}

/** A handler whose bucket has one launch under key 1, and a file that is cut off under key 6. Keys 7 and 8 cannot be read, any other is missing. */
function aHarness(broken: Partial<HandlerParts> = {}): Harness {
  const bucket = aBucket();
  bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-1')]);
  bucket.put(aLogKey(6), Buffer.from('{"Records":['));
  const fetch: LogStore['fetch'] = async (object, options) => {
    if (object.key === aLogKey(7)) throw DENIED;
    if (object.key === aLogKey(8)) throw THROTTLED;
    return bucket.logs.fetch(object, options);
  };
  const account = anAccountOf(anInventory());
  const live = livePorts();
  const hidden: string[] = [];
  const hide: AwsPorts['queues']['hide'] = async (url, receiptHandle, seconds) => {
    if (receiptHandle === 'r-lost') throw THROTTLED;
    hidden.push(`${receiptHandle} of ${url.split('/').at(-1)} for ${seconds} s`);
  };
  const aws: AwsPorts = {
    ...live,
    queues: { ...live.queues, hide },
    logs: { ...bucket.logs, fetch },
    inventory: account.source,
    writer: account.writer,
    tasks: { describe: async () => [] },
  };
  const reported: Harness['reported'] = { faults: [], messages: [] };
  const ignored = (): void => undefined;
  const telemetry: Telemetry = {
    ...{ begin: ignored, delivered: ignored, swept: ignored, note: ignored, end: ignored },
    failed: (error) => void reported.faults.push(codeOf(error)),
    messageFailed: (error) => void reported.messages.push(codeOf(error)),
  };
  const parts: HandlerParts = {
    open: async () => ({
      settings: { config: 'config.json' },
      config: parseConfig(JSON.stringify(CONFIG), 'config.json'),
      aws,
      ports: { ledger: aLedger() },
    }),
    openWithoutConfig: async () => aws,
    telemetry,
    now: () => at(120),
    queueUrls: [QUEUE_URL, FIFO_URL],
    ...broken,
  };
  const handler = deliveryHandler({ service: 'remediate', repairs: 'here' }, parts);
  const send: Harness['send'] = (event, remainingMs = 60_000) =>
    handler(event, { getRemainingTimeInMillis: () => remainingMs } as Context);
  return { reported, hidden, send };
}

const notice = (number: number): string => JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [aLogKey(number)] });
const queued = (...bodies: readonly string[]): unknown => ({
  Records: bodies.map((body, index) => ({ messageId: `m${index}`, eventSource: 'aws:sqs', attributes: {}, body })),
});
const published = (...bodies: readonly string[]): unknown => ({
  Records: bodies.map((Message) => ({ EventSource: 'aws:sns', Sns: { Type: 'Notification', Message } })),
});
const failures = (...ids: readonly string[]): unknown => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('a handler of deliveries', () => {
  it('returns only the failed messages to the queue, and reports each under its own code', async () => {
    const { send, reported } = aHarness();
    const event = queued(notice(1), notice(2), '{"hello": "world"}', notice(7), notice(8));
    expect(await send(event)).toEqual(failures('m1', 'm2', 'm3', 'm4'));
    expect(reported).toEqual({
      faults: [],
      messages: ['log-missing', 'notification-unreadable', 'AccessDenied', 'SlowDown'],
    });
  });

  it('returns a message whose object is cut off, and reports the fault', async () => {
    const { send, reported } = aHarness();
    expect(await send(queued(notice(1), notice(6)))).toEqual(failures('m1'));
    expect(reported.messages).toEqual(['log-unreadable']);
  });

  it('reports a repair that has to be retried as such', async () => {
    const { send, reported } = aHarness();
    expect(await send(queued(notice(1)), 0)).toEqual(failures('m0'));
    expect(reported).toEqual({ faults: [], messages: ['repair-pending'] });
  });

  it.each([
    ['a missing object', notice(2), { code: 'log-missing' }],
    ['an unknown form', '{"hello": "world"}', { code: 'notification-unreadable' }],
    ['a denied call', notice(7), { code: 'aws-call-failed', concerns: { awsCode: 'AccessDenied' }, retryable: false }],
    ['a throttled call', notice(8), { code: 'aws-call-failed', concerns: { awsCode: 'SlowDown' }, retryable: true }],
  ])('fails the event of another source with the code of %s, and reports it once', async (_, body, expected) => {
    const { send, reported } = aHarness();
    const sending = send(published(notice(1), body));
    await expect(sending).rejects.toMatchObject(expected);
    await expect(sending).rejects.toThrow(/^1 of 2 messages failed: /);
    expect(reported.messages).toHaveLength(1);
    expect(reported.faults).toEqual([]);
  });

  it('reports the fault when nothing can be opened', async () => {
    const { reported } = aHarness();
    const handler = deliveryHandler(
      { service: 'respond', repairs: 'hand-over' },
      {
        open: () => Promise.reject(DENIED),
        openWithoutConfig: async () => livePorts(),
        telemetry: {
          ...{ begin: () => undefined, delivered: () => undefined, swept: () => undefined, note: () => undefined },
          failed: (error) => void reported.faults.push(codeOf(error)),
          messageFailed: () => undefined,
          end: () => void reported.faults.push('end'),
        },
        now: () => at(0),
      },
    );
    await expect(handler(queued('{}'), { getRemainingTimeInMillis: () => 60_000 } as Context)).rejects.toBe(DENIED);
    expect(reported.faults).toEqual(['AccessDenied', 'end']);
  });
});

describe('the retry of a failed message', () => {
  const received = (body: string, count: number, more: object = {}): object => ({
    messageId: `m${count}`,
    receiptHandle: `r${count}`,
    attributes: { ApproximateReceiveCount: String(count) },
    eventSource: 'aws:sqs',
    eventSourceARN: QUEUE_ARN,
    body,
    ...more,
  });

  it.each([
    ['a missing object, first', received(notice(2), 1), ['r1 of deliveries for 30 s']],
    ['a throttled call, later', received(notice(8), 3), ['r3 of deliveries for 750 s']],
    ['an object that is cut off', received(notice(6), 2), ['r2 of deliveries for 300 s']],
    ['a message of no known form', received('{"hello":"world"}', 1), ['r1 of deliveries for 300 s']],
    ['a denied call, for which the queue decides', received(notice(7), 1), []],
    ['a message that succeeds', received(notice(1), 1), []],
  ])('waits as its failure asks: %s', async (_what, record, expected) => {
    const { send, hidden } = aHarness();
    await send({ Records: [record] });
    expect(hidden).toEqual(expected);
  });

  it('waits shorter in a FIFO queue, whose group waits with it, and whatever failed', async () => {
    const { send, hidden } = aHarness();
    const eventSourceARN = 'arn:aws:sqs:eu-west-1:111122223333:remediations.fifo';
    expect(await send({ Records: [received(notice(1), 2, { eventSourceARN })] }, 0)).toEqual(failures('m2'));
    expect(await send({ Records: [received(notice(7), 3, { eventSourceARN })] })).toEqual(failures('m3'));
    expect(hidden.filter((each) => !/ for (?:30|90) s$/.test(each))).toEqual([
      'r2 of remediations.fifo for 60 s',
      'r3 of remediations.fifo for 120 s',
    ]);
  });

  it('comes back to a FIFO queue half a minute after the time limit of a run that dies', async () => {
    const { send, hidden } = aHarness();
    const eventSourceARN = 'arn:aws:sqs:eu-west-1:111122223333:remediations.fifo';
    await send({ Records: [received(notice(1), 1, { eventSourceARN }), received(notice(1), 2)] }, 300_000);
    expect(hidden).toEqual(['r1 of remediations.fifo for 330 s']);
  });

  it('waits as its queue says if the queue is not ours, or the wait cannot be set', async () => {
    const { send, hidden } = aHarness();
    const eventSourceARN = 'arn:aws:sqs:eu-west-1:111122223333:another';
    const Records = [received(notice(2), 1, { eventSourceARN }), received(notice(2), 2, { receiptHandle: 'r-lost' })];
    expect(await send({ Records })).toEqual(failures('m1', 'm2'));
    expect(hidden).toEqual([]);
  });

  it('waits only briefly when a passing fault stops the whole invocation', async () => {
    const { send, hidden } = aHarness({ open: () => Promise.reject(THROTTLED) });
    await expect(send({ Records: [received(notice(1), 1), received(notice(2), 2)] })).rejects.toBe(THROTTLED);
    expect(hidden).toEqual(['r1 of deliveries for 30 s', 'r2 of deliveries for 150 s']);
  });
});
