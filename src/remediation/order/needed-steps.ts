/** Which other steps of a plan a part of it needs: those that free the places which it takes. */

import type { AccountIndex } from '../../mirror/account-index.ts';
import { targetsOf } from '../../mirror/targets.ts';
import type { PlanStep } from '../plan.ts';
import { type Transfer, transferOf } from './in-order.ts';

/**
 * The named steps with those that they can't do without: where they go to a target without room, the steps that free a place there, and
 * what these need in turn. A session that is deleted to be created again stays with its creation.
 */
export function withNeededSteps(
  named: ReadonlySet<PlanStep>,
  steps: readonly PlanStep[],
  account: AccountIndex,
): ReadonlySet<PlanStep> {
  const targets = account.once(targetsOf);
  const transfers = steps.flatMap((step) => transferIn(step, account) ?? []);
  const needed = new Set<PlanStep>(named);
  const isShort = (id: string): boolean => {
    const { capacity = null, sources } = targets.get(id) ?? {};
    const included = transfers.filter(({ step }) => needed.has(step));
    const more = included.filter(({ to }) => to === id).length - included.filter(({ from }) => from === id).length;
    return capacity !== null && more > 0 && (sources?.size ?? 0) + more > capacity;
  };
  for (let last = -1; last !== needed.size; ) {
    last = needed.size;
    const recreated = new Set(transfers.flatMap(({ step }) => (needed.has(step) ? (slotOf(step) ?? []) : [])));
    for (const { step } of transfers) if (recreated.has(slotOf(step) ?? '')) needed.add(step);
    for (const id of new Set(transfers.flatMap(({ step, to }) => (needed.has(step) && to !== undefined ? [to] : [])))) {
      const freeing = transfers.find(({ step, from }) => from === id && !needed.has(step));
      if (freeing !== undefined && isShort(id)) needed.add(freeing.step);
    }
  }
  return needed;
}

/** The session slot that a step empties or fills: a deletion and a creation in the same slot belong together. */
function slotOf({ kind, networkInterfaceId, sessionNumber }: PlanStep): string | undefined {
  return kind === 'delete-session' || kind === 'create-session' ? `${networkInterfaceId}#${sessionNumber}` : undefined;
}

function transferIn(step: PlanStep, account: AccountIndex): Transfer | undefined {
  switch (step.kind) {
    case 'create-session':
    case 'modify-session':
      return transferOf(step, account);
    case 'delete-session': {
      const { trafficMirrorSessionId, trafficMirrorTargetId: from, networkInterfaceId } = step;
      const isElsewhere = account
        .sessionsOn(networkInterfaceId)
        .some((one) => one.trafficMirrorSessionId !== trafficMirrorSessionId && one.trafficMirrorTargetId === from);
      return isElsewhere ? { step } : { step, from };
    }
    case 'create-target':
    case 'terminate-sensor':
      return undefined;
  }
}
