/** From the verdicts on an account to a plan: which sessions and sensors to create, change and delete, and where they go. */

import type { ForbiddenRepairs } from '../audit/exemptions.ts';
import { byText, groupBy } from '../collections.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { verdictOf } from '../mirror/coverage.ts';
import { isJudgedHere, resourceOf } from '../mirror/eligibility.ts';
import { type RebalanceOptions, rebalance } from '../mirror/placement/rebalance.ts';
import { accountAfter, type Verdicts, verdictsAfter } from './account-after.ts';
import { leftOutBy, mustNotBeMirrored } from './advice/left-out.ts';
import { inOrder } from './order/in-order.ts';
import { withNeededSteps } from './order/needed-steps.ts';
import { type PlacedSessions, placeSessions } from './place-sessions.ts';
import {
  type CreateTargetStep,
  type LeftOut,
  type ModifySessionStep,
  type PlaceSessionStep,
  type PlanStep,
  type RemediationPlan,
  type SessionStep,
  sessionIdOf,
  type TargetLoad,
  type Unplaced,
} from './plan.ts';
import { deletionsOf } from './plan-cleanup.ts';
import { terminationsOf } from './sensors/plan-sensors.ts';
import { type Need, needOf } from './session-need.ts';

/** What the plan covers. */
export interface PlanOptions {
  /** Only these source interfaces; absent means every one. */
  readonly networkInterfaceIds?: ReadonlySet<string> | undefined;
  /** What the audit concluded about interfaces of this very account; an interface without a verdict is judged here. @default none */
  readonly verdicts?: Verdicts | undefined;
  /** What exemptions forbid to repair. @default nothing */
  readonly forbidden?: ForbiddenRepairs | undefined;
  /** Also moves healthy sessions of ours from crowded targets to idle ones. @default no moves */
  readonly rebalance?: RebalanceOptions | undefined;
  /** The time of the plan; without it no idle sensor is old enough to be terminated. */
  readonly now?: Date | undefined;
  /**
   * Only what concerns these interfaces, resources or sessions, the sensors that they go to, and the steps that free the places which
   * they take. Everything is placed first, so each source goes where the whole plan would send it.
   *
   * @default everything
   */
  readonly only?: ReadonlySet<string> | undefined;
}

/**
 * Plans one account and region. Each interface's verdict says what it needs; all needs are placed as one batch, and each placement
 * becomes a step. Sessions of ours that carry nothing are modified rather than recreated, so packets keep flowing. With the
 * policy's `cleanup`, our orphans and duplicates are deleted first. Where no target has room and a rule launches sensors, those come
 * last, with the sessions that go to them, because they take a while to start.
 *
 * Sessions of others are never touched. The plan is the same for any order of the inventory's lists, and empty once it has been
 * applied. Every source that needs a session and gets none is in `unplaced` with the reason, also when something could not be read;
 * interface `*` represents all of them when the interfaces themselves were not read.
 */
export function planRemediation(account: AccountIndex, options: PlanOptions = {}): RemediationPlan {
  const { verdicts = NO_VERDICTS, networkInterfaceIds, now, forbidden = NOTHING_FORBIDDEN } = options;
  const inScope = ({ networkInterfaceId }: { readonly networkInterfaceId: string }): boolean =>
    networkInterfaceIds?.has(networkInterfaceId) ?? true;
  const { networkInterfaces } = account.inventory;
  const judged = (networkInterfaces ?? []).filter((each) => isJudgedHere(each, account));

  const deletions = deletionsOf(account, verdicts, inScope, forbidden);
  // The deletions are the first steps: everything after them sees the account without these sessions, and may use their places.
  const cleaned = accountAfter(account, deletions);
  const known = verdictsAfter(verdicts, deletions);
  const { needs, exempted } = needsOf(judged.filter(inScope), known, cleaned, forbidden);
  const hopeless = needs.flatMap((need) => (need.kind === 'unplaced' ? [need.unplaced] : []));
  const { steps, sensors, ...placed } = placeSessions(
    needs.filter((need) => need.kind === 'session'),
    cleaned,
  );
  const moves =
    options.rebalance === undefined
      ? []
      : movesOf(placed.account, options.rebalance).filter(
          (move) => inScope(move) && !mustNotBeMirrored(move, forbidden),
        );
  const all = [
    ...deletions,
    ...withSensors(inOrder(lastToSensors(steps, sensors), cleaned), sensors),
    ...moves,
    ...(now === undefined ? [] : terminationsOf(account, sensors, now)),
  ];
  const unplaced = [
    ...(networkInterfaces === undefined ? [allUnplaced(account)] : []),
    ...[...hopeless, ...placed.unplaced].toSorted(byInterface),
  ];
  if (options.only === undefined)
    return { steps: all, unplaced, load: loadOf(accountAfter(placed.account, moves), placed.capacities), exempted };
  const part = partOf({ steps: all, unplaced, exempted }, options.only, account);
  return { ...part, load: loadOf(accountAfter(account, part.steps), placed.capacities) };
}

/**
 * The steps about these interfaces, resources or sessions, with the sensors that they need and the steps that free their places; and
 * those of them left without a session.
 */
function partOf(
  { steps, unplaced, exempted = [] }: Omit<RemediationPlan, 'load'>,
  only: ReadonlySet<string>,
  account: AccountIndex,
): Omit<RemediationPlan, 'load'> {
  const isNamed = (one: Pick<Unplaced, 'networkInterfaceId' | 'resourceId'>): boolean =>
    only.has(one.networkInterfaceId) || only.has(one.resourceId) || one.networkInterfaceId === ALL_INTERFACES;
  const meant = new Set(steps.filter((step) => isNamed(step) || only.has(sessionIdOf(step) ?? '')));
  const named = withNeededSteps(meant, steps, account);
  const targets = new Set([...named].map(({ trafficMirrorTargetId }) => trafficMirrorTargetId));
  return {
    steps: steps.filter(
      (step) => named.has(step) || (step.kind === 'create-target' && targets.has(step.trafficMirrorTargetId)),
    ),
    unplaced: unplaced.filter(isNamed),
    exempted: exempted.filter(isNamed),
  };
}

/** Represents all interfaces of an account and region whose interfaces could not be read. */
const ALL_INTERFACES = '*';

const NO_VERDICTS: Verdicts = new Map();
const NOTHING_FORBIDDEN: ForbiddenRepairs = new Map();

/** What each source needs, in order of interface ids, and the sources that exemptions leave as they are. */
function needsOf(
  sources: readonly NetworkInterface[],
  verdicts: Verdicts,
  account: AccountIndex,
  forbidden: ForbiddenRepairs,
): { readonly needs: readonly Need[]; readonly exempted: readonly LeftOut[] } {
  const needs: Need[] = [];
  const exempted: LeftOut[] = [];
  for (const source of sources.toSorted(byInterface)) {
    const verdict = verdicts.get(source.networkInterfaceId) ?? verdictOf(source, account);
    const need = needOf(source, verdict, account);
    const leftOut = leftOutBy(forbidden, { source, verdict, need, account });
    if (leftOut === undefined) needs.push(need);
    else exempted.push(leftOut);
  }
  return { needs, exempted };
}

/** Several accounts' and regions' plans as one, in the order given. */
export function joinPlans(plans: readonly RemediationPlan[]): RemediationPlan {
  return {
    steps: plans.flatMap(({ steps }) => steps),
    unplaced: plans.flatMap(({ unplaced }) => unplaced),
    load: plans.flatMap(({ load }) => load),
    exempted: plans.flatMap(({ exempted = [] }) => exempted),
  };
}

const byInterface = byText(({ networkInterfaceId }: { readonly networkInterfaceId: string }) => networkInterfaceId);

/** A modified session may free the place that a new one needs. */
function modifiedFirst(steps: readonly PlaceSessionStep[]): readonly PlaceSessionStep[] {
  return [
    ...steps.filter(({ kind }) => kind === 'modify-session'),
    ...steps.filter(({ kind }) => kind === 'create-session'),
  ];
}

/** The steps by their sensors: first those that need none. */
function lastToSensors(
  steps: readonly PlaceSessionStep[],
  sensors: readonly CreateTargetStep[],
): readonly PlaceSessionStep[] {
  const bySensor = groupBy(steps, ({ trafficMirrorTargetId: to }) =>
    sensors.findIndex(({ trafficMirrorTargetId }) => trafficMirrorTargetId === to),
  );
  return [-1, ...sensors.keys()].flatMap((sensor) => modifiedFirst(bySensor.get(sensor) ?? []));
}

/** Each sensor before the first session that goes to it, and those that none goes to at the end. */
function withSensors(steps: readonly SessionStep[], sensors: readonly CreateTargetStep[]): readonly PlanStep[] {
  const toCreate = new Map(sensors.map((sensor) => [sensor.trafficMirrorTargetId, sensor]));
  const all = steps.flatMap((step): readonly PlanStep[] => {
    const sensor = toCreate.get(step.trafficMirrorTargetId);
    toCreate.delete(step.trafficMirrorTargetId);
    return sensor === undefined ? [step] : [sensor, step];
  });
  return [...all, ...toCreate.values()];
}

function allUnplaced({ inventory }: AccountIndex): Unplaced {
  const why = inventory.unread?.networkInterfaces ?? 'they were not read';
  const reason = `the network interfaces of ${scopeKey(inventory)} are unknown: ${why}`;
  return { networkInterfaceId: ALL_INTERFACES, resourceId: ALL_INTERFACES, reason };
}

function movesOf(account: AccountIndex, options: RebalanceOptions): readonly ModifySessionStep[] {
  const { accountId, region } = account.inventory;
  return rebalance(account, options).flatMap(({ trafficMirrorSessionId, networkInterfaceId, to, reason }) => {
    const session = account.trafficMirrorSession(trafficMirrorSessionId);
    const source = account.networkInterface(networkInterfaceId);
    if (typeof session !== 'object' || typeof source !== 'object') return [];
    const { trafficMirrorFilterId, sessionNumber } = session;
    const { resourceId } = resourceOf(source);
    const step = { kind: 'modify-session', accountId, region, networkInterfaceId, resourceId } as const;
    const what = { trafficMirrorSessionId, trafficMirrorTargetId: to, trafficMirrorFilterId, sessionNumber };
    return [{ ...step, ...what, reason }];
  });
}

function loadOf(account: AccountIndex, targets: PlacedSessions['capacities']): readonly TargetLoad[] {
  const { accountId, region, trafficMirrorSessions } = account.inventory;
  if (trafficMirrorSessions === undefined) return [];
  return targets.map(({ trafficMirrorTargetId, capacity }) => ({
    trafficMirrorTargetId,
    accountId,
    region,
    sources: account.sourcesOf(trafficMirrorTargetId).size,
    capacity,
  }));
}
