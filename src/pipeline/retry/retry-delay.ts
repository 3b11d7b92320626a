/** How long a failed message waits until it is delivered again, by the kind of its failure. */

import { type ErrorCode, PipelineError } from '../../errors.ts';

/**
 * What may make a failed message succeed: `passing` needs only time, `content` needs the object or the message to change, `lasting`
 * needs somebody who grants a permission, corrects the configuration or fixes a defect.
 */
export type FailureKind = 'passing' | 'content' | 'lasting';

/** Failures that only other content can end, unless AWS refused the read. */
const CONTENT_CODES: ReadonlySet<ErrorCode> = new Set([
  'notification-unreadable',
  'log-unreadable',
  'log-too-large',
  'archive-unreadable',
]);

/** The kind of a failure. One with several causes is of the kind that may end soonest. */
export function failureKind(error: unknown): FailureKind {
  if (!(error instanceof PipelineError)) return 'lasting';
  if (error.cause instanceof AggregateError) {
    const kinds = new Set(error.cause.errors.map(failureKind));
    return (['passing', 'content'] as const).find((kind) => kinds.has(kind)) ?? 'lasting';
  }
  // S3 may announce an object before it can be read everywhere.
  if (error.retryable || error.code === 'log-missing') return 'passing';
  return CONTENT_CODES.has(error.code) && error.concerns.awsCode === undefined ? 'content' : 'lasting';
}

const FIRST_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 3600;
const CONTENT_WAIT_SECONDS = 300;

/**
 * How long a message in a FIFO queue waits after each delivery, in seconds, whatever failed. The queue delivers nothing else of the message's
 * group meanwhile: the other repairs of an account and region wait at most five and a half minutes, besides the runs themselves, before the
 * message is a dead letter.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
const FIFO_WAITS_SECONDS = [30, 60, 120, 120];

/** True for a queue that delivers in order. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
export function isFifo(queueUrl: string): boolean {
  return queueUrl.endsWith('.fifo');
}

/** True for the error of a message that is given back because the process ends: another one can take it at once. */
export function isStop(error: unknown): boolean {
  return error instanceof PipelineError && error.code === 'stopped';
}

/**
 * How long a message of a queue should wait, in seconds, that failed when it was delivered for the `receiveCount`th time. Undefined to wait
 * as long as its queue says. The template's queues deliver five times: in a standard queue what passes may take 75 minutes (30 s, 150 s,
 * 750 s, 1 h), and content that stays unreadable is a dead letter after twenty minutes.
 */
export function retryDelaySeconds(
  error: unknown,
  receiveCount: number | undefined,
  queueUrl: string,
): number | undefined {
  if (isStop(error)) return 0;
  const earlier = Math.max(1, receiveCount ?? 1) - 1;
  if (isFifo(queueUrl)) return FIFO_WAITS_SECONDS[earlier] ?? 0;
  switch (failureKind(error)) {
    case 'passing':
      return Math.min(FIRST_WAIT_SECONDS * 5 ** earlier, LONGEST_WAIT_SECONDS);
    case 'content':
      return CONTENT_WAIT_SECONDS;
    case 'lasting':
      return undefined;
  }
}
