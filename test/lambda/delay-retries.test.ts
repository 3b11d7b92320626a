/** Delays of failed messages are a courtesy: a queue that throttles the calls does not take the run's time. */

import { describe, expect, it } from 'vitest';
import { boundDeadRun, delayRetries, type RetryParts } from '../../src/lambda/delay-retries.ts';

const URL = 'https://sqs.eu-west-1.amazonaws.com/111122223333/repairs.fifo';
const messages = Array.from({ length: 25 }, (_, index) => ({
  ...{ messageId: `m-${index}`, receiptHandle: `r-${index}`, body: '{}' },
  queueArn: 'arn:aws:sqs:eu-west-1:111122223333:repairs.fifo',
}));

/** Parts whose queue answers as `hide` does, with the calls, notes and waits so far. */
function theParts(hide: () => Promise<void>) {
  const seen = { calls: 0, notes: [] as string[], waits: [] as number[] };
  const queues = {
    hide: () => {
      seen.calls += 1;
      return hide();
    },
  };
  const parts = {
    queueUrls: [URL],
    aws: async () => ({ queues }),
    telemetry: { note: (text: string) => void seen.notes.push(text) },
    sleep: async (milliseconds: number) => {
      seen.waits.push(milliseconds);
      // Time enough for calls that are answered at once.
      for (let turns = 0; turns < 200; turns += 1) await Promise.resolve();
    },
  };
  return { seen, parts: parts as unknown as RetryParts };
}

const context = { getRemainingTimeInMillis: () => 300_000 };
const failed = messages.map((message) => ({ message, error: new Error('Rate exceeded') }));

describe.each([
  ['delayRetries', (parts: RetryParts) => delayRetries(failed, parts)],
  ['boundDeadRun', (parts: RetryParts) => boundDeadRun(messages, context, parts)],
] as const)('%s', (_, run) => {
  it('waits three seconds for a queue that does not answer, begins no further call, and says so', async () => {
    const { seen, parts } = theParts(() => new Promise(() => undefined));
    await run(parts);
    expect(seen.waits).toEqual([3000]);
    expect(seen.calls).toBe(10);
    expect(seen.notes).toEqual(['25 retries could not be set within 3 s']);
  });

  it('makes all calls of a queue that answers, and notes nothing', async () => {
    const { seen, parts } = theParts(async () => undefined);
    await run(parts);
    expect(seen.calls).toBe(25);
    expect(seen.notes).toEqual([]);
  });
});
