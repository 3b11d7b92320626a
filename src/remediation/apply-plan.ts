/** Applies a plan one step after the other. Each step gets an outcome, even if earlier steps failed. */

import { applyStep, type Run } from './apply-step.ts';
import type { MirrorWriter } from './mirror-writer.ts';
import { stoppedScopes } from './order/stopped-scopes.ts';
import type { Outcome } from './outcome.ts';
import type { RemediationPlan } from './plan.ts';
import type { LaunchLog } from './sensors/launch-log.ts';
import type { SensorLauncher } from './sensors/sensor-launcher.ts';
import { roomOf, type StepOutcome } from './step-outcome.ts';

export type { CreateSessionRequest, MirrorWriter, ModifySessionRequest } from './mirror-writer.ts';

/** Real time during a run. The caller starts it together with `now`; tests use one that never waits. */
export interface RunClock {
  /** Milliseconds since the run began. */
  readonly elapsedMs: () => number;
  /** Identifies the run: no other one has it, not even a retry or a duplicate of its event. */
  readonly runId: string;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** True once the run was asked to end: as after the deadline, nothing more is begun. @default never */
  readonly isStopped?: (() => boolean) | undefined;
}

export interface ApplyOptions {
  readonly now: Date;
  /** Measures the deadline, and waits before a call is repeated. */
  readonly clock: RunClock;
  /** Launches sensors. Without it no sensor is launched, and the sessions that were to go there fail. */
  readonly launcher?: SensorLauncher | undefined;
  /** Where launches are written down before they are made. Without it no sensor is launched either. */
  readonly launches?: LaunchLog | undefined;
  /**
   * Distinguishes this run's creations from those of other runs. EC2 answers a repeated creation of the same generation with what the
   * first one created, even if that was deleted since. @default the time of `now`
   */
  readonly generation?: string | undefined;
  /** The instances that we are proven to have launched as sensors. No other one is made a target, unless this run launches it. @default none */
  readonly proven?: ReadonlySet<string> | undefined;
  /** No step begins after it; the remaining ones fail with `retry`. */
  readonly deadline?: Date | undefined;
  /** Called with each outcome before the next step begins. If it throws, the run ends. */
  readonly onOutcome?: ((outcome: Outcome) => void | Promise<void>) | undefined;
}

/**
 * Applies the steps in order and returns one outcome each. A failed step never stops the others, except that nothing more is created
 * in an account and region whose quota of sessions is used up, and nothing more is tried in one whose EC2 does not answer. Applying the
 * same plan again changes nothing more; what an interrupted run left undone is in the next plan.
 *
 * Makes one call at a time: EC2 accepts five of them a second, and each answer updates the counts. The writer does the pacing.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
 */
export async function applyPlan(
  plan: RemediationPlan,
  writer: MirrorWriter,
  options: ApplyOptions,
): Promise<readonly Outcome[]> {
  const { now, deadline, onOutcome, launcher, launches, generation = now.toISOString() } = options;
  const { elapsedMs, sleep, isStopped = () => false } = options.clock;
  const remainingMs = (): number =>
    isStopped() ? 0 : (deadline?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime() - elapsedMs();
  const run: Run = {
    ...{ writer, launcher, launches, generation, sleep, remainingMs },
    proven: new Set(options.proven),
    launched: [],
    nowMs: () => now.getTime() + elapsedMs(),
    ...roomOf(plan),
    knownTargets: new Set(plan.load.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId)),
    failedPools: new Map(),
  };

  const outcomes: Outcome[] = [];
  const stopped = stoppedScopes();
  for (const step of plan.steps) {
    const applied: StepOutcome = stopped.skipped(step, remainingMs()) ?? (await applyStep(step, run));
    stopped.note(applied);
    const { hint, ...outcome } = applied;
    const launched = run.launched.splice(0);
    const at = new Date(now.getTime() + elapsedMs());
    const answered = launched.length === 0 ? { ...outcome, at } : { ...outcome, at, launched };
    outcomes.push(answered);
    await onOutcome?.(answered);
  }
  return outcomes;
}
