/** How many requests are made at the same time: more as long as the answers come, half as many when S3 asks to slow down. */

import pLimit from 'p-limit';
import type { FetchedLog } from '../../delivery/fetch-log.ts';
import { PipelineError } from '../../errors.ts';

/** True for an object that took more than one request. */
export function wasSlowed({ attempts = 1 }: Pick<FetchedLog, 'attempts'>): boolean {
  return attempts > 1;
}

/** Makes requests, some at the same time. */
export interface RequestPace {
  /** Makes a request when its turn comes. `wasSlowed` tells of an answer whether it took more than one attempt. */
  <T>(request: () => Promise<T>, wasSlowed?: (answer: T) => boolean): Promise<T>;
  /** How many requests are made at the same time by now. */
  readonly atOnce: () => number;
}

const FIRST = 8;
/** As many as a bucket answers gladly; the client has connections for twice as many. */
export const MOST_REQUESTS = 64;

/**
 * So many answers at a number that goes well, before more than what was once too many is tried again, and twice as many after each time: a
 * trial that goes wrong costs as many requests as there are at the same time.
 */
const ANSWERS_BEFORE_TRIAL = 500;
const LONGEST_PATIENCE = 16_000;

/**
 * Begins with eight at the same time, and doubles them with every round that goes well until S3 asks to slow down: that halves them. From then
 * on a round adds one, up to what went well before, and more only after a while. A round is as many answers as there are requests at the same
 * time. What a request throws is thrown; what can be repeated, the client has repeated.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 */
export function requestPace(most: number = MOST_REQUESTS): RequestPace {
  const limit = pLimit(Math.min(FIRST, most));
  let ceiling = most;
  /** By how much the next trial goes above it, and after how many answers. */
  let step = 1;
  let patience = ANSWERS_BEFORE_TRIAL;
  let isFirstRise = true;
  let answers = 0;
  /** Requests that were under way when it was halved say nothing new. */
  let stale = 0;
  const slow = (): void => {
    if (!isFirstRise && limit.concurrency > 1 && limit.concurrency >= ceiling)
      patience = Math.min(LONGEST_PATIENCE, 2 * patience);
    ceiling = Math.max(1, limit.concurrency - 1);
    stale = limit.activeCount - 1;
    limit.concurrency = Math.max(1, Math.floor(limit.concurrency / 2));
    isFirstRise = false;
    step = 1;
    answers = 0;
  };
  const rise = (): void => {
    const { concurrency } = limit;
    if (concurrency < ceiling) limit.concurrency = isFirstRise ? Math.min(ceiling, 2 * concurrency) : concurrency + 1;
    else if (answers < patience) return;
    else if (ceiling < most) {
      ceiling = Math.min(most, ceiling + step);
      limit.concurrency = ceiling;
      step *= 2;
    }
    answers = 0;
  };
  const heard = (isSlowed: boolean): void => {
    if (stale > 0) {
      stale -= 1;
      return;
    }
    if (isSlowed) {
      slow();
      return;
    }
    answers += 1;
    if (answers >= limit.concurrency) rise();
  };
  const make = async <T>(request: () => Promise<T>, wasSlowed: (answer: T) => boolean = () => false): Promise<T> =>
    limit(async () => {
      try {
        const answer = await request();
        heard(wasSlowed(answer));
        return answer;
      } catch (fault) {
        heard(fault instanceof PipelineError && fault.retryable);
        throw fault;
      }
    });
  return Object.assign(make, { atOnce: () => limit.concurrency });
}
