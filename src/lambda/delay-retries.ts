/** Sets when the queue delivers failed messages again: its own visibility timeout is made for a function that dies. */

import { setTimeout } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import pLimit from 'p-limit';
import type { AwsPorts } from '../aws/ports.ts';
import { plural } from '../collections.ts';
import type { Message } from '../delivery/envelope.ts';
import { messageOf } from '../errors.ts';
import type { FailedMessage } from '../pipeline/collect.ts';
import { isFifo, retryDelaySeconds } from '../pipeline/retry/retry-delay.ts';
import type { Telemetry } from './telemetry.ts';

/** What the delays work with. */
export interface RetryParts {
  /** The queues whose messages may be hidden, by URL. Messages of other queues keep their visibility. */
  readonly queueUrls: readonly string[];
  readonly aws: () => Promise<Pick<AwsPorts, 'queues'>>;
  readonly telemetry: Pick<Telemetry, 'note'>;
  /** Resolves after that many milliseconds, or when `signal` is aborted. @default a timer */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined;
}

const CALLS_AT_ONCE = 10;
/** Longer than the calls for a batch take unless they are throttled. The run has better uses for its time. */
const MOST_MS = 3_000;
/** A message is delivered again this long after the time limit of a run that died. */
const AFTER_LIMIT_SECONDS = 30;

/**
 * Hides each failed message for as long as the kind of its failure asks for, in a standard or a FIFO queue. A FIFO queue delivers
 * nothing else of the message's group meanwhile. Never throws and waits at most 3 s: a message that could not be hidden by then waits as long
 * as its queue says, or as long as asked for if the call succeeds later.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
export async function delayRetries(failed: readonly FailedMessage[], parts: RetryParts): Promise<void> {
  const delays = failed.flatMap(({ message, error }) => {
    const queued = inOurQueue(message, parts);
    const seconds = queued && retryDelaySeconds(error, message.receiveCount, queued.url);
    return queued === undefined || seconds === undefined ? [] : [{ ...queued, seconds }];
  });
  await hideAll(delays, parts);
}

/**
 * Lets a FIFO queue deliver the messages again soon after the run's time limit, in case the run dies. The queue's own visibility timeout is
 * six times that limit, and all other repairs of the account and region would wait for it. Never throws and waits at most 3 s.
 */
export async function boundDeadRun(
  messages: readonly Message[],
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  parts: RetryParts,
): Promise<void> {
  const queued = messages.flatMap((message) => inOurQueue(message, parts) ?? []).filter(({ url }) => isFifo(url));
  if (queued.length === 0) return;
  const seconds = Math.ceil(context.getRemainingTimeInMillis() / 1000) + AFTER_LIMIT_SECONDS;
  await hideAll(
    queued.map((each) => ({ ...each, seconds })),
    parts,
  );
}

/** A message that one of our queues delivered. */
interface QueuedMessage {
  readonly messageId: string | undefined;
  readonly url: string;
  readonly receiptHandle: string;
}

function inOurQueue(
  { messageId, receiptHandle, queueArn }: Message,
  { queueUrls }: Pick<RetryParts, 'queueUrls'>,
): QueuedMessage | undefined {
  const url = queueUrls.find((each) => nameOf(each, '/') === nameOf(queueArn, ':'));
  return url === undefined || receiptHandle === undefined ? undefined : { messageId, url, receiptHandle };
}

async function hideAll(
  delays: readonly (QueuedMessage & { readonly seconds: number })[],
  { aws, telemetry, sleep = sleepFor }: Pick<RetryParts, 'aws' | 'telemetry' | 'sleep'>,
): Promise<void> {
  if (delays.length === 0) return;
  const limit = pLimit(CALLS_AT_ONCE);
  const ended = new AbortController();
  let left = delays.length;
  const all = Promise.all(
    delays.map(({ messageId, url, receiptHandle, seconds }) =>
      limit(async () => {
        try {
          await (await aws()).queues.hide(url, receiptHandle, seconds);
        } catch (error) {
          if (!ended.signal.aborted)
            telemetry.note(`the retry could not be set to ${seconds} s: ${messageOf(error)}`, { messageId });
        } finally {
          left -= 1;
        }
      }),
    ),
  );
  await Promise.race([all, sleep(MOST_MS, ended.signal)]);
  ended.abort();
  if (left === 0) return;
  // What is not begun by now would only compete with the run's own calls.
  limit.clearQueue();
  telemetry.note(`${plural(left, 'retry', 'retries')} could not be set within ${MOST_MS / 1000} s`);
}

/** A timer that ends early without an error. */
async function sleepFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** The last part of a queue's URL or ARN: its name. */
function nameOf(queue: string | undefined, separator: string): string | undefined {
  return queue?.split(separator).at(-1);
}
