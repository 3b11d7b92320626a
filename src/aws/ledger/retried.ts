/** Retries of writes that lost a race. */

import { PipelineError } from '../../errors.ts';
import { isThrottled } from './cancellation.ts';

/** Attempts at a write before we give up because others always wrote first. */
const ATTEMPTS = 10;

/** Attempts at a transaction that DynamoDB throttles. It says so of a transaction in a way that the SDK does not retry. */
const THROTTLED_ATTEMPTS = 5;

/**
 * Repeats `attempt` until its answer is not null, with exponential backoff, also if DynamoDB throttled its transaction. Throws PipelineError
 * `ledger-failed` that may be retried when others always wrote first, and what `attempt` threw otherwise.
 */
export async function retried<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let tried = 0; tried < ATTEMPTS; tried += 1) {
    const answer = await attempt().catch((fault: unknown) => {
      if (!isThrottled(fault) || tried + 1 >= THROTTLED_ATTEMPTS) throw fault;
      return null;
    });
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** tried));
  }
  throw new PipelineError(
    'ledger-failed',
    `the ledger could not be written: others wrote first ${ATTEMPTS} times in a row`,
    {
      retryable: true,
    },
  );
}
