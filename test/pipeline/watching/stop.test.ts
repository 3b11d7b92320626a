/** What becomes of a batch, and of a queue that cannot be read, when a process that watches is stopped. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Message } from '../../../src/delivery/envelope.ts';
import { AwsCallError, messageOf, PipelineError } from '../../../src/errors.ts';
import type { DeliverPorts } from '../../../src/pipeline/deliver.ts';
import { type Inbox, type WatchOptions, watch } from '../../../src/pipeline/watch.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../../support/deliveries.ts';
import { threeInstances } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const CONFIG = parseConfig(
  JSON.stringify({
    requiredTags: ['CostCenter'],
    graceSeconds: 0,
    trail: { buckets: [BUCKET] },
    mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] },
  }),
  'config.json',
);

/** Three untagged instances without a session, all in one log file. */
function aWorld() {
  const account = anAccountOf(threeInstances());
  const bucket = aBucket();
  bucket.put(
    aLogKey(1),
    [1, 2, 3].map((n) => aLaunchRecord(n, `i-${n}`, {}, { eventID: `launch-${n}` })),
  );
  const mails: AlertMessage[] = [];
  const ports: DeliverPorts = {
    logs: bucket.logs,
    inventory: account.source,
    writer: account.writer,
    ledger: aLedger(),
    publisher: { publish: async (message) => `mail-${mails.push(message)}` },
  };
  return { account, ports, mails, sessions: () => account.inventories()[0]?.trafficMirrorSessions ?? [] };
}

/** A queue with one message. What was given back is received again by the next process. */
function aQueue() {
  const log: string[] = [];
  let waiting: Message[] = [aNotice('m1', aLogKey(1))];
  const inbox: Inbox = {
    next: async () => {
      const all = waiting;
      waiting = [];
      return all;
    },
    done: async ({ messageId }) => void log.push(`done ${messageId}`),
    left: async (message, error) => {
      log.push(`left ${message.messageId}: ${error instanceof PipelineError ? error.code : messageOf(error)}`);
      waiting.push(message);
    },
    keep: async () => undefined,
    later: async () => undefined,
  };
  return { inbox, log };
}

/** A process. `stop` stops it; `timePasses` lets what waits for the end of the batch's time happen. */
function aProcess(inbox: Inbox, ports: DeliverPorts, options: Partial<WatchOptions> = {}) {
  const abort = new AbortController();
  const waiting: (() => void)[] = [];
  const told: string[] = [];
  const ended = watch(inbox, ports, CONFIG, {
    once: true,
    signal: abort.signal,
    now: () => at(120),
    startClock: () => STOPPED_CLOCK,
    repeat: () => () => undefined,
    afterStop: (_, act) => {
      waiting.push(act);
      return () => undefined;
    },
    onBatch: () => undefined,
    onFault: (error) => void told.push(`fault: ${messageOf(error)}`),
    onGivenBack: (messages, failed) =>
      void told.push(`gave back ${messages.length - failed.length} of ${messages.length}`),
    ...options,
  });
  return {
    told,
    ended,
    stop: () => abort.abort(),
    timePasses: () => {
      // The one moment after the other, as on a clock.
      for (const [n, act] of waiting.entries()) setTimeout(act, 20 * n);
    },
  };
}

const never = new Promise<never>(() => undefined);

describe('a process that is stopped during a batch', () => {
  it('stops between two repairs and mails nothing; the next process does the rest, once', async () => {
    const world = aWorld();
    const queue = aQueue();
    const { writer } = world.account;
    const createSession: typeof writer.createSession = async (...request) => {
      first.stop();
      return writer.createSession(...request);
    };
    const first = aProcess(queue.inbox, { ...world.ports, writer: { ...writer, createSession } });
    await first.ended;
    expect(world.sessions()).toHaveLength(1);
    expect(world.mails).toEqual([]);
    expect(queue.log).toEqual(['left m1: stopped']);
    expect(first.told).toEqual(['gave back 1 of 1']);

    const second = aProcess(queue.inbox, world.ports);
    await second.ended;
    expect(
      world
        .sessions()
        .map((each) => each.networkInterfaceId)
        .toSorted(),
    ).toEqual(['eni-1', 'eni-2', 'eni-3']);
    expect(world.mails).toHaveLength(1);
    expect(queue.log).toEqual(['left m1: stopped', 'done m1']);
    expect(second.told).toEqual([]);
  });

  it('finishes a mail that it has begun, acknowledges its batch, and takes nothing more', async () => {
    const world = aWorld();
    const queue = aQueue();
    const publish = async (message: AlertMessage): Promise<string> => {
      process.stop();
      return `mail-${world.mails.push(message)}`;
    };
    const process = aProcess(queue.inbox, { ...world.ports, publisher: { publish } });
    await process.ended;
    expect(queue.log).toEqual(['done m1']);
    await aProcess(queue.inbox, world.ports).ended;
    expect(world.mails).toHaveLength(1);
  });

  it.each<[string, (ports: DeliverPorts) => Partial<DeliverPorts>]>([
    ['a bucket', ({ logs }) => ({ logs: { ...logs, fetch: () => never } })],
    ['EC2', ({ inventory }) => ({ inventory: { ...inventory, load: () => never } })],
    [
      'the call that creates a session',
      ({ writer }) => (writer ? { writer: { ...writer, createSession: () => never } } : {}),
    ],
    ['the ledger', ({ ledger }) => (ledger ? { ledger: { ...ledger, record: () => never } } : {})],
    ['SNS', () => ({ publisher: { publish: () => never } })],
  ])('does not wait for %s that says nothing: it gives the messages back', async (_, silent) => {
    const world = aWorld();
    const queue = aQueue();
    const process = aProcess(queue.inbox, { ...world.ports, ...silent(world.ports) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stop();
    process.timePasses();
    await process.ended;
    expect(queue.log).toEqual(['left m1: stopped']);
    expect(process.told).toEqual(['gave back 1 of 1']);
  });

  it('acknowledges nothing after it gave the messages back', async () => {
    const world = aWorld();
    const queue = aQueue();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { logs } = world.ports;
    const fetch: typeof logs.fetch = async (...request) => {
      await gate;
      return logs.fetch(...request);
    };
    const process = aProcess(queue.inbox, { ...world.ports, logs: { ...logs, fetch } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stop();
    process.timePasses();
    await process.ended;
    go();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(queue.log).toEqual(['left m1: stopped']);
    expect(world.sessions()).toEqual([]);
    expect(world.mails).toEqual([]);
  });

  it.each([
    ['refuses to take', () => Promise.reject(new Error('no'))],
    ['does not answer when it is to take', () => never],
  ])('ends although the queue %s the messages back, and says so', async (_, left) => {
    const queue = aQueue();
    const refusing: Inbox = { ...queue.inbox, left };
    const world = aWorld();
    const process = aProcess(refusing, { ...world.ports, publisher: { publish: () => never } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stop();
    process.timePasses();
    await process.ended;
    expect(process.told).toEqual(['gave back 0 of 1']);
  });
});

describe('a queue that cannot be read', () => {
  const silent = new AwsCallError('ReceiveMessage', 'TimeoutError', 'no answer', { retryable: true });
  const denied = new AwsCallError('ReceiveMessage', 'AccessDenied', 'denied');

  /** An inbox whose first reads fail. */
  const failing = (...errors: readonly Error[]) => {
    const queue = aQueue();
    const left = [...errors];
    const next: Inbox['next'] = async (signal) => {
      const error = left.shift();
      if (error !== undefined) throw error;
      return queue.inbox.next(signal);
    };
    return { ...queue, inbox: { ...queue.inbox, next } };
  };

  it('is read again after a passing fault, which is told', async () => {
    const { inbox, log } = failing(silent, silent);
    const world = aWorld();
    const process = aProcess(inbox, world.ports, { once: false, onBatch: () => process.stop() });
    await process.ended;
    expect(process.told).toEqual(['fault: no answer', 'fault: no answer']);
    expect(log).toEqual(['done m1']);
  });

  it('ends the process after any other fault, and with once after each', async () => {
    const world = aWorld();
    await expect(aProcess(failing(denied).inbox, world.ports, { once: false }).ended).rejects.toBe(denied);
    await expect(aProcess(failing(silent).inbox, world.ports).ended).rejects.toBe(silent);
  });
});
