/** The selector for many sources: places a batch together, as well as any assignment could. */

import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { type AccountIndex, SESSIONS_PER_ACCOUNT } from '../account-index.ts';
import type { TargetsByZone } from '../candidates.ts';
import { checksOf, type TargetJudgement } from '../judge-target.ts';
import { type TargetProfile, targetsOf } from '../targets.ts';
import type { Tier } from '../verdict.ts';
import { bestWithRoom } from './alternatives.ts';
import { countBits, hasBit } from './bit-set.ts';
import { minCostFlow } from './min-cost-flow.ts';
import { type AssignOptions, byInterface, type NotPlaced, type PendingSource, sortBatch } from './sort-batch.ts';
import { sourceGroupsOf } from './source-groups.ts';
import { reasonsInWords, whyNone } from './why-none.ts';

/** Where a source goes. */
export interface Placement {
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly tier: Tier;
  /** Up to five other targets that pass every check and have room left, best first. */
  readonly alternatives: readonly string[];
}

/** A target's sources after the assignment. */
export interface AssignedLoad {
  readonly trafficMirrorTargetId: string;
  /** Distinct sources, those placed included. */
  readonly sources: number;
  readonly capacity: number | null;
}

/** The result for a batch, sorted by interface id and by target id. Every source is in `placed` or in `unplaced`, once. */
export interface Assignment {
  readonly placed: readonly Placement[];
  readonly unplaced: readonly NotPlaced[];
  /** Every configured target, including those that got nothing. */
  readonly load: readonly AssignedLoad[];
}

/** How many alternatives a placement lists. */
const ALTERNATIVES = 5;

/**
 * Places sources that have no working session. It places as many as any assignment could, of these as many as possible in their own
 * zone, and then as evenly as possible by utilisation. The result doesn't depend on the order of the input. A source whose session
 * goes to a target that still passes stays there, and sources outside the batch are not moved. With `onUnknown: 'try'`, targets that
 * could not be checked get what is left over. A batch of one goes where `selectTarget` would send it.
 */
export function assign(
  account: AccountIndex,
  sources: readonly NetworkInterface[],
  options: AssignOptions = {},
): Assignment {
  const targets = [...account.once(targetsOf).values()];
  const { pending, kept, unplaced } = sortBatch(sources, account, options);
  const state: State = {
    targets,
    load: targets.map((target) => target.sources.size),
    placed: kept.map(({ judgement, ...source }) => placementOf(source, judgement, [])),
    budget: sessionsLeft(account),
  };
  for (const { leaves } of kept) if (leaves !== undefined) addLoad(state, leaves, -1);
  let left = placeOn('pass', pending, state);
  if (account.policy.onUnknown === 'try') left = placeOn('unknown', left, state);
  return {
    placed: state.placed.toSorted(byInterface),
    unplaced: [...unplaced, ...left.map((source) => notPlaced(source, state, options.before ?? account))].toSorted(
      byInterface,
    ),
    load: targets.map(({ id, capacity }, index) => ({
      trafficMirrorTargetId: id,
      sources: state.load[index] ?? 0,
      capacity,
    })),
  };
}

/** The assignment while it is worked out. */
interface State {
  readonly targets: readonly TargetProfile[];
  /** Sources by target index. */
  readonly load: number[];
  readonly placed: Placement[];
  /** How many more sessions AWS allows the account. */
  budget: number;
}

/** @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
function sessionsLeft({ inventory }: AccountIndex): number {
  const own = (inventory.trafficMirrorSessions ?? []).filter(
    ({ ownerId }) => ownerId === undefined || ownerId === inventory.accountId,
  );
  return Math.max(0, SESSIONS_PER_ACCOUNT - own.length);
}

/** Places as many sources as possible on their passing (or unknown) targets, and returns the rest. */
function placeOn(kind: 'pass' | 'unknown', pending: readonly PendingSource[], state: State): readonly PendingSource[] {
  const { groups, supplies, targetOf } = sourceGroupsOf(pending, kind, state.targets, state.load);
  const demands = groups.map(({ demand }) => demand);
  const flows = minCostFlow(demands, supplies, state.budget);
  flows.forEach((units, index) => {
    const { isBudgeted, leaves } = groups[index]?.demand ?? {};
    for (const [supply, count] of units) {
      if (supply < state.targets.length) addLoad(state, supply, count);
      if (leaves !== undefined) addLoad(state, leaves, -count);
      if (isBudgeted) state.budget -= count;
    }
  });
  return flows.flatMap((units, index) => {
    const places = [...units]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([supply, count]) => new Array<number>(count).fill(targetOf[supply] ?? supply));
    return distribute(places, groups[index]?.sources ?? [], kind, state);
  });
}

function addLoad({ load }: State, target: number, sources: number): void {
  load[target] = (load[target] ?? 0) + sources;
}

/** Distributes a group's places (the index of each one's target) among its sources, and returns the sources that got none. */
function distribute(
  places: readonly number[],
  group: readonly PendingSource[],
  kind: 'pass' | 'unknown',
  state: State,
): readonly PendingSource[] {
  const [first] = group;
  if (first === undefined) return [];
  const { candidates, networkInterfaceId } = first;
  // One more than the alternatives, because the selected target may be among them.
  const best =
    places.length === 0
      ? []
      : bestWithRoom(networkInterfaceId, candidates.pass, state.targets, state.load, ALTERNATIVES + 1);
  places.forEach((index, position) => {
    const source = group[position] as PendingSource;
    const target = state.targets[index] as TargetProfile;
    const tier = hasBit(candidates[kind].near, index) ? 'same-zone' : 'other-zone';
    const alternatives = best.filter((id) => id !== target.id).slice(0, ALTERNATIVES);
    state.placed.push(placementOf(source, { target, tier }, alternatives));
  });
  return group.slice(places.length);
}

function placementOf(
  { networkInterfaceId, destination }: Pick<PendingSource, 'networkInterfaceId' | 'destination'>,
  { target, tier }: Pick<TargetJudgement, 'target' | 'tier'>,
  alternatives: readonly string[],
): Placement {
  return {
    networkInterfaceId,
    trafficMirrorTargetId: target.id,
    trafficMirrorFilterId: destination.filterId,
    tier,
    alternatives,
  };
}

/** A source that got no target, given the load of the whole assignment. A target that it fills is not called full as of now. */
function notPlaced(source: PendingSource, state: State, before: AccountIndex): NotPlaced {
  const { networkInterfaceId, needsSession, candidates } = source;
  const { pass, unknown, targets } = candidates;
  if (countBits(pass.near) + countBits(pass.far) === 0) return { networkInterfaceId, ...whyNone(candidates, before) };
  const isUnknown = countBits(unknown.near) + countBits(unknown.far) > 0;
  if (needsSession && state.budget === 0) {
    const reason = `the account has reached its limit of ${SESSIONS_PER_ACCOUNT} traffic mirror sessions`;
    return { networkInterfaceId, reason, unknown: isUnknown };
  }
  const has = ({ near, far }: TargetsByZone, { index }: TargetProfile): boolean =>
    hasBit(near, index) || hasBit(far, index);
  const reasons = targets.flatMap((target) => {
    if (has(pass, target)) return { target, reason: whyFull(target, state, before) };
    if (!has(unknown, target)) return [];
    return { target, reason: firstUnknown(candidates.judge(target)) };
  });
  return { networkInterfaceId, reason: reasonsInWords(reasons), unknown: isUnknown };
}

function firstUnknown(judgement: TargetJudgement): string {
  return checksOf(judgement).find(({ result }) => result === 'unknown')?.reason ?? '';
}

/** Why a target that nothing else blocks does not take the source. */
function whyFull(target: TargetProfile, { load }: State, before: AccountIndex): string {
  const sources = load[target.index] ?? 0;
  const now = before.sourcesOf(target.id).size;
  return now >= (target.capacity ?? Number.POSITIVE_INFINITY)
    ? `it is full: ${now} of ${target.capacity} sources`
    : `the plan fills it with other sources: ${sources} of ${target.capacity}, ${now} of them now`;
}
