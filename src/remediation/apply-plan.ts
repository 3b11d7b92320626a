/** Does a plan: one step after the other, each to its outcome, whatever became of the ones before. */

import { setTimeout } from 'node:timers/promises';
import { scopeKey } from '../inventory/inventory.ts';
import { applyStep, type Run } from './apply-step.ts';
import type { MirrorWriter } from './mirror-writer.ts';
import type { Outcome } from './outcome.ts';
import type { RemediationPlan } from './plan.ts';
import type { SensorLauncher } from './sensors/sensor-launcher.ts';
import { roomOf, skipped } from './step-outcome.ts';

export type { CreateSessionRequest, MirrorWriter, ModifySessionRequest } from './mirror-writer.ts';

export interface ApplyOptions {
  readonly now: Date;
  /** Launches sensors on demand; without it none is launched, and what was to go to them fails. */
  readonly launcher?: SensorLauncher | undefined;
  /**
   * What tells this run's creations from those of another: a repeated create of one generation is answered by EC2 with what the
   * first made, even if that was deleted since. @default the time of `now`
   */
  readonly generation?: string | undefined;
  /** No step is begun after it; the steps that are left fail with `retry`. */
  readonly deadline?: Date | undefined;
  /** Called with each outcome before the next step is begun; what it throws ends the run. */
  readonly onOutcome?: ((outcome: Outcome) => void | Promise<void>) | undefined;
  /** Milliseconds since the run began. @default measured */
  readonly elapsedMs?: (() => number) | undefined;
  /** Waits before a call is repeated. @default a timer */
  readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined;
}

/**
 * Does the steps in their order and returns one outcome for each. A step that fails never stops the others, except that nothing
 * more is created in an account and region whose quota of sessions is used up. Applying the same plan again changes nothing
 * more; what a run that was cut off left undone is in the next plan.
 *
 * Calls go out one at a time: EC2 takes five of them a second, and counts are known after each. Pacing is the writer's.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
 */
export async function applyPlan(
  plan: RemediationPlan,
  writer: MirrorWriter,
  options: ApplyOptions,
): Promise<readonly Outcome[]> {
  const { now, deadline, onOutcome, launcher, generation = now.toISOString(), sleep = setTimeout } = options;
  const began = performance.now();
  const { elapsedMs = () => performance.now() - began } = options;
  const remainingMs = (): number => (deadline?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime() - elapsedMs();
  const known = new Set(plan.load.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId));
  const run: Run = { writer, launcher, generation, sleep, remainingMs, known, givenUp: new Map(), ...roomOf(plan) };

  const outcomes: Outcome[] = [];
  const exhausted = new Map<string, Outcome>();
  for (const step of plan.steps) {
    const { stopsCreating, ...outcome } = skipped(step, exhausted, remainingMs()) ?? (await applyStep(step, run));
    if (stopsCreating) exhausted.set(scopeKey(step), outcome);
    outcomes.push(outcome);
    await onOutcome?.(outcome);
  }
  return outcomes;
}
