import { describe, expect, it } from 'vitest';
import { Queue } from '../../campaign/aws/queue.ts';
import { type Clock, virtualClock } from '../../campaign/driver/clock.ts';

const SECOND_MS = 1000;

function aQueue(isFifo: boolean, maxReceiveCount = 5): { readonly queue: Queue; readonly clock: Clock } {
  const clock = virtualClock(0);
  const settings = { name: isFifo ? 'q.fifo' : 'q', isFifo, visibilityMs: 30 * SECOND_MS, maxReceiveCount };
  return { queue: new Queue(settings, clock, () => undefined), clock };
}

function wait(clock: Clock, ms: number): void {
  clock.after(ms, () => undefined);
  clock.step(Number.POSITIVE_INFINITY);
}

const bodies = (queue: Queue): readonly string[] => queue.receive(10).map(({ body }) => body);

describe('a queue of the double', () => {
  it('hides what was received until the timeout, and delivers it again unless it was deleted', () => {
    const { queue, clock } = aQueue(false);
    queue.send('a');
    queue.send('b');
    const [a] = queue.receive(10);
    expect(bodies(queue)).toEqual([]);
    queue.remove(a?.receiptHandle ?? '');
    wait(clock, 30 * SECOND_MS);
    expect(bodies(queue)).toEqual(['b']);
  });

  it('hides a message for as long as it is told, and refuses to hide one that is visible', () => {
    const { queue, clock } = aQueue(false);
    queue.send('a');
    const [a] = queue.receive(1);
    queue.hide(a?.receiptHandle ?? '', 5);
    wait(clock, 5 * SECOND_MS);
    expect(() => queue.hide(a?.receiptHandle ?? '', 5)).toThrow('not available');
    expect(bodies(queue)).toEqual(['a']);
  });

  it('moves a message to the dead letters after its last delivery', () => {
    const { queue, clock } = aQueue(false, 2);
    queue.send('a');
    for (const expected of [['a'], ['a'], []]) {
      expect(bodies(queue)).toEqual(expected);
      wait(clock, 30 * SECOND_MS);
    }
    expect(queue.deadLetters.map(({ body }) => body)).toEqual(['a']);
  });

  it('delivers nothing of a group while one of its messages is in flight, and other groups meanwhile', () => {
    const { queue, clock } = aQueue(true);
    queue.send('a1', { group: 'a', deduplicationId: '1' });
    const [a1] = queue.receive(10);
    queue.send('a2', { group: 'a', deduplicationId: '2' });
    queue.send('b1', { group: 'b', deduplicationId: '3' });
    expect(bodies(queue)).toEqual(['b1']);
    queue.remove(a1?.receiptHandle ?? '');
    expect(bodies(queue)).toEqual(['a2']);
    wait(clock, 1);
  });

  it('takes a deduplication id once in five minutes', () => {
    const { queue, clock } = aQueue(true);
    const order = { group: 'a', deduplicationId: '1' };
    expect(queue.send('a', order)).toBe(queue.send('a', order));
    wait(clock, 300 * SECOND_MS);
    queue.send('later', order);
    expect(bodies(queue)).toEqual(['a', 'later']);
  });

  it('refuses delays above 900 s, as SQS does', () => {
    expect(() => aQueue(false).queue.send('a', { delaySeconds: 901 })).toThrow('DelaySeconds');
  });
});
