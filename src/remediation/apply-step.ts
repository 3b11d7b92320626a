/** Does one step: calls, acts on what each refusal means, looks at what is there when that is not clear, all within bounds. */

import { AwsCallError, awsCodeOf, messageOf, PipelineError } from '../errors.ts';
import { clientToken } from './client-token.ts';
import type { MirrorWriter } from './mirror-writer.ts';
import type { Outcome } from './outcome.ts';
import type { PlanStep } from './plan.ts';
import { type Handling, handlingOf } from './refusals.ts';
import { standingOf } from './standing.ts';

/** What the steps of a run share. */
export interface ApplyRun {
  readonly writer: MirrorWriter;
  readonly generation: string;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly remainingMs: () => number;
  /** Targets that take no more, by AWS's own word in this run. */
  readonly full: Set<string>;
  /** Places that no step of the plan was given, by target; absent where there is no limit or it is not known. */
  readonly spare: Map<string, number>;
}

/** An outcome; `stopsCreating` when the account has no room for any further session. */
export type StepOutcome = Outcome & { readonly stopsCreating?: true };

/** Calls of one step to one target, the first included; the SDK has repeated throttled ones by itself before. */
const MOST_CALLS = 4;
const FIRST_PAUSE_MS = 1000;

interface Done {
  readonly kind: 'done';
  readonly reason: string;
  readonly trafficMirrorSessionId?: string;
  readonly trafficMirrorTargetId?: string;
}

interface Refused {
  readonly kind: 'refused';
  readonly handling: Handling;
  readonly reason: string;
  /** Whether the next run may succeed. */
  readonly retry: boolean;
  readonly awsCode?: string;
}

/** Not settled: the step is to be repeated in this form. */
interface Again {
  readonly kind: 'again';
  readonly step: PlanStep;
  readonly pause: boolean;
  /** What it comes to when there is no time or no attempt left. */
  readonly otherwise: Refused;
}

/** Does a step, at its own target or at another that serves, and tells what came of it. Every fault of a call is an outcome. */
export async function applyStep(step: PlanStep, run: ApplyRun): Promise<StepOutcome> {
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

/** The planned target first; then of the others those that have places to spare before the rest, both in the plan's order. */
function nextTarget(step: PlanStep, tried: readonly string[], { full, spare }: ApplyRun): string | undefined {
  const { trafficMirrorTargetId, alternatives = [] } = step;
  if (step.kind === 'delete-session' || step.kind === 'create-target') {
    return tried.length === 0 ? trafficMirrorTargetId : undefined;
  }
  const usable = (id: string): boolean => !tried.includes(id) && !full.has(id);
  if (usable(trafficMirrorTargetId)) return trafficMirrorTargetId;
  const others = alternatives.filter(usable);
  return others.find((id) => (spare.get(id) ?? 1) > 0) ?? others[0];
}

/** Calls until the answer is clear, at most `MOST_CALLS` times and not beyond the deadline. */
async function settle(step: PlanStep, run: ApplyRun): Promise<Done | Refused> {
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

async function attempt(step: PlanStep, run: ApplyRun): Promise<Done | Refused | Again> {
  try {
    return await call(step, run);
  } catch (error) {
    const awsCode = awsCodeOf(error);
    const handling = handlingOf(awsCode);
    const told = { kind: 'refused', reason: messageOf(error), ...(awsCode !== undefined && { awsCode }) } as const;
    if (handling === 'look') return look(step, run, error, { ...told, handling, retry: true });
    const refused = { ...told, handling, retry: handling !== 'refused' };
    return handling === 'slow-down' ? { kind: 'again', step, pause: true, otherwise: refused } : refused;
  }
}

async function call(step: PlanStep, { writer, generation }: ApplyRun): Promise<Done> {
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
    case 'create-target': {
      const token = clientToken('CreateTrafficMirrorTarget', { ...scope, networkInterfaceId, tags }, generation);
      const target = await writer.createTarget(scope, { networkInterfaceId, tags, clientToken: token });
      return { kind: 'done', reason: 'made a target', trafficMirrorTargetId: target.trafficMirrorTargetId };
    }
  }
}

/** Decides by the sessions that are there: an unclear answer may hide a call that was carried out. */
async function look(step: PlanStep, run: ApplyRun, error: unknown, refused: Refused): Promise<Done | Refused | Again> {
  const { accountId, region, networkInterfaceId } = step;
  let sessions: Awaited<ReturnType<MirrorWriter['sessionsOf']>>;
  try {
    sessions = await run.writer.sessionsOf({ accountId, region }, networkInterfaceId);
  } catch (fault) {
    const reason = `${refused.reason}; and what sessions there are could not be read: ${messageOf(fault)}`;
    return { kind: 'again', step, pause: true, otherwise: { ...refused, reason } };
  }
  const standing = standingOf(step, sessions);
  switch (standing.kind) {
    case 'done':
      return { kind: 'done', reason: standing.reason, ...standing.session };
    case 'impossible': {
      const { reason, retry } = standing;
      return { ...refused, reason: `${reason} (${refused.reason})`, retry };
    }
    case 'number-taken': {
      const { sessionNumber } = standing;
      return { kind: 'again', step: { ...step, sessionNumber }, pause: false, otherwise: refused };
    }
    case 'not-done':
      // The same call with the same token would get the same answer, unless the fault was a passing one.
      return mayPass(error) ? { kind: 'again', step, pause: true, otherwise: refused } : refused;
  }
}

/** True unless the fault says of itself that repeating the call is of no use. */
function mayPass(error: unknown): boolean {
  if (error instanceof AwsCallError) return error.retryable || /^Internal(Error|Failure)$/.test(awsCodeOf(error) ?? '');
  return !(error instanceof PipelineError) || error.retryable;
}

function doneOutcome(step: PlanStep, target: string, done: Done, { spare }: ApplyRun): StepOutcome {
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

function refusedOutcome(step: PlanStep, refused: Refused | undefined): StepOutcome {
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
