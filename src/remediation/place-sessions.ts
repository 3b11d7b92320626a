/** From needs to steps: places every source that needs a session as one batch, and launches sensors for those left over. */

import type { AccountIndex } from '../mirror/account-index.ts';
import { resourceOf } from '../mirror/eligibility.ts';
import { assign, type Placement } from '../mirror/placement/assign.ts';
import { accountAfter } from './account-after.ts';
import { newSessionTags } from './order/session-tags.ts';
import type { CreateTargetStep, PlaceSessionStep, TargetLoad, Unplaced } from './plan.ts';
import { sensorsFor } from './sensors/plan-sensors.ts';
import { type SessionNeed, unplacedFor } from './session-need.ts';

export interface PlacedSessions {
  /** Sessions to create and modify, in order of interface ids per round. */
  readonly steps: readonly PlaceSessionStep[];
  /** Sensors to launch or reuse; some of the steps send their sessions there. */
  readonly sensors: readonly CreateTargetStep[];
  readonly unplaced: readonly Unplaced[];
  /** The account once all of these steps are applied. */
  readonly account: AccountIndex;
  /** Every configured target, and the sensors to be launched. */
  readonly capacities: readonly Pick<TargetLoad, 'trafficMirrorTargetId' | 'capacity'>[];
}

/**
 * Places all sources as one batch. A session that moves to another target frees a place, so the sources left over are placed again
 * until nothing moves; otherwise only the next plan would use the place. Sensors are launched for those that still have none.
 */
export function placeSessions(needs: readonly SessionNeed[], account: AccountIndex): PlacedSessions {
  const steps: PlaceSessionStep[] = [];
  const unplaced: Unplaced[] = [];
  let sensors: readonly CreateTargetStep[] | undefined;
  let planned = account;
  let waiting = needs;
  for (;;) {
    const round = placeOnce(waiting, planned, account);
    steps.push(...round.steps);
    unplaced.push(...round.unplaced);
    planned = accountAfter(planned, round.steps);
    waiting = round.waiting;
    if (waiting.length > 0 && round.steps.some(({ kind }) => kind === 'modify-session')) continue;
    if (waiting.length > 0 && sensors === undefined) {
      const sources = waiting.map(({ networkInterface }) => networkInterface);
      ({ steps: sensors, account: planned } = sensorsFor(sources, planned));
      if (sensors.length > 0) continue;
    }
    for (const { networkInterface, verdict } of waiting) {
      const reason = round.refusals.get(networkInterface.networkInterfaceId) ?? verdict.reason;
      unplaced.push(unplacedFor(networkInterface, reason, verdict));
    }
    return { steps, sensors: sensors ?? [], unplaced, account: planned, capacities: round.capacities };
  }
}

interface Round {
  readonly steps: readonly PlaceSessionStep[];
  readonly unplaced: readonly Unplaced[];
  /** The needs that no target has room for, and why, by interface. */
  readonly waiting: readonly SessionNeed[];
  readonly refusals: ReadonlyMap<string, string>;
  readonly capacities: PlacedSessions['capacities'];
}

function placeOnce(needs: readonly SessionNeed[], account: AccountIndex, before: AccountIndex): Round {
  const sources = needs.map(({ networkInterface }) => networkInterface);
  const { placed, unplaced: refused, load } = assign(account, sources, { before });
  const placements = new Map(placed.map((placement) => [placement.networkInterfaceId, placement]));
  const steps: PlaceSessionStep[] = [];
  const unplaced: Unplaced[] = [];
  const waiting: SessionNeed[] = [];
  for (const need of needs) {
    const { networkInterface, verdict } = need;
    const placement = placements.get(networkInterface.networkInterfaceId);
    if (placement === undefined) {
      waiting.push(need);
      continue;
    }
    const step = stepFor(need, placement, account);
    if (step === undefined) unplaced.push(unplacedFor(networkInterface, verdict.reason, verdict));
    else steps.push(step);
  }
  const refusals = new Map(refused.map(({ networkInterfaceId, reason }) => [networkInterfaceId, reason]));
  const capacities = load.map(({ trafficMirrorTargetId, capacity }) => ({ trafficMirrorTargetId, capacity }));
  return { steps, unplaced, waiting, refusals, capacities };
}

/**
 * The step that gives a source its place. Undefined when the session of ours is as configured and still carries nothing (an empty
 * filter): requesting the same again would fix nothing.
 */
function stepFor(need: SessionNeed, placement: Placement, account: AccountIndex): PlaceSessionStep | undefined {
  const { networkInterface, verdict, session, sessionNumber } = need;
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, tier, alternatives } = placement;
  const { accountId, region } = account.inventory;
  const { resourceId } = resourceOf(networkInterface);
  const common = {
    ...{ accountId, region, networkInterfaceId, resourceId },
    ...{ trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber, alternatives },
  };
  const where = `${trafficMirrorTargetId} is in ${tier === 'same-zone' ? 'its own' : 'another'} zone`;
  if (session === undefined) {
    const tags = newSessionTags(resourceId, account);
    const why = verdict.kind === 'missing' ? 'no session carries its traffic' : verdict.reason;
    return { kind: 'create-session', ...common, tags, reason: `${why}; ${where}` };
  }
  const { trafficMirrorSessionId } = session;
  const renumber = session.sessionNumber !== sessionNumber;
  const changes = [
    ...(session.trafficMirrorTargetId === trafficMirrorTargetId ? [] : [where]),
    ...(session.trafficMirrorFilterId === trafficMirrorFilterId ? [] : [`its filter becomes ${trafficMirrorFilterId}`]),
    ...(renumber ? [`number ${sessionNumber} puts ${trafficMirrorSessionId} first`] : []),
  ];
  if (changes.length === 0) return undefined;
  const reason = [verdict.reason, ...changes].join('; ');
  return { kind: 'modify-session', ...common, trafficMirrorSessionId, ...(renumber && { renumber }), reason };
}
