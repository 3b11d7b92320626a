/** Sets when the queue delivers failed messages again: its own visibility timeout is made for a function that dies. */

import pLimit from 'p-limit';
import type { AwsPorts } from '../aws/ports.ts';
import { messageOf } from '../errors.ts';
import type { FailedMessage } from '../pipeline/collect.ts';
import { retryDelaySeconds } from '../pipeline/retry/retry-delay.ts';
import type { Telemetry } from './telemetry.ts';

/** What the delays work with. */
export interface RetryParts {
  /** The queues whose messages may be hidden, by URL. Messages of other queues keep their visibility. */
  readonly queueUrls: readonly string[];
  readonly aws: () => Promise<Pick<AwsPorts, 'queues'>>;
  readonly telemetry: Pick<Telemetry, 'note'>;
}

const CALLS_AT_ONCE = 10;

/**
 * Hides each failed message for as long as the kind of its failure asks for, in a standard or a FIFO queue. A FIFO queue delivers
 * nothing else of the message's group meanwhile. Never throws: a message that could not be hidden waits as long as its queue says.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
export async function delayRetries(
  failed: readonly FailedMessage[],
  { queueUrls, aws, telemetry }: RetryParts,
): Promise<void> {
  const delays = failed.flatMap(({ message, error }) => {
    const { receiptHandle, queueArn, receiveCount } = message;
    const url = queueUrls.find((each) => nameOf(each, '/') === nameOf(queueArn, ':'));
    const seconds = retryDelaySeconds(error, receiveCount);
    return url === undefined || receiptHandle === undefined || seconds === undefined
      ? []
      : [{ messageId: message.messageId, url, receiptHandle, seconds }];
  });
  if (delays.length === 0) return;
  const limit = pLimit(CALLS_AT_ONCE);
  await Promise.all(
    delays.map(({ messageId, url, receiptHandle, seconds }) =>
      limit(async () => {
        try {
          await (await aws()).queues.hide(url, receiptHandle, seconds);
        } catch (error) {
          telemetry.note(`the retry could not be set to ${seconds} s: ${messageOf(error)}`, { messageId });
        }
      }),
    ),
  );
}

/** The last part of a queue's URL or ARN: its name. */
function nameOf(queue: string | undefined, separator: string): string | undefined {
  return queue?.split(separator).at(-1);
}
