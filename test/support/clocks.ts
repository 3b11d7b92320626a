/** A clock for tests that should not wait. */

import type { RunClock } from '../../src/remediation/apply-plan.ts';

/** A clock on which no time passes. */
export const STOPPED_CLOCK: RunClock = { elapsedMs: () => 0, sleep: () => Promise.resolve() };
