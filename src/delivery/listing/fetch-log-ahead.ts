/** Lists ahead of whoever reads the listing. */

import type { LogObject } from '../log-object.ts';

/** One step of a listing. An error is a value here, since a part listed ahead can fail long before its turn. */
export type Step = { readonly object: LogObject } | { readonly fault: unknown } | { readonly done: true };

/** The steps of a listing, in order. */
export interface StepsAhead {
  /** The next step. After an error or the end there is none. */
  next(): Promise<Step>;
  /** Ends the listing where it is. */
  end(): Promise<void>;
}

/** Begins at once, and lists up to `most` steps ahead. */
export function stepsAhead(objects: AsyncIterator<LogObject>, most: number): StepsAhead {
  const steps: Step[] = [];
  let reader: (() => void) | undefined;
  let isListing = false;
  let isOver = false;
  const list = async (): Promise<void> => {
    isListing = true;
    while (!isOver && steps.length < most) {
      const step = await stepOf(objects);
      steps.push(step);
      isOver ||= !('object' in step);
      reader?.();
    }
    isListing = false;
  };
  void list();
  return {
    async next() {
      // As soon as half of it was read: the next page takes a while.
      if (!isListing && !isOver && steps.length <= most / 2) void list();
      while (steps.length === 0 && !isOver)
        await new Promise<void>((resolve) => {
          reader = resolve;
        });
      return steps.shift() ?? { done: true };
    },
    async end() {
      isOver = true;
      await objects.return?.();
    },
  };
}

async function stepOf(objects: AsyncIterator<LogObject>): Promise<Step> {
  try {
    const { value, done } = await objects.next();
    return done === true ? { done } : { object: value };
  } catch (fault) {
    return { fault };
  }
}
