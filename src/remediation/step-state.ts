/** Where a step stands by the sessions that its interface really has: what decides after an answer that was unclear. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { SESSIONS_PER_INTERFACE } from '../mirror/account-index.ts';
import { isManaged } from '../mirror/sessions.ts';
import type { PlanStep } from './plan.ts';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorSession.html */
const HIGHEST_SESSION_NUMBER = 32_766;

/**
 * - `done`: what the step was to bring about is so, whoever did it; the session is absent after a deletion
 * - `not-done`: nothing stands in its way, and it is not done
 * - `number-taken`: another session holds the number; `sessionNumber` is the next free one
 * - `impossible`: this step cannot be done any more; `retry` when the next plan may hold another that can
 */
export type StepState =
  | { readonly kind: 'done'; readonly reason: string; readonly session?: TrafficMirrorSession }
  | { readonly kind: 'not-done' }
  | { readonly kind: 'number-taken'; readonly sessionNumber: number }
  | { readonly kind: 'impossible'; readonly reason: string; readonly retry: boolean };

/** Where a step stands, given all sessions of its interface. */
export function stepStateOf(step: PlanStep, sessions: readonly TrafficMirrorSession[]): StepState {
  switch (step.kind) {
    case 'create-session':
      return creationState(step, sessions);
    case 'modify-session':
      return changeState(step, sessions);
    case 'delete-session':
      return sessions.some((each) => each.trafficMirrorSessionId === step.trafficMirrorSessionId)
        ? { kind: 'not-done' }
        : { kind: 'done', reason: `session ${step.trafficMirrorSessionId} is gone` };
    case 'create-target':
    case 'terminate-sensor':
      return { kind: 'impossible', reason: 'what became of it cannot be seen from sessions', retry: true };
  }
}

function creationState(step: PlanStep, sessions: readonly TrafficMirrorSession[]): StepState {
  const { trafficMirrorFilterId, trafficMirrorTargetId, sessionNumber } = step;
  const sameFilter = sessions.filter((each) => each.trafficMirrorFilterId === trafficMirrorFilterId);
  const same = sameFilter.find((each) => each.trafficMirrorTargetId === trafficMirrorTargetId);
  // One of ours to another target was not there when the plan was made: another run placed the source meanwhile.
  const ours = same ?? sameFilter.find(isManaged);
  if (ours !== undefined) {
    return { kind: 'done', reason: `session ${ours.trafficMirrorSessionId} was there already`, session: ours };
  }
  if (sessions.length >= SESSIONS_PER_INTERFACE) {
    const ids = sessions.map((each) => each.trafficMirrorSessionId).toSorted();
    const reason = `all ${SESSIONS_PER_INTERFACE} session slots of ${step.networkInterfaceId} are taken: ${ids.join(', ')}`;
    return { kind: 'impossible', reason, retry: false };
  }
  const taken = new Set(sessions.map((each) => each.sessionNumber));
  if (!taken.has(sessionNumber)) return { kind: 'not-done' };
  return { kind: 'number-taken', sessionNumber: nextFree(sessionNumber, taken) };
}

/** The next number above, so that the session that holds this one keeps its precedence; the lowest free one at the very end. */
function nextFree(sessionNumber: number, taken: ReadonlySet<number>): number {
  let next = sessionNumber;
  while (taken.has(next)) next = next === HIGHEST_SESSION_NUMBER ? 1 : next + 1;
  return next;
}

function changeState(step: PlanStep, sessions: readonly TrafficMirrorSession[]): StepState {
  const {
    trafficMirrorSessionId,
    trafficMirrorTargetId,
    trafficMirrorFilterId,
    sessionNumber,
    renumber = false,
  } = step;
  const session = sessions.find((each) => each.trafficMirrorSessionId === trafficMirrorSessionId);
  if (session === undefined) {
    return { kind: 'impossible', reason: `session ${trafficMirrorSessionId} is gone`, retry: true };
  }
  const changed =
    session.trafficMirrorTargetId === trafficMirrorTargetId &&
    session.trafficMirrorFilterId === trafficMirrorFilterId &&
    (!renumber || session.sessionNumber === sessionNumber);
  if (!changed) return { kind: 'not-done' };
  return { kind: 'done', reason: `session ${trafficMirrorSessionId} was as planned already`, session };
}
