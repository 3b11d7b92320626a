/** The outcome of a step. */

import type { SessionChange } from '../sighting/changes/mirroring.ts';
import type { PlanStep } from './plan.ts';

/**
 * - `done`: the session is as planned, also when it was already
 * - `not-needed`: the source is gone; there is nothing left to mirror
 * - `exempt`: AWS never mirrors this interface (unsupported, or a sensor); later runs remember it
 * - `failed`: the step could not be carried out. With `retry` the fault is passing (throttling, a server fault, no answer, no time), and the
 *   same delivery is to try again; without it the next sweep plans anew
 */
export interface Outcome {
  readonly step: PlanStep;
  readonly result: 'done' | 'not-needed' | 'exempt' | 'failed';
  readonly reason: string;
  /** When the answer came. @default the end of the run */
  readonly at?: Date | undefined;
  /** The session after the step, if there is one. */
  readonly trafficMirrorSessionId?: string | undefined;
  /** The target in use, which differs from the planned one when that was full. */
  readonly trafficMirrorTargetId?: string | undefined;
  /** What our call did to the session. Absent if nothing was done, or someone else had done it before. */
  readonly change?: SessionChange | undefined;
  /** The instances that EC2 launched for our calls during the step, whatever became of them. Absent without any. */
  readonly launched?: readonly string[] | undefined;
  readonly awsCode?: string | undefined;
  readonly retry?: boolean | undefined;
}
