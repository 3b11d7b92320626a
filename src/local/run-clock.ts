/** Real time on this machine, for a run that begins now. */

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { RunClock } from '../remediation/apply-plan.ts';

/** The clock of a run whose time was chosen by hand: it waits, but no time passes on it, so the output does not depend on the machine. */
export function stoppedClock(): RunClock {
  return { elapsedMs: () => 0, runId: randomUUID(), sleep: (ms) => setTimeout(ms) };
}

/** Starts the clock of a run. */
export function startClock(): RunClock {
  const started = performance.now();
  return { elapsedMs: () => performance.now() - started, runId: randomUUID(), sleep: (ms) => setTimeout(ms) };
}
