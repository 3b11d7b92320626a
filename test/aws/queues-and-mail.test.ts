import { describe, expect, it } from 'vitest';
import { queueInbox } from '../../src/aws/queue-inbox.ts';
import { PipelineError } from '../../src/errors.ts';
import { publisherContract } from '../contract/publisher.ts';
import { aFauxqs } from '../support/fauxqs.ts';
import { livePorts } from '../support/live.ts';

const fauxqs = aFauxqs();
let made = 0;

const aQueue = (attributes: Record<string, string> = {}): string => {
  made += 1;
  const name = `q-${made}${attributes.FifoQueue === undefined ? '' : '.fifo'}`;
  return fauxqs().createQueue(name, { region: 'eu-west-1', attributes }).queueUrl;
};
const now = { waitSeconds: 0 };

publisherContract('SNS', async () => {
  made += 1;
  const { topicArn } = fauxqs().createTopic(`alerts-${made}`, { region: 'eu-west-1' });
  fauxqs().createQueue(`mailbox-${made}`, { region: 'eu-west-1' });
  fauxqs().subscribe({ topic: `alerts-${made}`, queue: `mailbox-${made}`, region: 'eu-west-1' });
  const name = `mailbox-${made}`;
  return {
    publisher: livePorts().publisher(topicArn),
    received: async () =>
      (fauxqs().inspectQueue(name)?.messages.ready ?? []).map(({ body }) => {
        const { Subject, Message } = JSON.parse(body) as { Subject: string; Message: string };
        return `${Subject}\n${Message}`;
      }),
  };
});

describe('snsPublisher', () => {
  it('reports that SNS did not accept a mail, and why', async () => {
    const message = { kind: 'findings', subject: 's', body: 'b', attributes: { empty: '' }, severity: null } as const;
    const sent = livePorts().publisher('arn:aws:sns:eu-west-1:000000000000:none').publish(message);
    await expect(sent).rejects.toMatchObject({
      code: 'alert-failed',
      retryable: false,
      concerns: { operation: 'Publish' },
    });
  });
});

describe('sqsQueues', () => {
  const { queues } = livePorts();

  it('delivers a message with its id, count and time until it is removed', async () => {
    const url = aQueue();
    await queues.send(url, 'hello');
    const [message] = await queues.receive(url, now);
    expect(message).toMatchObject({
      body: 'hello',
      receiveCount: 1,
      messageId: expect.any(String),
      sentAt: expect.any(Date),
    });
    await queues.remove(url, message?.receiptHandle ?? '');
    expect(await queues.receive(url, now)).toEqual([]);
  });

  it('makes a message available again at once, and counts it, when it is hidden for 0 seconds', async () => {
    const url = aQueue();
    await queues.send(url, 'again');
    const [first] = await queues.receive(url, now);
    expect(await queues.receive(url, now)).toEqual([]);
    await queues.hide(url, first?.receiptHandle ?? '', 0);
    expect(await queues.receive(url, now)).toMatchObject([{ body: 'again', receiveCount: 2 }]);
  });

  it.each([
    ['a standard queue', {}, [30, 150, 300]],
    ['a FIFO queue', { FifoQueue: 'true', ContentBasedDeduplication: 'true' }, [30, 60, 120]],
  ])('gives a message back to %s for as long as its failure asks', async (_what, attributes, expected) => {
    const url = aQueue({ VisibilityTimeout: '1800', ...attributes });
    if ('FifoQueue' in attributes)
      await queues.sendInOrder(url, 'failing', { group: '111122223333:eu-west-1', deduplicationId: 'a' });
    else await queues.send(url, 'failing');
    const hidden: number[] = [];
    const hide: typeof queues.hide = (queue, receipt, seconds) => {
      hidden.push(seconds);
      // Tests do not wait: the queue shows that it takes the call, and gives the message back.
      return queues.hide(queue, receipt, 0);
    };
    const inbox = queueInbox({ ...queues, hide }, url, 0);
    for (const error of [
      new PipelineError('log-missing', 'not there yet'),
      new PipelineError('mail-claimed', 'taken', { retryable: true }),
      new PipelineError('log-unreadable', 'cut off'),
    ]) {
      const [message] = await inbox.next(new AbortController().signal);
      expect(message?.body).toBe('failing');
      if (message !== undefined) await inbox.left(message, error);
    }
    expect(hidden).toEqual(expected);
  });

  it('delays a message', async () => {
    const url = aQueue();
    await queues.send(url, 'later', { delaySeconds: 60 });
    expect(await queues.receive(url, now)).toEqual([]);
    expect(fauxqs().inspectQueue(url.split('/').at(-1) ?? '')?.messages.delayed).toHaveLength(1);
  });

  it('sends in order within a group, and once per deduplication id', async () => {
    const url = aQueue({ FifoQueue: 'true' });
    for (const [body, deduplicationId] of [
      ['1', 'a'],
      ['2', 'b'],
      ['again', 'a'],
    ] as const) {
      await queues.sendInOrder(url, body, { group: '111122223333:eu-west-1', deduplicationId });
    }
    const bodies: unknown[] = [];
    for (let n = 0; n < 3; n += 1) {
      for (const { body, receiptHandle = '' } of await queues.receive(url, now)) {
        bodies.push(body);
        await queues.remove(url, receiptHandle);
      }
    }
    expect(bodies).toEqual(['1', '2']);
  });

  it('names the queue that does not exist', async () => {
    const url = `http://127.0.0.1:${fauxqs().port}/000000000000/none`;
    await expect(queues.receive(url, now)).rejects.toMatchObject({
      code: 'aws-call-failed',
      concerns: { resourceId: url },
    });
  });
});
