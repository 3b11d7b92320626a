/** What invokes the functions: event source mappings of queues, and asynchronous invocations with Lambda's retries. */

import { groupBy } from '../../src/collections.ts';
import type { Queue, QueuedMessage } from '../aws/queue.ts';
import type { Clock } from './clock.ts';
import type { FunctionName } from './functions.ts';
import type { Lambda } from './lambda.ts';
import { chanceAt } from './random.ts';

/** A mapping as in template.json. */
export interface Mapping {
  readonly queue: Queue;
  readonly name: FunctionName;
  readonly windowMs: number;
  readonly concurrency: number;
  /** Polls nothing before this time. @default polls always */
  readonly pausedUntil?: number;
}

/** What the sources work with. */
export interface SourceOptions {
  readonly clock: Clock;
  readonly lambda: Lambda;
  readonly seed: number;
  /** The share of messages that a standard queue delivers again although they were deleted. */
  readonly duplicates: number;
}

const BATCH = 10;
/** @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RETRY_AFTER_MS = [60_000, 120_000];

/** Polls a queue: returns the function to call when a message becomes visible. */
export function poller(mapping: Mapping, { clock, lambda, seed, duplicates }: SourceOptions): (at: number) => void {
  const { queue, name, windowMs, concurrency, pausedUntil = 0 } = mapping;
  let running = 0;
  let batches = 0;
  const planned = new Set<number>();

  const poll = (): void => {
    while (running < concurrency) {
      const batch = queue.receive(BATCH);
      if (batch.length === 0) return;
      if (queue.settings.isFifo) for (const group of groupsOf(batch)) start(group);
      else start(batch);
    }
  };

  const start = (batch: readonly QueuedMessage[]): void => {
    running += 1;
    batches += 1;
    const handles = new Map(batch.map((message) => [message.id, message.receiptHandle]));
    lambda.invoke(name, eventOf(batch, queue), `${name}-batch-${batches}`, (ending) => {
      running -= 1;
      if (ending.kind === 'returned') acknowledge(batch, handles, failedIn(ending.answer));
      wake(clock.now());
    });
  };

  const acknowledge = (
    batch: readonly QueuedMessage[],
    handles: ReadonlyMap<string, string>,
    failed: ReadonlySet<string>,
  ): void => {
    for (const message of batch) {
      if (failed.has(message.id)) continue;
      queue.remove(handles.get(message.id) ?? '');
      const place = `${message.id}/${message.receiveCount}`;
      if (!queue.settings.isFifo && chanceAt(seed, 'message twice', place) < duplicates / 2)
        queue.duplicate(message, 300_000 * chanceAt(seed, 'message again', place));
    }
  };

  const wake = (at: number): void => {
    const time = Math.max(at, clock.now(), pausedUntil) + windowMs;
    if (planned.has(time)) return;
    planned.add(time);
    clock.at(time, () => {
      planned.delete(time);
      poll();
    });
  };
  return wake;
}

function groupsOf(batch: readonly QueuedMessage[]): readonly (readonly QueuedMessage[])[] {
  return [...groupBy(batch, ({ group }) => group ?? '').values()];
}

function eventOf(batch: readonly QueuedMessage[], { settings }: Queue): object {
  return {
    Records: batch.map(({ id, body, receiptHandle, receiveCount, sentAt, group }) => ({
      ...{ messageId: id, receiptHandle, body, messageAttributes: {}, md5OfBody: '0' },
      attributes: {
        ApproximateReceiveCount: String(receiveCount),
        SentTimestamp: String(sentAt),
        ...(group !== undefined && { MessageGroupId: group }),
      },
      ...{ eventSource: 'aws:sqs', awsRegion: 'eu-west-1' },
      eventSourceARN: `arn:aws:sqs:eu-west-1:111122223333:${settings.name}`,
    })),
  };
}

/** The messages that the answer names. An answer without the list means that all succeeded. */
function failedIn(answer: unknown): ReadonlySet<string> {
  const { batchItemFailures = [] } = (answer ?? {}) as {
    readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[];
  };
  return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
}

/** Invokes a function asynchronously: twice more if it fails, under the same request id, then `lost` is told. */
export function asynchronous(
  { clock, lambda }: SourceOptions,
  lost: (name: FunctionName, event: unknown) => void,
): (name: FunctionName, event: unknown) => void {
  let requests = 0;
  return (name, event) => {
    requests += 1;
    const requestId = `${name}-event-${requests}`;
    const attempt = (number: number): void => {
      lambda.invoke(name, event, requestId, (ending) => {
        if (ending.kind === 'returned') return;
        const wait = RETRY_AFTER_MS[number];
        if (wait === undefined) lost(name, event);
        else clock.after(wait, () => attempt(number + 1));
      });
    };
    attempt(0);
  };
}
