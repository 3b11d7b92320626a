/** Retries of writes that lost a race. */

import { PipelineError } from '../../errors.ts';

/** Attempts at a write before we give up because others always wrote first. */
const ATTEMPTS = 10;

/** Repeats `attempt` until its answer is not null, with exponential backoff. */
export async function retried<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let tried = 0; tried < ATTEMPTS; tried += 1) {
    const answer = await attempt();
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
