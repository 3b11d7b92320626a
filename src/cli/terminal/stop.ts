/** How a process that watches is stopped: the first signal asks it to end, the second ends it. */

import { constants } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { startClock } from '../../local/run-clock.ts';
import type { RunClock } from '../../remediation/apply-plan.ts';

/** The wish to stop. */
export interface Stop {
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** Calls `act` so many milliseconds after the signal, unless the returned function is called before. */
  afterStop(milliseconds: number, act: () => void): () => void;
  /** As a run's clock, but no sleep goes on after the signal. */
  startClock(): RunClock;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Listens for the signals. `onFirst` is told the name of the first; a second one, of either kind, ends the process at once. */
export function stopBySignal(onFirst: (name: string) => void): Stop {
  const stop = new AbortController();
  const { signal } = stop;
  for (const name of SIGNALS)
    process.on(name, () => {
      if (signal.aborted) process.exit(128 + constants.signals[name]);
      stop.abort();
      onFirst(name);
    });
  return {
    signal,
    afterStop: (milliseconds, act) => {
      let timer: NodeJS.Timeout | undefined;
      const begin = (): void => {
        timer = setTimeout(act, milliseconds);
      };
      if (signal.aborted) begin();
      else signal.addEventListener('abort', begin, { once: true });
      return () => {
        signal.removeEventListener('abort', begin);
        clearTimeout(timer);
      };
    },
    startClock: () => ({ ...startClock(), sleep: (ms) => wait(ms, undefined, { signal }).catch(() => undefined) }),
  };
}
