/** Whether a step is already done, judged by the sessions its interface really has: what decides after an unclear answer. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { SESSIONS_PER_INTERFACE } from '../mirror/account-index.ts';
import { isManaged } from '../mirror/sessions.ts';
import type { CreateSessionStep, ModifySessionStep, SessionStep } from './plan.ts';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorSession.html */
const HIGHEST_SESSION_NUMBER = 32_766;

/**
 * - `done`: the sessions already are as the step wants them, no matter who did it; `session` is absent after a deletion
 * - `not-done`: the step can still be applied
 * - `number-taken`: another session has the number; `sessionNumber` is the next free one
 * - `impossible`: this step can no longer be applied; the next plan may have another that can
 */
export type StepState =
  | { readonly kind: 'done'; readonly reason: string; readonly session?: TrafficMirrorSession | undefined }
  | { readonly kind: 'not-done' }
  | { readonly kind: 'number-taken'; readonly sessionNumber: number }
  | { readonly kind: 'impossible'; readonly reason: string };

/** The state of a step, given all sessions of its interface. */
export function stepStateOf(step: SessionStep, sessions: readonly TrafficMirrorSession[]): StepState {
  switch (step.kind) {
    case 'create-session':
      return creationState(step, sessions);
    case 'modify-session':
      return modificationState(step, sessions);
    case 'delete-session':
      return sessions.some((each) => each.trafficMirrorSessionId === step.trafficMirrorSessionId)
        ? { kind: 'not-done' }
        : { kind: 'done', reason: `session ${step.trafficMirrorSessionId} is gone` };
  }
}

function creationState(step: CreateSessionStep, sessions: readonly TrafficMirrorSession[]): StepState {
  const { trafficMirrorFilterId, trafficMirrorTargetId, sessionNumber } = step;
  const sameFilter = sessions.filter((each) => each.trafficMirrorFilterId === trafficMirrorFilterId);
  const same = sameFilter.find((each) => each.trafficMirrorTargetId === trafficMirrorTargetId);
  // One of ours to another target did not exist when the plan was made: a concurrent run has placed the source.
  const existing = same ?? sameFilter.find((each) => isManaged(each, step.accountId));
  if (existing !== undefined) {
    return { kind: 'done', reason: `session ${existing.trafficMirrorSessionId} already exists`, session: existing };
  }
  if (sessions.length >= SESSIONS_PER_INTERFACE) {
    const ids = sessions.map((each) => each.trafficMirrorSessionId).toSorted();
    const reason = `all ${SESSIONS_PER_INTERFACE} session slots of ${step.networkInterfaceId} are taken: ${ids.join(', ')}`;
    return { kind: 'impossible', reason };
  }
  const taken = new Set(sessions.map((each) => each.sessionNumber));
  if (!taken.has(sessionNumber)) return { kind: 'not-done' };
  return { kind: 'number-taken', sessionNumber: nextFree(sessionNumber, taken) };
}

/** The next free number above, because the session with this number keeps its precedence; after the highest, the lowest free one. */
function nextFree(sessionNumber: number, taken: ReadonlySet<number>): number {
  let next = sessionNumber;
  while (taken.has(next)) next = next === HIGHEST_SESSION_NUMBER ? 1 : next + 1;
  return next;
}

function modificationState(step: ModifySessionStep, sessions: readonly TrafficMirrorSession[]): StepState {
  const { trafficMirrorSessionId, renumber = false } = step;
  const session = sessions.find((each) => each.trafficMirrorSessionId === trafficMirrorSessionId);
  if (session === undefined) {
    return { kind: 'impossible', reason: `session ${trafficMirrorSessionId} is gone` };
  }
  const isAsPlanned =
    session.trafficMirrorTargetId === step.trafficMirrorTargetId &&
    session.trafficMirrorFilterId === step.trafficMirrorFilterId &&
    (!renumber || session.sessionNumber === step.sessionNumber);
  if (!isAsPlanned) return { kind: 'not-done' };
  return { kind: 'done', reason: `session ${trafficMirrorSessionId} already is as planned`, session };
}
