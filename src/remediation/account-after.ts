/** Predicts an account and its verdicts after steps are applied. The rest of a plan builds on this. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { type AccountIndex, indexAccount } from '../mirror/account-index.ts';
import type { Verdict } from '../mirror/verdict.ts';
import type { CreateSessionStep, DeleteSessionStep, ModifySessionStep, PlanStep } from './plan.ts';

/** Verdicts by network interface id. */
export type Verdicts = ReadonlyMap<string, Verdict>;

/** The account as it will be once the steps are applied; the same object when there are none, or when the sessions were not read. */
export function accountAfter(account: AccountIndex, steps: readonly PlanStep[]): AccountIndex {
  const { inventory, policy, unsupported, compiled } = account;
  const { trafficMirrorSessions: before } = inventory;
  if (steps.length === 0 || before === undefined) return account;
  const created: TrafficMirrorSession[] = [];
  const changes = new Map<string, ModifySessionStep | DeleteSessionStep>();
  for (const step of steps) {
    if (step.kind === 'create-session') created.push(newSession(step));
    if (step.kind === 'modify-session' || step.kind === 'delete-session')
      changes.set(step.trafficMirrorSessionId, step);
  }
  const changed = before.flatMap((session) => {
    const step = changes.get(session.trafficMirrorSessionId);
    return step === undefined ? [session] : sessionAfter(session, step);
  });
  return indexAccount({ ...inventory, trafficMirrorSessions: [...changed, ...created] }, policy, {
    unsupported,
    compiled,
  });
}

/** Without tags, so that a rebalance does not move a session that does not exist yet. */
function newSession(step: CreateSessionStep): TrafficMirrorSession {
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = step;
  const trafficMirrorSessionId = `new ${networkInterfaceId}`;
  return {
    ...{ trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId },
    ...{ networkInterfaceId, sessionNumber, tags: [] },
  };
}

function sessionAfter(
  session: TrafficMirrorSession,
  step: ModifySessionStep | DeleteSessionStep,
): readonly TrafficMirrorSession[] {
  if (step.kind === 'delete-session') return [];
  const { trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = step;
  return [{ ...session, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber }];
}

/**
 * The verdicts that stay true once the steps are applied; the others must be judged again. A step settles the fate of its own
 * interface, and it fills or frees a place at a target. The room at the targets decides only between `missing` and `unknown`.
 */
export function verdictsAfter(verdicts: Verdicts, steps: readonly PlanStep[]): Verdicts {
  if (steps.length === 0) return verdicts;
  const touched = new Set(steps.map(({ networkInterfaceId }) => networkInterfaceId));
  return new Map(
    [...verdicts].filter(([id, { kind }]) => !touched.has(id) && kind !== 'missing' && kind !== 'unknown'),
  );
}
