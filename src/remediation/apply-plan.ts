/** Does a plan: one step after the other, each to its outcome, whatever became of the ones before. */

import { setTimeout } from 'node:timers/promises';
import { scopeKey } from '../inventory/inventory.ts';
import { type ApplyRun, applyStep, type StepOutcome } from './apply-step.ts';
import type { MirrorWriter } from './mirror-writer.ts';
import type { Outcome } from './outcome.ts';
import type { PlanStep, RemediationPlan, TargetLoad } from './plan.ts';

export type { CreateSessionRequest, MirrorWriter, ModifySessionRequest } from './mirror-writer.ts';

export interface ApplyOptions {
  readonly now: Date;
  /**
   * What tells this run's creations from those of another: a repeated create of one generation is answered by EC2 with what the
   * first made, even if that was deleted since. @default the time of `now`
   */
  readonly generation?: string;
  /** No step is begun after it; the steps that are left fail with `retry`. */
  readonly deadline?: Date;
  /** Called with each outcome before the next step is begun; what it throws ends the run. */
  readonly onOutcome?: (outcome: Outcome) => void | Promise<void>;
  /** Milliseconds since the run began. @default measured */
  readonly elapsedMs?: () => number;
  /** Waits before a call is repeated. @default a timer */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
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
  const { now, deadline, onOutcome, generation = now.toISOString(), sleep = setTimeout } = options;
  const began = performance.now();
  const { elapsedMs = () => performance.now() - began } = options;
  const remainingMs = (): number => (deadline?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime() - elapsedMs();
  const run: ApplyRun = { writer, generation, sleep, remainingMs, full: new Set(), spare: spareOf(plan.load) };

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

/** The outcome of a step that is not to be begun; undefined for one that is. */
function skipped(
  step: PlanStep,
  exhausted: ReadonlyMap<string, Outcome>,
  remainingMs: number,
): StepOutcome | undefined {
  if (remainingMs <= 0) {
    return { step, result: 'failed', reason: 'not begun: the time of this run was up', retry: true };
  }
  const stopped = exhausted.get(scopeKey(step));
  if (stopped === undefined || !step.kind.startsWith('create')) return undefined;
  const awsCode = stopped.awsCode === undefined ? {} : { awsCode: stopped.awsCode };
  return { step, result: 'failed', reason: `not begun: ${stopped.reason}`, retry: true, ...awsCode };
}

/** Places that no step of the plan was given: targets that turn out full are replaced by those that have some. */
function spareOf(load: readonly TargetLoad[]): Map<string, number> {
  return new Map(
    load.flatMap(({ trafficMirrorTargetId, sources, capacity }) =>
      capacity === null ? [] : [[trafficMirrorTargetId, capacity - sources] as const],
    ),
  );
}
