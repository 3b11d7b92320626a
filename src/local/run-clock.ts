/** Real time on this machine, for a run that begins now. */

import { setTimeout } from 'node:timers/promises';
import type { RunClock } from '../remediation/apply-plan.ts';

/** Starts the clock of a run. */
export function startClock(): RunClock {
  const started = performance.now();
  return { elapsedMs: () => performance.now() - started, sleep: (ms) => setTimeout(ms) };
}
