/** From the verdicts on an account to a plan: what to create, change and delete, and where it goes. */

import { scopeKey } from '../inventory/inventory.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { resourceOf } from '../mirror/eligibility.ts';
import { assign } from '../mirror/placement/assign.ts';
import { type RebalanceOptions, rebalance } from '../mirror/placement/rebalance.ts';
import { accountAfter } from './account-after.ts';
import type { PlanStep, RemediationPlan, TargetLoad, Unplaced } from './plan.ts';
import { deletionsOf } from './plan-cleanup.ts';
import { sensorsFor, terminationsOf } from './sensors/plan-sensors.ts';
import { needOf, type SessionNeed, stepFor, unplacedFor } from './session-need.ts';

/** What the plan is to cover. */
export interface PlanOptions {
  /** Only these source interfaces; absent means every one. */
  readonly networkInterfaceIds?: ReadonlySet<string> | undefined;
  /** Also moves healthy sessions of ours from crowded targets to idle ones. @default no moves */
  readonly rebalance?: RebalanceOptions | undefined;
  /** When the plan is made; without it no sensor is old enough to be given up. */
  readonly now?: Date | undefined;
}

/**
 * What would be done for one account and region: sessions of ours that carry nothing are re-targeted (by Modify: copies keep
 * flowing), sources without one get one, all placed together as one batch; with the policy's `cleanup`, our orphans and
 * duplicates are deleted first. For sources that no target has room for, sensors are launched where their rule says so; what goes to
 * them comes last, as they take a while to start. Sessions of others are never touched. The same for any order of the inventory's lists, and
 * empty once it has been done.
 *
 * Every source that needs a session and gets none is in `unplaced` with the reason, also when something could not be read;
 * interface `*` stands for all of them when the interfaces themselves could not be.
 */
export function planRemediation(account: AccountIndex, options: PlanOptions = {}): RemediationPlan {
  const inScope = ({ networkInterfaceId }: { readonly networkInterfaceId: string }): boolean =>
    options.networkInterfaceIds?.has(networkInterfaceId) ?? true;
  const { networkInterfaces } = account.inventory;

  const deletions = deletionsOf(account, inScope);
  // All that follows is decided as if the deletions were done: they are the first steps, and what they free can be used.
  const cleaned = accountAfter(account, deletions);
  const needs = (networkInterfaces ?? [])
    .filter(inScope)
    .toSorted(byInterface)
    .flatMap((each) => needOf(each, cleaned) ?? []);
  const placeable = needs.filter((need): need is SessionNeed => 'verdict' in need);
  const { changes, sensors, unplaced, planned, capacities } = placeAll(placeable, cleaned);
  const moves = options.rebalance === undefined ? [] : movesOf(planned, options.rebalance).filter(inScope);
  const unread = networkInterfaces === undefined ? [allUnplaced(account)] : [];
  return {
    steps: [
      ...deletions,
      ...changesFirst(changes.filter((step) => !isAt(sensors, step))),
      ...moves,
      ...sensors.flatMap((sensor) => [sensor, ...changesFirst(changes.filter((step) => isAt([sensor], step)))]),
      ...(options.now === undefined ? [] : terminationsOf(account, sensors, options.now)),
    ],
    unplaced: [
      ...unread,
      ...[...needs.filter((need): need is Unplaced => !('verdict' in need)), ...unplaced].toSorted(byInterface),
    ],
    load: loadOf(accountAfter(planned, moves), capacities),
  };
}

/** What turns a session elsewhere leaves a place behind that a new one may need. */
function changesFirst(steps: readonly PlanStep[]): readonly PlanStep[] {
  return [
    ...steps.filter(({ kind }) => kind === 'modify-session'),
    ...steps.filter(({ kind }) => kind === 'create-session'),
  ];
}

/** Whether a session is to go to one of these sensors. */
function isAt(sensors: readonly PlanStep[], { trafficMirrorTargetId }: PlanStep): boolean {
  return sensors.some((sensor) => sensor.trafficMirrorTargetId === trafficMirrorTargetId);
}

interface Placed {
  readonly changes: readonly PlanStep[];
  /** Sensors to be launched for some of them. */
  readonly sensors: readonly PlanStep[];
  readonly unplaced: readonly Unplaced[];
  /** The account once the changes are done. */
  readonly planned: AccountIndex;
  readonly capacities: readonly Omit<TargetLoad, 'sources'>[];
}

/**
 * Places all that want a session, as one batch. A session that is turned elsewhere leaves a place behind: whoever found none is
 * asked again until nobody finds one any more, else the next plan would go on where this one stopped. Sensors are launched for those
 * who are left then.
 */
function placeAll(needs: readonly SessionNeed[], account: AccountIndex): Placed {
  const changes: PlanStep[] = [];
  const unplaced: Unplaced[] = [];
  let planned = account;
  let waiting = needs;
  let sensors: readonly PlanStep[] | undefined;
  for (;;) {
    const sources = waiting.map(({ networkInterface }) => networkInterface);
    const { placed, unplaced: refused, load } = assign(planned, sources);
    const placements = new Map(placed.map((placement) => [placement.networkInterfaceId, placement]));
    const answers = waiting.flatMap((need) => {
      const placement = placements.get(need.networkInterface.networkInterfaceId);
      return placement === undefined ? [] : [stepFor(need, placement, planned)];
    });
    const steps = answers.filter((answer): answer is PlanStep => 'kind' in answer);
    unplaced.push(...answers.filter((answer): answer is Unplaced => !('kind' in answer)));
    changes.push(...steps);
    waiting = waiting.filter(({ networkInterface }) => !placements.has(networkInterface.networkInterfaceId));
    planned = accountAfter(planned, steps);
    if (waiting.length > 0 && steps.length > 0) continue;
    if (waiting.length > 0 && sensors === undefined) {
      const unplacedSources = waiting.map(({ networkInterface }) => networkInterface);
      ({ steps: sensors, account: planned } = sensorsFor(unplacedSources, planned));
      if (sensors.length > 0) continue;
    }
    const reasons = new Map(refused.map(({ networkInterfaceId, reason }) => [networkInterfaceId, reason]));
    for (const { networkInterface, verdict } of waiting) {
      const reason = reasons.get(networkInterface.networkInterfaceId) ?? verdict.reason;
      unplaced.push(unplacedFor(networkInterface, reason, planned));
    }
    const capacities = load.map(({ trafficMirrorTargetId, capacity }) => ({ trafficMirrorTargetId, capacity }));
    return { changes, sensors: sensors ?? [], unplaced, planned, capacities };
  }
}

/** Plans of several accounts and regions as one, in the order given. */
export function joinPlans(plans: readonly RemediationPlan[]): RemediationPlan {
  return {
    steps: plans.flatMap(({ steps }) => steps),
    unplaced: plans.flatMap(({ unplaced }) => unplaced),
    load: plans.flatMap(({ load }) => load),
  };
}

function byInterface(a: { readonly networkInterfaceId: string }, b: { readonly networkInterfaceId: string }): number {
  return a.networkInterfaceId < b.networkInterfaceId ? -1 : Number(a.networkInterfaceId > b.networkInterfaceId);
}

function allUnplaced({ inventory }: AccountIndex): Unplaced {
  const why = inventory.unread?.networkInterfaces ?? 'they are not in what was read';
  const reason = `the network interfaces of ${scopeKey(inventory)} are not known: ${why}`;
  return { networkInterfaceId: '*', resourceId: '*', reason };
}

function movesOf(account: AccountIndex, options: RebalanceOptions): readonly PlanStep[] {
  const { accountId, region } = account.inventory;
  return rebalance(account, options).flatMap(({ trafficMirrorSessionId, networkInterfaceId, to, reason }) => {
    const session = account.trafficMirrorSession(trafficMirrorSessionId);
    const source = account.networkInterface(networkInterfaceId);
    if (typeof session !== 'object' || typeof source !== 'object') return [];
    const { trafficMirrorFilterId, sessionNumber } = session;
    const { resourceId } = resourceOf(source, account);
    const step = { kind: 'modify-session', accountId, region, networkInterfaceId, resourceId } as const;
    const what = { trafficMirrorSessionId, trafficMirrorTargetId: to, trafficMirrorFilterId, sessionNumber };
    return [{ ...step, ...what, reason }];
  });
}

function loadOf(account: AccountIndex, targets: readonly Omit<TargetLoad, 'sources'>[]): readonly TargetLoad[] {
  return targets.map(({ trafficMirrorTargetId, capacity }) => ({
    trafficMirrorTargetId,
    sources: account.sourcesOf(trafficMirrorTargetId).size,
    capacity,
  }));
}
