/** What must hold after every run, whatever went wrong on the way. */

import type { Run } from '../simulate.ts';
import { HUB_INVARIANTS } from './hub-invariants.ts';
import { MAIL_INVARIANTS } from './mail-invariants.ts';
import { SENSOR_INVARIANTS } from './sensor-invariants.ts';
import { SESSION_INVARIANTS } from './session-invariants.ts';
import { STATE_INVARIANTS } from './state-invariants.ts';
import { WORK_INVARIANTS } from './work-invariants.ts';

/** A broken invariant. `invariant` is its name, which shrinking keeps. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

/** What a run did against an invariant; empty when it holds. */
export type Invariant = (run: Run) => readonly string[];

/** Every invariant by its name. */
export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  ...STATE_INVARIANTS,
  ...SESSION_INVARIANTS,
  ...SENSOR_INVARIANTS,
  ...MAIL_INVARIANTS,
  ...WORK_INVARIANTS,
  ...HUB_INVARIANTS,
};

/** Examples of each broken invariant: more would say nothing new. */
const EXAMPLES = 4;

/** Every invariant that a run broke. */
export function judge(run: Run): readonly Violation[] {
  return Object.entries(INVARIANTS).flatMap(([invariant, check]) =>
    check(run)
      .slice(0, EXAMPLES)
      .map((what) => ({ invariant, what })),
  );
}
