import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AwsCallError, PipelineError } from '../../../src/errors.ts';
import { failureKind, retryDelaySeconds } from '../../../src/pipeline/retry/retry-delay.ts';

const damaged = new PipelineError('log-unreadable', 'cut off');
const missing = new PipelineError('log-missing', 'not there');
const denied = new PipelineError('log-unreadable', 'denied', { awsCode: 'AccessDenied' });
const throttled = new AwsCallError('GetObject', 'SlowDown', 'throttled', { retryable: true });
const together = (...errors: readonly unknown[]): PipelineError =>
  new PipelineError('log-unreadable', 'several', { cause: new AggregateError(errors, 'the objects') });

describe('failureKind', () => {
  it.each([
    ['an object that is not there yet', missing, 'passing'],
    ['a throttled call', throttled, 'passing'],
    ['a repair to be retried', new PipelineError('repair-pending', 'later', { retryable: true }), 'passing'],
    ['a mail that another run has claimed', new PipelineError('mail-claimed', 'taken', { retryable: true }), 'passing'],
    ['a damaged object', damaged, 'content'],
    ['an object that is too long', new PipelineError('log-too-large', 'long'), 'content'],
    ['a message of no known form', new PipelineError('notification-unreadable', 'odd'), 'content'],
    ['an object that we may not read', denied, 'lasting'],
    ['a wrong configuration', new PipelineError('config-invalid', 'wrong'), 'lasting'],
    ['a defect', new TypeError('x is undefined'), 'lasting'],
    ['several objects of which one may come', together(damaged, denied, missing), 'passing'],
    ['several objects, none of which will come', together(damaged, denied), 'content'],
    ['several objects that we may not read', together(denied, denied), 'lasting'],
  ])('of %s', (_what, error, kind) => {
    expect(failureKind(error)).toBe(kind);
  });
});

const STANDARD = 'https://sqs.eu-west-1.amazonaws.com/111122223333/deliveries';
const FIFO = 'https://sqs.eu-west-1.amazonaws.com/111122223333/remediations.fifo';

describe('retryDelaySeconds', () => {
  it('grows for what passes, from half a minute to an hour', () => {
    expect([undefined, 1, 2, 3, 4, 5, 5000].map((count) => retryDelaySeconds(throttled, count, STANDARD))).toEqual([
      30, 30, 150, 750, 3600, 3600, 3600,
    ]);
  });

  it('is five minutes for content, and left to the queue for what lasts', () => {
    expect([1, 4].map((count) => retryDelaySeconds(damaged, count, STANDARD))).toEqual([300, 300]);
    expect([1, 4].map((count) => retryDelaySeconds(denied, count, STANDARD))).toEqual([undefined, undefined]);
  });

  it.each([
    ['what passes', throttled],
    ['content', damaged],
    ['what lasts', denied],
  ])('holds up a FIFO group for less than six minutes in all: %s', (_what, error) => {
    const { Remediations } = JSON.parse(readFileSync('template.json', 'utf8')).Resources;
    const { maxReceiveCount } = Remediations.Properties.RedrivePolicy;
    expect(maxReceiveCount).toBe(5);
    const waits = Array.from({ length: maxReceiveCount }, (_, n) => retryDelaySeconds(error, n + 1, FIFO));
    expect(waits).toEqual([30, 60, 120, 120, 0]);
  });
});
