/** An account as it would be once steps are done: what the rest of a plan is decided by. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { type AccountIndex, indexAccount } from '../mirror/account-index.ts';
import type { PlanStep } from './plan.ts';

/** The account as it would be once the steps are done; itself when there are none. */
export function accountAfter(account: AccountIndex, steps: readonly PlanStep[]): AccountIndex {
  const byId = new Map(steps.map((step) => [step.trafficMirrorSessionId, step]));
  const created = steps
    .filter(({ kind }) => kind === 'create-session')
    // Without tags: what is not there yet is not offered for a move.
    .map(
      (step): TrafficMirrorSession => ({ ...step, trafficMirrorSessionId: `new ${step.networkInterfaceId}`, tags: [] }),
    );
  const changed = (session: TrafficMirrorSession): readonly TrafficMirrorSession[] => {
    const step = byId.get(session.trafficMirrorSessionId);
    if (step === undefined) return [session];
    if (step.kind === 'delete-session') return [];
    const { trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = step;
    return [{ ...session, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber }];
  };
  const { inventory, policy, unsupported } = account;
  const { trafficMirrorSessions: before } = inventory;
  if (steps.length === 0 || before === undefined) return account;
  const trafficMirrorSessions = [...before.flatMap(changed), ...created];
  return indexAccount({ ...inventory, trafficMirrorSessions }, policy, { unsupported });
}
