/** Applies one step of a plan: makes the calls to AWS, repeats them or tries other targets, until the outcome is certain. */

import { messageOf } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { clientToken } from './client-token.ts';
import type { MirrorWriter } from './mirror-writer.ts';
import type { DeleteSessionStep, PlaceSessionStep, PlanStep, SensorStep, SessionStep } from './plan.ts';
import { createSensorTarget, type SensorRun, terminateSensor } from './sensors/launch-sensor.ts';
import { isPlaceholder } from './sensors/sensor-launcher.ts';
import {
  doneOutcome,
  isTransient,
  isUnanswered,
  nextTarget,
  placedOutcome,
  refusalOf,
  refusedOutcome,
  type StepDone,
  type StepOutcome,
  type StepRefused,
  type StepRetry,
  sessionRefusalOf,
  type TargetRoom,
  unplacedOutcome,
  withSensorTargets,
} from './step-outcome.ts';
import { stepStateOf } from './step-state.ts';

/** Attempts at one step and target, the first included. The SDK has retried throttled calls by itself before. */
const MOST_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 1000;

/** What the steps of a run share. */
export interface Run extends TargetRoom, SensorRun {
  readonly writer: MirrorWriter;
  readonly knownTargets: Set<string>;
  /** Refusals by account, region, kind of step and pool. The next sensor of the pool would fail in the same way, and cost money. */
  readonly failedPools: Map<string, StepRefused>;
}

/** Applies a step, at its own target or at another that serves. An error of a call becomes part of the outcome. */
export async function applyStep(step: PlanStep, run: Run): Promise<StepOutcome> {
  switch (step.kind) {
    case 'create-session':
    case 'modify-session':
      return placeSession(step, run);
    case 'delete-session':
      return deleteSession(step, run);
    case 'create-target':
    case 'terminate-sensor':
      return applySensorStep(step, run);
  }
}

async function placeSession(planned: PlaceSessionStep, run: Run): Promise<StepOutcome> {
  const step = namesPlaceholder(planned) ? withSensorTargets(planned, run) : planned;
  if (step.kind === 'refused') return refusedOutcome(planned, step);
  const tried: string[] = [];
  let refusal: StepRefused | undefined;
  for (let target = nextTarget(step, tried, run); target !== undefined; target = nextTarget(step, tried, run)) {
    tried.push(target);
    const result = await settle({ ...step, trafficMirrorTargetId: target }, run, attemptSessionStep);
    if (result.kind === 'done') return placedOutcome(step, target, result, run);
    if (result.handling !== 'next-target') return refusedOutcome(step, result);
    refusal = result;
    run.full.set(target, (run.full.get(target) ?? 0) + 1);
  }
  return unplacedOutcome(step, refusal);
}

function namesPlaceholder({ trafficMirrorTargetId, alternatives = [] }: PlaceSessionStep): boolean {
  return isPlaceholder(trafficMirrorTargetId) || alternatives.some(isPlaceholder);
}

async function deleteSession(step: DeleteSessionStep, run: Run): Promise<StepOutcome> {
  const result = await settle(step, run, attemptSessionStep);
  return result.kind === 'done' ? doneOutcome(step, result) : refusedOutcome(step, result);
}

/** Applies a step about a sensor, and records its target for the sessions that go there. */
async function applySensorStep(step: SensorStep, run: Run): Promise<StepOutcome> {
  const { kind, trafficMirrorTargetId: placeholder, pool } = step;
  const key = `${scopeKey(step)}:${kind}:${pool}`;
  const result = run.failedPools.get(key) ?? (await settle(step, run, attemptSensorStep));
  if (result.kind === 'refused') {
    // Even if sensors are refused, sessions can still go to existing targets.
    const refusal = { ...result, handling: 'refused' } as const;
    run.sensorTargets.set(placeholder, refusal);
    run.failedPools.set(key, refusal);
    return refusedOutcome(step, refusal);
  }
  const { trafficMirrorTargetId } = result;
  if (kind === 'create-target' && trafficMirrorTargetId !== undefined) {
    run.sensorTargets.set(placeholder, trafficMirrorTargetId);
    run.knownTargets.add(trafficMirrorTargetId);
    run.spare.set(trafficMirrorTargetId, run.spare.get(placeholder) ?? 0);
  }
  return doneOutcome(step, result);
}

/** Attempts a step until the result is final, at most `MOST_ATTEMPTS` times and not beyond the deadline. */
async function settle<Step>(
  step: Step,
  run: Run,
  attempt: (step: Step, run: Run) => Promise<StepDone | StepRefused | StepRetry<Step>>,
): Promise<StepDone | StepRefused> {
  let current = step;
  for (let attempts = 1; ; attempts += 1) {
    const result = await attempt(current, run);
    if (result.kind !== 'retry') return result;
    const pauseMs = result.pause ? FIRST_PAUSE_MS * 2 ** (attempts - 1) : 0;
    if (attempts === MOST_ATTEMPTS || run.remainingMs() <= pauseMs) return result.otherwise;
    if (pauseMs > 0) await run.sleep(pauseMs);
    current = result.step;
  }
}

async function attemptSensorStep(step: SensorStep, run: Run): Promise<StepDone | StepRefused | StepRetry<SensorStep>> {
  try {
    return await (step.kind === 'create-target' ? createSensorTarget(step, run) : terminateSensor(step, run));
  } catch (error) {
    const refusal = refusalOf(error);
    const isWorthRepeating = isTransient(error) && !isUnanswered(error);
    return isWorthRepeating ? { kind: 'retry', step, pause: true, otherwise: refusal } : refusal;
  }
}

async function attemptSessionStep(
  step: SessionStep,
  run: Run,
): Promise<StepDone | StepRefused | StepRetry<SessionStep>> {
  try {
    return await callWriter(step, run);
  } catch (error) {
    const refusal = sessionRefusalOf(error, step, run);
    switch (refusal.handling) {
      case 'read-sessions':
        return judgeBySessions(step, run, error, refusal);
      case 'slow-down':
        return { kind: 'retry', step, pause: true, otherwise: refusal };
      case 'next-target':
      case 'source-gone':
      case 'exempt':
      case 'stop-creating':
      case 'refused':
      case 'no-answer':
        return refusal;
    }
  }
}

async function callWriter(step: SessionStep, { writer, generation }: Run): Promise<StepDone> {
  const { accountId, region, networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = step;
  const scope = { accountId, region };
  switch (step.kind) {
    case 'create-session': {
      const { tags } = step;
      const request = { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, tags, sessionNumber };
      const token = clientToken('CreateTrafficMirrorSession', { ...scope, ...request }, generation);
      const session = await writer.createSession(scope, { ...request, clientToken: token });
      return { ...sessionDone('created', session), change: { kind: 'session-created', ...session } };
    }
    case 'modify-session': {
      const { trafficMirrorSessionId, renumber = false } = step;
      const change = { trafficMirrorTargetId, trafficMirrorFilterId, ...(renumber && { sessionNumber }) };
      const session = await writer.modifySession(scope, { trafficMirrorSessionId, ...change });
      const made = { kind: 'session-modified', trafficMirrorSessionId, ...change, session } as const;
      return { ...sessionDone('changed', session), change: made };
    }
    case 'delete-session': {
      const { trafficMirrorSessionId } = step;
      const wasThere = await writer.deleteSession(scope, trafficMirrorSessionId);
      const done = { kind: 'done', reason: 'deleted', trafficMirrorSessionId } as const;
      if (!wasThere) return done;
      const ids = { trafficMirrorSessionId, networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId };
      const session = { ...ids, sessionNumber, tags: [] };
      return { ...done, change: { kind: 'session-deleted', trafficMirrorSessionId, session } };
    }
  }
}

function sessionDone(reason: string, session: TrafficMirrorSession | undefined): StepDone {
  const { trafficMirrorSessionId, trafficMirrorTargetId } = session ?? {};
  return { kind: 'done', reason, trafficMirrorSessionId, trafficMirrorTargetId };
}

/** Reads the interface's sessions and judges by them: behind an unclear answer the call may have been carried out. */
async function judgeBySessions(
  step: SessionStep,
  { writer }: Run,
  error: unknown,
  refusal: StepRefused,
): Promise<StepDone | StepRefused | StepRetry<SessionStep>> {
  const { accountId, region, networkInterfaceId } = step;
  let sessions: readonly TrafficMirrorSession[];
  try {
    sessions = await writer.sessionsOf({ accountId, region }, networkInterfaceId);
  } catch (fault) {
    const reason = `${refusal.reason}; and the sessions of the interface could not be read: ${messageOf(fault)}`;
    const unclear = { ...refusal, reason, retryable: refusal.retryable || isTransient(fault) };
    // Another attempt would wait as long as these two calls did.
    if (isUnanswered(fault)) return isUnanswered(error) ? { ...unclear, handling: 'no-answer' } : unclear;
    return isTransient(fault) ? { kind: 'retry', step, pause: true, otherwise: unclear } : unclear;
  }
  const state = stepStateOf(step, sessions);
  switch (state.kind) {
    case 'done':
      return sessionDone(state.reason, state.session);
    case 'impossible':
      return { ...refusal, reason: `${state.reason} (${refusal.reason})`, retryable: false };
    case 'number-taken':
      // After an unclear answer the number may be the call's own: another number would be another call, and a second session.
      if (isTransient(error)) return repeated(step, error, refusal);
      return { kind: 'retry', step: { ...step, sessionNumber: state.sessionNumber }, pause: false, otherwise: refusal };
    case 'not-done':
      return repeated(step, error, refusal);
  }
}

/** The same call with the same token gets the same answer, unless the fault was transient. The SDK has repeated a silent one. */
function repeated(step: SessionStep, error: unknown, otherwise: StepRefused): StepRefused | StepRetry<SessionStep> {
  return isTransient(error) && !isUnanswered(error) ? { kind: 'retry', step, pause: true, otherwise } : otherwise;
}
