/** Evaluates AWS's responses to a step's calls: which target to try next, and the outcome. Pure; apply-step makes the calls. */

import { AwsCallError, awsCodeOf, messageOf, PipelineError } from '../errors.ts';
import type { SessionChange } from '../sighting/changes/mirroring.ts';
import type { Outcome } from './outcome.ts';
import type { PlaceSessionStep, PlanStep, RemediationPlan, SessionStep } from './plan.ts';
import { type Handling, handlingOf } from './refusals.ts';
import { isPlaceholder } from './sensors/sensor-launcher.ts';

/** What a run knows about the targets. */
export interface TargetRoom {
  /** How often AWS reported a target as full or gone in this run. */
  readonly full: Map<string, number>;
  /** Places that no step of the plan takes, by target; absent for a target without a limit, or of unknown room. */
  readonly spare: Map<string, number>;
  /** The result for a sensor, by its placeholder: the target's id, or why there is none. */
  readonly sensorTargets: Map<string, string | StepRefused>;
}

/**
 * An outcome, and what it says about the steps after it: the account's quota of sessions is used up, or its EC2 does not answer and each
 * step would wait as long as this one.
 */
export type StepOutcome = Outcome & { readonly hint?: 'quota-used-up' | 'no-answer' | undefined };

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
  /** Whether the fault is passing, so that the same delivery should try again. */
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
  const retryable = handling === 'slow-down' || isTransient(error);
  return { kind: 'refused', handling, reason: messageOf(error), retryable, awsCode };
}

/**
 * The refusal that the error of a session's call stands for. A target that this run has made may not be visible everywhere yet: that it is
 * not found is a passing fault.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export function sessionRefusalOf(
  error: unknown,
  { trafficMirrorTargetId }: SessionStep,
  { sensorTargets }: Pick<TargetRoom, 'sensorTargets'>,
): StepRefused {
  const refusal = refusalOf(error);
  const isNew = [...sensorTargets.values()].includes(trafficMirrorTargetId);
  if (!isNew || refusal.awsCode !== 'InvalidTrafficMirrorTargetId.NotFound') return refusal;
  return { ...refusal, handling: 'slow-down', retryable: true };
}

/** True when the endpoint did not answer. The SDK has waited and repeated the call by itself before. */
export function isUnanswered(error: unknown): boolean {
  return awsCodeOf(error) === 'TimeoutError';
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
  return { full: new Map(), spare: new Map(spare), sensorTargets: new Map() };
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
  retryable: false,
};

/** Steps that try a target although it was full for the one before, when there is no other: a deleted session makes room. */
const MOST_REFUSALS_OF_TARGET = 3;

/**
 * Where to try a step next: at its planned target; then at alternatives with free places; then at the other alternatives; and if all were
 * full for earlier steps, once more at the planned one. Undefined when none is left.
 */
export function nextTarget(
  { trafficMirrorTargetId, alternatives = [] }: PlaceSessionStep,
  tried: readonly string[],
  { full, spare }: TargetRoom,
): string | undefined {
  const usable = [trafficMirrorTargetId, ...alternatives].filter((id) => !tried.includes(id) && !full.has(id));
  if (usable[0] === trafficMirrorTargetId) return trafficMirrorTargetId;
  if (usable.length > 0) return usable.find((id) => (spare.get(id) ?? 1) > 0) ?? usable[0];
  const isWorthATry = tried.length === 0 && (full.get(trafficMirrorTargetId) ?? 0) < MOST_REFUSALS_OF_TARGET;
  return isWorthATry ? trafficMirrorTargetId : undefined;
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
  return { step, result: 'failed', reason, retry: false, awsCode: last?.awsCode };
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
      return { step, reason, awsCode, result: 'failed', retry, hint: 'quota-used-up' };
    case 'next-target':
    case 'slow-down':
    case 'refused':
    case 'read-sessions':
      return { step, reason, awsCode, result: 'failed', retry };
    case 'no-answer':
      return { step, reason, awsCode, result: 'failed', retry, hint: 'no-answer' };
  }
}
