/** A clock for tests that should not wait. */

import type { RunClock } from '../../src/remediation/apply-plan.ts';

let runs = 0;

/** A clock on which no time passes. Each time it is asked it is the clock of another run, as in reality. */
export const STOPPED_CLOCK: RunClock = {
  elapsedMs: () => 0,
  get runId() {
    runs += 1;
    return `run ${runs}`;
  },
  sleep: () => Promise.resolve(),
};
