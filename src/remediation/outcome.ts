/** What came of a step. */

import type { PlanStep } from './plan.ts';

/**
 * - `done`: the session is as planned, also when it was found to be so already
 * - `not-needed`: the source is gone, so that there is nothing to mirror
 * - `exempt`: AWS refuses this interface for good (unsupported, or a sensor); remembered
 * - `failed`: it could not be done; `retry` says whether the next run may succeed
 */
export interface Outcome {
  readonly step: PlanStep;
  readonly result: 'done' | 'not-needed' | 'exempt' | 'failed';
  readonly reason: string;
  /** The session after the step, where there is one. */
  readonly trafficMirrorSessionId?: string | undefined;
  /** Where it went, which is another than planned when the planned target was full. */
  readonly trafficMirrorTargetId?: string | undefined;
  readonly awsCode?: string | undefined;
  readonly retry?: boolean | undefined;
}
