/** An SQS queue as the inbox of `watch`. */

import type { Inbox } from '../pipeline/watch.ts';
import type { Queues } from './queues.ts';

/** How long a message is hidden from others at a time; extended while it is worked on, so that a crash frees it soon. */
export const VISIBILITY_SECONDS = 120;

/**
 * A queue as an inbox. A message that fails is left alone: it comes again when its time is up, and the queue's own redrive policy
 * sends it to the dead-letter queue in the end.
 */
export function queueInbox(queues: Queues, queueUrl: string, waitSeconds: number): Inbox {
  return {
    async next(signal) {
      return signal.aborted
        ? []
        : queues.receive(queueUrl, { waitSeconds, visibilitySeconds: VISIBILITY_SECONDS, max: 10 });
    },
    done: async ({ receiptHandle }) => {
      if (receiptHandle !== undefined) await queues.remove(queueUrl, receiptHandle);
    },
    left: async () => undefined,
    async keep(messages) {
      for (const { receiptHandle } of messages)
        if (receiptHandle !== undefined) await queues.hide(queueUrl, receiptHandle, VISIBILITY_SECONDS);
    },
    later: ({ body, delaySeconds }) => queues.send(queueUrl, body, { delaySeconds }),
  };
}
