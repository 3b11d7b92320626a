/** Does one step of a plan: the calls to AWS, repeated and turned elsewhere until it is clear what came of it. */

import { messageOf } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import { clientToken } from './client-token.ts';
import type { MirrorWriter } from './mirror-writer.ts';
import type { PlanStep } from './plan.ts';
import { endSensor, isSensorStep, makeSensor, type SensorRun } from './sensors/launch-sensor.ts';
import { isPlaceholder } from './sensors/sensor-launcher.ts';
import {
  type Again,
  atMadeTargets,
  type Done,
  doneOutcome,
  mayPass,
  nextTarget,
  type Refused,
  refusalOf,
  refusedOutcome,
  type StepOutcome,
  type TargetRoom,
} from './step-outcome.ts';
import { stepStateOf } from './step-state.ts';

/** Calls of one step to one target, the first included; the SDK has repeated throttled ones by itself before. */
const MOST_CALLS = 4;
const FIRST_PAUSE_MS = 1000;

/** What the steps of a run share. */
export interface Run extends TargetRoom, SensorRun {
  readonly writer: MirrorWriter;
  readonly known: Set<string>;
  /** Pools of which a sensor could not be made: the next would fare the same, and be launched for it. */
  readonly givenUp: Map<string, Refused>;
}

/** Does a step, at its own target or at another that serves, and tells what came of it. Every fault of a call is an outcome. */
export async function applyStep(planned: PlanStep, run: Run): Promise<StepOutcome> {
  if (isSensorStep(planned)) return applySensorStep(planned, run);
  const step = namesPlaceholder(planned) ? atMadeTargets(planned, run) : planned;
  if (step.kind === 'refused') return refusedOutcome(planned, step);
  const tried: string[] = [];
  let refused: Refused | undefined;
  for (let target = nextTarget(step, tried, run); target !== undefined; target = nextTarget(step, tried, run)) {
    tried.push(target);
    const answer = await settle({ ...step, trafficMirrorTargetId: target }, run);
    if (answer.kind === 'done') return doneOutcome(step, target, answer, run);
    refused = answer;
    if (refused.handling !== 'next-target') break;
    run.full.add(target);
  }
  return refusedOutcome(step, refused);
}

function namesPlaceholder({ trafficMirrorTargetId, alternatives = [] }: PlanStep): boolean {
  return isPlaceholder(trafficMirrorTargetId) || alternatives.some(isPlaceholder);
}

/** Does a step about a sensor on demand, and notes what the sessions that are to go to it will ask for. */
async function applySensorStep(step: PlanStep, run: Run): Promise<StepOutcome> {
  const { trafficMirrorTargetId: placeholder, pool } = step;
  const key = `${scopeKey(step)}:${step.kind}:${pool}`;
  const answer = run.givenUp.get(key) ?? (await settle(step, run));
  if (answer.kind === 'refused') {
    const refused = { ...answer, handling: 'refused' } as const;
    run.made.set(placeholder, refused);
    run.givenUp.set(key, refused);
    return refusedOutcome(step, refused);
  }
  const { trafficMirrorTargetId } = answer;
  if (step.kind === 'create-target' && trafficMirrorTargetId !== undefined) {
    run.made.set(placeholder, trafficMirrorTargetId);
    run.known.add(trafficMirrorTargetId);
    run.spare.set(trafficMirrorTargetId, run.spare.get(placeholder) ?? 0);
  }
  return doneOutcome(step, placeholder, answer, run);
}

/** Calls until the answer is clear, at most `MOST_CALLS` times and not beyond the deadline. */
async function settle(step: PlanStep, run: Run): Promise<Done | Refused> {
  let current = step;
  for (let calls = 1; ; calls += 1) {
    const answer = await attempt(current, run);
    if (answer.kind !== 'again') return answer;
    const pauseMs = answer.pause ? FIRST_PAUSE_MS * 2 ** (calls - 1) : 0;
    if (calls === MOST_CALLS || run.remainingMs() <= pauseMs) return answer.otherwise;
    if (pauseMs > 0) await run.sleep(pauseMs);
    current = answer.step;
  }
}

async function attempt(step: PlanStep, run: Run): Promise<Done | Refused | Again> {
  try {
    return await call(step, run);
  } catch (error) {
    const refused = refusalOf(error);
    if (isSensorStep(step)) return mayPass(error) ? { kind: 'again', step, pause: true, otherwise: refused } : refused;
    if (refused.handling === 'look') return look(step, run, error, refused);
    return refused.handling === 'slow-down' ? { kind: 'again', step, pause: true, otherwise: refused } : refused;
  }
}

async function call(step: PlanStep, run: Run): Promise<Done | Refused> {
  const { writer, generation } = run;
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, tags = [] } = step;
  const { trafficMirrorSessionId = '' } = step;
  const scope = { accountId: step.accountId, region: step.region };
  switch (step.kind) {
    case 'create-session': {
      const what = { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, tags };
      const request = { ...what, sessionNumber: step.sessionNumber };
      const token = clientToken('CreateTrafficMirrorSession', { ...scope, ...request }, generation);
      const session = await writer.createSession(scope, { ...request, clientToken: token });
      return { kind: 'done', reason: 'created', ...session };
    }
    case 'modify-session': {
      const { sessionNumber, renumber = false } = step;
      const change = { trafficMirrorTargetId, trafficMirrorFilterId, ...(renumber && { sessionNumber }) };
      const request = { trafficMirrorSessionId, ...change };
      return { kind: 'done', reason: 'changed', ...(await writer.modifySession(scope, request)) };
    }
    case 'delete-session':
      await writer.deleteSession(scope, trafficMirrorSessionId);
      return { kind: 'done', reason: 'deleted', trafficMirrorSessionId };
    case 'terminate-sensor':
      return endSensor(step, run);
    case 'create-target': {
      if (isSensorStep(step)) return makeSensor(step, run);
      const token = clientToken('CreateTrafficMirrorTarget', { ...scope, networkInterfaceId, tags }, generation);
      const target = await writer.createTarget(scope, { networkInterfaceId, tags, clientToken: token });
      return { kind: 'done', reason: 'made a target', trafficMirrorTargetId: target.trafficMirrorTargetId };
    }
  }
}

/** Decides by the sessions that are there: an unclear answer may hide a call that was carried out. */
async function look(step: PlanStep, run: Run, error: unknown, refused: Refused): Promise<Done | Refused | Again> {
  const { accountId, region, networkInterfaceId } = step;
  let sessions: Awaited<ReturnType<MirrorWriter['sessionsOf']>>;
  try {
    sessions = await run.writer.sessionsOf({ accountId, region }, networkInterfaceId);
  } catch (fault) {
    const reason = `${refused.reason}; and what sessions there are could not be read: ${messageOf(fault)}`;
    return { kind: 'again', step, pause: true, otherwise: { ...refused, reason } };
  }
  const state = stepStateOf(step, sessions);
  switch (state.kind) {
    case 'done':
      return { kind: 'done', reason: state.reason, ...state.session };
    case 'impossible': {
      const { reason, retry } = state;
      return { ...refused, reason: `${reason} (${refused.reason})`, retry };
    }
    case 'number-taken': {
      const { sessionNumber } = state;
      return { kind: 'again', step: { ...step, sessionNumber }, pause: false, otherwise: refused };
    }
    case 'not-done':
      // The same call with the same token would get the same answer, unless the fault was a passing one.
      return mayPass(error) ? { kind: 'again', step, pause: true, otherwise: refused } : refused;
  }
}
