/** Clocks for tests: no test waits. */

import type { RunClock } from '../../src/remediation/apply-plan.ts';

/** A clock that stands still, for runs that take no time. */
export const STOPPED_CLOCK: RunClock = { elapsedMs: () => 0, sleep: () => Promise.resolve() };
