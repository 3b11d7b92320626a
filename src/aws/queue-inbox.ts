/** An SQS queue as the inbox of `mirrorwatch watch`. */

import { isStop, retryDelaySeconds } from '../pipeline/retry/retry-delay.ts';
import type { Inbox } from '../pipeline/watch.ts';
import type { Queues } from './queues.ts';

/** How long a received message stays hidden. Extended while we work on it, so after a crash it reappears soon. */
const VISIBILITY_SECONDS = 120;

/**
 * A queue as an inbox. A failed message is left in the queue: SQS delivers it again after a time that depends on the kind of failure, and
 * the queue's redrive policy moves it to the dead-letter queue in the end.
 */
export function queueInbox(queues: Queues, queueUrl: string, waitSeconds: number): Inbox {
  return {
    async next(signal) {
      if (signal.aborted) return [];
      try {
        return await queues.receive(queueUrl, { waitSeconds, visibilitySeconds: VISIBILITY_SECONDS, max: 10, signal });
      } catch (error) {
        if (signal.aborted) return [];
        throw error;
      }
    },
    done: async ({ receiptHandle }) => {
      if (receiptHandle !== undefined) await queues.remove(queueUrl, receiptHandle);
    },
    async left({ receiptHandle, receiveCount }, error) {
      const seconds = retryDelaySeconds(error, receiveCount, queueUrl);
      if (receiptHandle === undefined || seconds === undefined) return;
      const hidden = queues.hide(queueUrl, receiptHandle, seconds);
      // Without the call it is delivered again when its visibility timeout ends.
      await (isStop(error) ? hidden : hidden.catch(() => undefined));
    },
    async keep(messages) {
      for (const { receiptHandle } of messages)
        if (receiptHandle !== undefined) await queues.hide(queueUrl, receiptHandle, VISIBILITY_SECONDS);
    },
    later: ({ body, delaySeconds }) => queues.send(queueUrl, body, { delaySeconds }),
  };
}
