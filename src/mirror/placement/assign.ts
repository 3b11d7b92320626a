/** The selector for many: a whole batch placed together, as well as any assignment could. */

import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { type AccountIndex, SESSIONS_PER_ACCOUNT } from '../account-index.ts';
import { type CandidateSet, candidateSetFor } from '../candidates.ts';
import type { Destination } from '../destinations.ts';
import { eligibilityOf } from '../eligibility.ts';
import type { TargetJudgement } from '../judge-target.ts';
import { stayingAt, whyNone } from '../select-target.ts';
import { isManaged, slotsTaken } from '../sessions.ts';
import { hashOf, tieRank } from '../stable-hash.ts';
import { type TargetProfile, targetsOf } from '../targets.ts';
import type { Tier } from '../verdict.ts';
import { bitKey, eachBit, hasBit } from './bit-set.ts';
import type { Demand, Supply } from './flow-state.ts';
import { minCostFlow } from './min-cost-flow.ts';

export interface Placement {
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly tier: Tier;
  /** At most five other targets that pass every check and have room left, best first. */
  readonly alternatives: readonly string[];
}

export interface NotPlaced {
  readonly networkInterfaceId: string;
  /** One sentence: what refused it, per target when there are few. */
  readonly reason: string;
  /** True when something could not be read, so that it is not known whether a target would serve. */
  readonly unknown: boolean;
}

export interface AssignedLoad {
  readonly trafficMirrorTargetId: string;
  /** Distinct sources once the assignment is done. */
  readonly sources: number;
  readonly capacity: number | null;
}

/** Sorted by interface id, by target id. Every source given is in `placed` or `unplaced`, once. */
export interface Assignment {
  readonly placed: readonly Placement[];
  readonly unplaced: readonly NotPlaced[];
  /** Every configured target, also those that get nothing. */
  readonly load: readonly AssignedLoad[];
}

export interface AssignOptions {
  /** Targets to leave out: those that AWS answered to be full, in this run. */
  readonly exclude?: ReadonlySet<string> | undefined;
}

const ALTERNATIVES = 5;

/**
 * Places sources that have no working session: as many as any assignment could, of these as many as possible in their own zone, as
 * evenly as possible by utilisation; the same for any order of the input. A source whose session goes to a target that still passes
 * stays there, and sources that are not given keep the places they have. With `onUnknown: 'try'`, targets that could not be checked
 * get what is left over. A batch of one goes where `selectTarget` would send it.
 */
export function assign(
  account: AccountIndex,
  sources: readonly NetworkInterface[],
  options: AssignOptions = {},
): Assignment {
  const targets = [...account.once(targetsOf).values()];
  const state: State = {
    account,
    options,
    targets,
    load: targets.map((target) => target.sources.size),
    placed: new Map(),
    unplaced: [],
    budget: sessionsLeft(account),
  };
  let waiting = waitingOf(state, sources);
  waiting = placeAll(state, waiting, 'pass');
  if (account.policy.onUnknown === 'try') waiting = placeAll(state, waiting, 'unknown');
  for (const one of waiting) state.unplaced.push(whyWaiting(state, one));
  return {
    placed: [...state.placed.values()].toSorted(byInterface),
    unplaced: state.unplaced.toSorted(byInterface),
    load: targets.map(({ id, capacity }, index) => ({
      trafficMirrorTargetId: id,
      sources: state.load[index] ?? 0,
      capacity,
    })),
  };
}

interface State {
  readonly account: AccountIndex;
  readonly options: AssignOptions;
  readonly targets: readonly TargetProfile[];
  readonly load: number[];
  readonly placed: Map<string, Placement>;
  readonly unplaced: NotPlaced[];
  /** How many more sessions the account may have. */
  budget: number;
}

/** A source to be placed, with the targets that may serve it. */
interface Waiting {
  readonly networkInterface: NetworkInterface;
  readonly destination: Destination;
  /** False when a session of ours can be changed instead of making one. */
  readonly needsSession: boolean;
  readonly offer: CandidateSet;
}

function byInterface(a: { networkInterfaceId: string }, b: { networkInterfaceId: string }): number {
  return a.networkInterfaceId < b.networkInterfaceId ? -1 : 1;
}

/** @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
function sessionsLeft({ inventory }: AccountIndex): number {
  const own = (inventory.trafficMirrorSessions ?? []).filter(
    ({ ownerId }) => ownerId === undefined || ownerId === inventory.accountId,
  );
  return Math.max(0, SESSIONS_PER_ACCOUNT - own.length);
}

/** Sorts out those that are no sources, those that have no slot, and those that stay where they are. */
function waitingOf(state: State, sources: readonly NetworkInterface[]): readonly Waiting[] {
  const { account, unplaced } = state;
  const distinct = new Map(sources.map((source) => [source.networkInterfaceId, source]));
  const waiting: Waiting[] = [];
  for (const networkInterface of [...distinct.values()].toSorted(byInterface)) {
    const { networkInterfaceId } = networkInterface;
    const eligibility = eligibilityOf(networkInterface, account);
    if (eligibility.kind !== 'source') {
      unplaced.push({ networkInterfaceId, reason: eligibility.reason, unknown: eligibility.kind === 'unknown' });
      continue;
    }
    const slots = slotsTaken(networkInterfaceId, account);
    if (slots !== undefined) {
      unplaced.push({ networkInterfaceId, reason: slots, unknown: false });
      continue;
    }
    const { destination } = eligibility;
    const offer = candidateSetFor(networkInterface, destination, account, state.options.exclude);
    const stay = stayingAt(networkInterface, destination, offer.options, account);
    if (stay !== undefined) record(state, networkInterface, destination, stay, []);
    else
      waiting.push({ networkInterface, destination, needsSession: !hasOwnSession(networkInterface, account), offer });
  }
  return waiting;
}

function hasOwnSession({ networkInterfaceId }: NetworkInterface, account: AccountIndex): boolean {
  return account.sessionsOn(networkInterfaceId).some(isManaged);
}

/** Places what it can by the choices of one kind, and gives back the rest. */
function placeAll(state: State, waiting: readonly Waiting[], kind: 'pass' | 'unknown'): readonly Waiting[] {
  const groups = new Map<string, Waiting[]>();
  const keys = new Map<CandidateSet, string>();
  for (const one of waiting) {
    const choices = keys.get(one.offer) ?? `${bitKey(one.offer[kind].near)}${bitKey(one.offer[kind].far)}`;
    keys.set(one.offer, choices);
    const key = `${choices}${one.needsSession}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const alike = [...groups.values()];
  const supplies = state.targets.map((target, index) => supplyOf(target, state.load[index] ?? 0));
  const demands = alike.map((group) => demandOf(group, kind));
  const placed = minCostFlow(demands, supplies, state.budget);
  placed.forEach((units, index) => {
    for (const [target, count] of units) state.load[target] = (state.load[target] ?? 0) + count;
    if (demands[index]?.isBudgeted) state.budget -= [...units.values()].reduce((sum, count) => sum + count, 0);
  });
  return placed.flatMap((units, index) => settle(state, alike[index] ?? [], units, kind));
}

function supplyOf({ capacity, unit, hash }: TargetProfile, load: number): Supply {
  return { room: capacity === null ? Number.POSITIVE_INFINITY : Math.max(0, capacity - load), load, unit, hash };
}

/** Groups are in order of interface ids, so that the first names them all alike for any order of input. */
function demandOf(group: readonly Waiting[], kind: 'pass' | 'unknown'): Demand {
  const [first] = group as readonly [Waiting, ...Waiting[]];
  const key = first.networkInterface.networkInterfaceId;
  return { key, hash: hashOf(key), count: group.length, ...first.offer[kind], isBudgeted: first.needsSession };
}

/** Deals a group's places out to its sources, and gives back those that got none. */
function settle(
  state: State,
  group: readonly Waiting[],
  units: ReadonlyMap<number, number>,
  kind: 'pass' | 'unknown',
): readonly Waiting[] {
  const [first] = group;
  if (first === undefined) return [];
  const ranked = units.size === 0 ? [] : bestWithRoom(state, first);
  const places = [...units]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([target, count]) => new Array<number>(count).fill(target));
  places.forEach((target, index) => {
    const { networkInterface, destination } = group[index] as Waiting;
    const profile = state.targets[target] as TargetProfile;
    const tier = hasBit(first.offer[kind].near, target) ? 'same-zone' : 'other-zone';
    const alternatives = ranked.filter((id) => id !== profile.id).slice(0, ALTERNATIVES);
    record(state, networkInterface, destination, { target: profile, tier }, alternatives);
  });
  return group.slice(places.length);
}

/** One more than is asked for, as the chosen one may be among them. */
function bestWithRoom({ targets, load }: State, { offer: { pass }, networkInterface }: Waiting): readonly string[] {
  const hash = hashOf(networkInterface.networkInterfaceId);
  const best: { id: string; tier: number; use: number; rank: number }[] = [];
  const consider = (tier: number) => (index: number) => {
    const { id, capacity, unit, hash: targetHash } = targets[index] as TargetProfile;
    const sources = load[index] ?? 0;
    if (capacity !== null && sources >= capacity) return;
    const one = { id, tier, use: sources / unit, rank: tieRank(hash, targetHash) };
    const isBetter = (other: typeof one): boolean =>
      (tier - other.tier || one.use - other.use || one.rank - other.rank || (id < other.id ? -1 : 1)) < 0;
    const at = best.findIndex(isBetter);
    if (at >= 0) best.splice(at, 0, one);
    else best.push(one);
    if (best.length > ALTERNATIVES + 1) best.pop();
  };
  eachBit(pass.near, consider(0));
  eachBit(pass.far, consider(1));
  return best.map(({ id }) => id);
}

function record(
  { placed }: State,
  { networkInterfaceId }: NetworkInterface,
  { filterId }: Destination,
  { target, tier }: Pick<TargetJudgement, 'target' | 'tier'>,
  alternatives: readonly string[],
): void {
  placed.set(networkInterfaceId, {
    networkInterfaceId,
    trafficMirrorTargetId: target.id,
    trafficMirrorFilterId: filterId,
    tier,
    alternatives,
  });
}

function whyWaiting({ budget }: State, { networkInterface, needsSession, offer }: Waiting): NotPlaced {
  const { networkInterfaceId } = networkInterface;
  const passing = offer.options.filter(({ result }) => result === 'pass').map(({ target }) => target.id);
  if (passing.length === 0) return { networkInterfaceId, ...whyNone(offer.options) };
  const reason =
    needsSession && budget === 0
      ? `the account has its ${SESSIONS_PER_ACCOUNT} traffic mirror sessions`
      : `every target that would serve it is full once the others of this batch are placed: ${few(passing)}`;
  return { networkInterfaceId, reason, unknown: false };
}

function few(ids: readonly string[]): string {
  const shown = ids.slice(0, ALTERNATIVES).join(', ');
  return ids.length > ALTERNATIVES ? `${shown} and ${ids.length - ALTERNATIVES} more` : shown;
}
