/** What the answers to a step's calls come to: where to try next, and the outcome. Decisions only; the calls are in apply-plan. */

import { AwsCallError, awsCodeOf, messageOf, PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { Outcome } from './outcome.ts';
import type { PlanStep, RemediationPlan } from './plan.ts';
import { type Handling, handlingOf } from './refusals.ts';
import { isPlaceholder } from './sensors/sensor-launcher.ts';

/** What is known of the targets in a run. */
export interface TargetRoom {
  /** Targets that take no more, by AWS's own word in this run. */
  readonly full: Set<string>;
  /** Places that no step of the plan was given, by target; absent where there is no limit or it is not known. */
  readonly spare: Map<string, number>;
  /** By the placeholder of a sensor that is made on demand, the target that it became, or why there is none. */
  readonly made: Map<string, string | Refused>;
}

/** An outcome; `stopsCreating` when the account has no room for any further session. */
export type StepOutcome = Outcome & { readonly stopsCreating?: true };

/** The call was carried out, or what it was to bring about is so. */
export interface Done {
  readonly kind: 'done';
  readonly reason: string;
  readonly trafficMirrorSessionId?: string | undefined;
  readonly trafficMirrorTargetId?: string | undefined;
}

/** The call was refused, and repeating it at this target is of no use now. */
export interface Refused {
  readonly kind: 'refused';
  readonly handling: Handling;
  readonly reason: string;
  /** Whether the next run may succeed. */
  readonly retry: boolean;
  readonly awsCode?: string | undefined;
}

/** Not settled: the step is to be repeated in this form. */
export interface Again {
  readonly kind: 'again';
  readonly step: PlanStep;
  readonly pause: boolean;
  /** What it comes to when there is no time or no attempt left. */
  readonly otherwise: Refused;
}

/** What a fault of a call says: its code, how that is handled, and its words. */
export function refusalOf(error: unknown): Refused {
  const awsCode = awsCodeOf(error);
  const handling = handlingOf(awsCode);
  const told = { kind: 'refused', handling, reason: messageOf(error), retry: handling !== 'refused' } as const;
  return awsCode === undefined ? told : { ...told, awsCode };
}

/** True unless the fault says of itself that repeating the call is of no use. */
export function mayPass(error: unknown): boolean {
  if (error instanceof AwsCallError) return error.retryable || /^Internal(Error|Failure)$/.test(awsCodeOf(error) ?? '');
  return !(error instanceof PipelineError) || error.retryable;
}

/** All targets with their room at the beginning of a run: those that turn out full are replaced by those with places to spare. */
export function roomOf({ load }: RemediationPlan): TargetRoom {
  const spare = load.flatMap(({ trafficMirrorTargetId, sources, capacity }) =>
    capacity === null ? [] : [[trafficMirrorTargetId, capacity - sources] as const],
  );
  return { full: new Set(), spare: new Map(spare), made: new Map() };
}

/**
 * The step with the targets that sensors of this run became in place of their placeholders, at another target that serves where its
 * own sensor was not made; why there is none, where no other serves.
 */
export function atMadeTargets(step: PlanStep, { made }: TargetRoom): PlanStep | Refused {
  const { trafficMirrorTargetId: planned, alternatives = [] } = step;
  const real = (id: string): string | Refused => made.get(id) ?? (isPlaceholder(id) ? NOT_MADE : id);
  const own = real(planned);
  const targets = [own, ...alternatives.map(real)].filter((target) => typeof target === 'string');
  const [trafficMirrorTargetId, ...others] = targets;
  if (trafficMirrorTargetId !== undefined) return { ...step, trafficMirrorTargetId, alternatives: others };
  return typeof own === 'string' ? NOT_MADE : { ...own, reason: `no sensor was made for it: ${own.reason}` };
}

const NOT_MADE: Refused = { kind: 'refused', handling: 'refused', reason: 'its sensor is not made yet', retry: true };

/**
 * Where a step is to be tried next: the planned target first; then of the others those that have places to spare before the rest,
 * both in the plan's order. Undefined when none is left.
 */
export function nextTarget(step: PlanStep, tried: readonly string[], { full, spare }: TargetRoom): string | undefined {
  const { trafficMirrorTargetId, alternatives = [] } = step;
  if (step.kind === 'delete-session' || step.kind === 'create-target' || step.kind === 'terminate-sensor') {
    return tried.length === 0 ? trafficMirrorTargetId : undefined;
  }
  const usable = (id: string): boolean => !tried.includes(id) && !full.has(id);
  if (usable(trafficMirrorTargetId)) return trafficMirrorTargetId;
  const others = alternatives.filter(usable);
  return others.find((id) => (spare.get(id) ?? 1) > 0) ?? others[0];
}

/** The outcome of a step that is not to be begun; undefined for one that is. */
export function skipped(
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

/** The outcome of a step that was done at `target`; what it took there is counted. */
export function doneOutcome(step: PlanStep, target: string, done: Done, { spare }: TargetRoom): StepOutcome {
  const { reason, trafficMirrorSessionId, trafficMirrorTargetId = target } = done;
  const elsewhere = step.kind !== 'create-target' && trafficMirrorTargetId !== step.trafficMirrorTargetId;
  if (elsewhere) {
    // A place that was nobody's is used, and the one that was planned is nobody's now (or the target is full, which is known).
    spare.set(trafficMirrorTargetId, (spare.get(trafficMirrorTargetId) ?? Number.POSITIVE_INFINITY) - 1);
  }
  return {
    step,
    result: 'done',
    reason: elsewhere
      ? `${reason}; at ${trafficMirrorTargetId}, as ${step.trafficMirrorTargetId} took no more`
      : reason,
    ...(trafficMirrorSessionId !== undefined && { trafficMirrorSessionId }),
    trafficMirrorTargetId,
  };
}

/** The outcome of a step that was refused; undefined when every target was known to be full before it was tried. */
export function refusedOutcome(step: PlanStep, refused: Refused | undefined): StepOutcome {
  if (refused === undefined || refused.handling === 'next-target') {
    const targets = [step.trafficMirrorTargetId, ...(step.alternatives ?? [])];
    const last = refused === undefined ? '' : `, the last said: ${refused.reason}`;
    const reason = `no target takes it: of ${targets.join(', ')} each is full or gone${last}`;
    return { step, result: 'failed', reason, retry: true, ...(refused?.awsCode && { awsCode: refused.awsCode }) };
  }
  const { handling, reason, retry, awsCode } = refused;
  const told = { step, reason, ...(awsCode !== undefined && { awsCode }) };
  if (handling === 'gone') return { ...told, result: 'not-needed' };
  if (handling === 'exempt') return { ...told, result: 'exempt' };
  return { ...told, result: 'failed', retry, ...(handling === 'stop-creating' && { stopsCreating: true }) };
}
