/** Evaluates AWS's responses to a step's calls: which target to try next, and the outcome. Pure; apply-step makes the calls. */

import { AwsCallError, awsCodeOf, messageOf, PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { SessionChange } from '../sighting/changes/mirroring.ts';
import type { Outcome } from './outcome.ts';
import type { PlaceSessionStep, PlanStep, RemediationPlan } from './plan.ts';
import { type Handling, handlingOf } from './refusals.ts';
import { isPlaceholder } from './sensors/sensor-launcher.ts';

/** What a run knows about the targets. */
export interface TargetRoom {
  /** Targets that AWS reported as full in this run. */
  readonly full: Set<string>;
  /** Places that no step of the plan takes, by target; absent for a target without a limit, or of unknown room. */
  readonly spare: Map<string, number>;
  /** The result for a sensor, by its placeholder: the target's id, or why there is none. */
  readonly sensorTargets: Map<string, string | StepRefused>;
}

/** An outcome; `stopsCreating` when the account's quota of sessions is used up. */
export type StepOutcome = Outcome & { readonly stopsCreating?: true };

/** The step was carried out, now or earlier. */
export interface StepDone {
  readonly kind: 'done';
  readonly reason: string;
  readonly trafficMirrorSessionId?: string | undefined;
  readonly trafficMirrorTargetId?: string | undefined;
  /** What our own call did. Absent when another one had done it. */
  readonly change?: SessionChange | undefined;
}

/** The call was refused, and repeating it for this target is pointless now. */
export interface StepRefused {
  readonly kind: 'refused';
  readonly handling: Handling;
  readonly reason: string;
  /** Whether the next run may succeed. */
  readonly retryable: boolean;
  readonly awsCode?: string | undefined;
}

/** Not final: the step has to be repeated, in this form. */
export interface StepRetry<Step> {
  readonly kind: 'retry';
  readonly step: Step;
  readonly pause: boolean;
  /** The result when no time or no attempt is left. */
  readonly otherwise: StepRefused;
}

/** The refusal that a call's error stands for. */
export function refusalOf(error: unknown): StepRefused {
  const awsCode = awsCodeOf(error);
  const handling = handlingOf(awsCode);
  return { kind: 'refused', handling, reason: messageOf(error), retryable: handling !== 'refused', awsCode };
}

/** True when the same call may succeed in a moment: throttling, a server fault, a dropped connection. */
export function isTransient(error: unknown): boolean {
  if (error instanceof AwsCallError) return error.retryable || /^Internal(Error|Failure)$/.test(awsCodeOf(error) ?? '');
  return !(error instanceof PipelineError) || error.retryable;
}

/** The room at the targets when a run begins. A target that turns out full is replaced by one with free places. */
export function roomOf({ load }: RemediationPlan): TargetRoom {
  const spare = load.flatMap(({ trafficMirrorTargetId, sources, capacity }) =>
    capacity === null ? [] : [[trafficMirrorTargetId, capacity - sources] as const],
  );
  return { full: new Set(), spare: new Map(spare), sensorTargets: new Map() };
}

/**
 * The step with real targets instead of the placeholders of sensors that this run created. If its own sensor failed, the step goes to
 * its first alternative; a refusal when there is none.
 */
export function withSensorTargets(
  step: PlaceSessionStep,
  { sensorTargets }: TargetRoom,
): PlaceSessionStep | StepRefused {
  const { trafficMirrorTargetId: planned, alternatives = [] } = step;
  const targetOf = (id: string): string | StepRefused =>
    sensorTargets.get(id) ?? (isPlaceholder(id) ? NOT_CREATED : id);
  const own = targetOf(planned);
  const targets = [own, ...alternatives.map(targetOf)].filter((target) => typeof target === 'string');
  const [trafficMirrorTargetId, ...others] = targets;
  if (trafficMirrorTargetId !== undefined) return { ...step, trafficMirrorTargetId, alternatives: others };
  return typeof own === 'string' ? NOT_CREATED : { ...own, reason: `no sensor was created for it: ${own.reason}` };
}

const NOT_CREATED: StepRefused = {
  kind: 'refused',
  handling: 'refused',
  reason: 'its sensor has not been created yet',
  retryable: true,
};

/**
 * Where to try a step next: at its planned target; then at alternatives with free places; then at the other alternatives.
 * Undefined when none is left.
 */
export function nextTarget(
  { trafficMirrorTargetId, alternatives = [] }: PlaceSessionStep,
  tried: readonly string[],
  { full, spare }: TargetRoom,
): string | undefined {
  const usable = [trafficMirrorTargetId, ...alternatives].filter((id) => !tried.includes(id) && !full.has(id));
  if (usable[0] === trafficMirrorTargetId) return trafficMirrorTargetId;
  return usable.find((id) => (spare.get(id) ?? 1) > 0) ?? usable[0];
}

/** The outcome of a step that must not begin: the run is out of time, or the account out of sessions. Undefined for any other. */
export function skippedOutcome(
  step: PlanStep,
  exhausted: ReadonlyMap<string, Outcome>,
  remainingMs: number,
): StepOutcome | undefined {
  if (remainingMs <= 0) {
    return { step, result: 'failed', reason: 'not begun: this run was out of time', retry: true };
  }
  const creates = step.kind === 'create-session' || step.kind === 'create-target';
  const stopped = exhausted.get(scopeKey(step));
  if (stopped === undefined || !creates) return undefined;
  return { step, result: 'failed', reason: `not begun: ${stopped.reason}`, retry: true, awsCode: stopped.awsCode };
}

/** The outcome of a step that is done, at its own target unless the result names another. */
export function doneOutcome(step: PlanStep, success: StepDone): StepOutcome {
  const { reason, trafficMirrorSessionId, trafficMirrorTargetId = step.trafficMirrorTargetId, change } = success;
  const outcome: StepOutcome = { step, result: 'done', reason, trafficMirrorSessionId, trafficMirrorTargetId };
  return change === undefined ? outcome : { ...outcome, change };
}

/** The outcome of a session placed at `target`, or found at another that a concurrent run chose. Counts the place it takes. */
export function placedOutcome(
  step: PlaceSessionStep,
  target: string,
  success: StepDone,
  { spare }: TargetRoom,
): StepOutcome {
  const { trafficMirrorTargetId = target } = success;
  if (trafficMirrorTargetId === step.trafficMirrorTargetId) return doneOutcome(step, success);
  // Only this place is counted. The planned target is full, or its place stays reserved, which errs on the safe side.
  spare.set(trafficMirrorTargetId, (spare.get(trafficMirrorTargetId) ?? Number.POSITIVE_INFINITY) - 1);
  const why = target === step.trafficMirrorTargetId ? '' : `, as ${step.trafficMirrorTargetId} took no more`;
  return doneOutcome(step, {
    ...success,
    reason: `${success.reason}; at ${trafficMirrorTargetId}${why}`,
    trafficMirrorTargetId,
  });
}

/** The outcome of a session that no target takes; `last` is undefined when all were known to be full before. */
export function unplacedOutcome(step: PlaceSessionStep, last: StepRefused | undefined): StepOutcome {
  const targets = [step.trafficMirrorTargetId, ...(step.alternatives ?? [])];
  const answer = last === undefined ? '' : `; the last one answered: ${last.reason}`;
  const reason = `no target takes it: each of ${targets.join(', ')} is full or gone${answer}`;
  return { step, result: 'failed', reason, retry: true, awsCode: last?.awsCode };
}

/** The outcome of a step that AWS refused, by how its code is handled. */
export function refusedOutcome(step: PlanStep, refusal: StepRefused): StepOutcome {
  const { handling, reason, retryable: retry, awsCode } = refusal;
  switch (handling) {
    case 'source-gone':
      return { step, reason, awsCode, result: 'not-needed' };
    case 'exempt':
      return { step, reason, awsCode, result: 'exempt' };
    case 'stop-creating':
      return { step, reason, awsCode, result: 'failed', retry, stopsCreating: true };
    case 'next-target':
    case 'slow-down':
    case 'refused':
    case 'read-sessions':
      return { step, reason, awsCode, result: 'failed', retry };
  }
}
