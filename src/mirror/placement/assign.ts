/** The selector for many sources: places a batch together, as well as any assignment could. */

import { byText, compareText, groupBy } from '../../collections.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { type AccountIndex, SESSIONS_PER_ACCOUNT } from '../account-index.ts';
import { type CandidateSet, candidateSetFor } from '../candidates.ts';
import type { Destination } from '../destinations.ts';
import { eligibilityOf } from '../eligibility.ts';
import type { TargetJudgement } from '../judge-target.ts';
import { targetToKeep, whyNone } from '../select-target.ts';
import { isManaged, slotsTaken } from '../sessions.ts';
import { hashOf, tieRank } from '../stable-hash.ts';
import { type TargetProfile, targetsOf } from '../targets.ts';
import type { Tier } from '../verdict.ts';
import { bitKey, eachBit, hasBit } from './bit-set.ts';
import type { Demand, Supply } from './flow-state.ts';
import { minCostFlow } from './min-cost-flow.ts';

/** Where a source goes. */
export interface Placement {
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly tier: Tier;
  /** Up to five other targets that pass every check and have room left, best first. */
  readonly alternatives: readonly string[];
}

/** A source that got no target. */
export interface NotPlaced {
  readonly networkInterfaceId: string;
  /** What refused it, in one sentence; per target when there are few. */
  readonly reason: string;
  /** True when a target might pass but could not be checked. */
  readonly unknown: boolean;
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

/** What one run knows besides the account. */
export interface AssignOptions {
  /** Targets to leave out: those that AWS refused as full during this run. */
  readonly exclude?: ReadonlySet<string> | undefined;
}

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
  const state: State = {
    account,
    options,
    targets,
    load: targets.map((target) => target.sources.size),
    placed: new Map(),
    unplaced: [],
    budget: sessionsLeft(account),
  };
  let pending = pendingSources(state, sources);
  pending = placeOn('pass', pending, state);
  if (account.policy.onUnknown === 'try') pending = placeOn('unknown', pending, state);
  for (const source of pending) state.unplaced.push(notPlaced(source, state));
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

/** The assignment while it is worked out. */
interface State {
  readonly account: AccountIndex;
  readonly options: AssignOptions;
  readonly targets: readonly TargetProfile[];
  /** Sources by target index. */
  readonly load: number[];
  readonly placed: Map<string, Placement>;
  readonly unplaced: NotPlaced[];
  /** How many more sessions AWS allows the account. */
  budget: number;
}

/** A source that is not placed yet, with its candidates. */
interface PendingSource {
  readonly networkInterface: NetworkInterface;
  readonly destination: Destination;
  /** False when we can change a session of ours instead of creating one. */
  readonly needsSession: boolean;
  readonly candidates: CandidateSet;
}

const byInterface = byText(({ networkInterfaceId }: { readonly networkInterfaceId: string }) => networkInterfaceId);

/** @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
function sessionsLeft({ inventory }: AccountIndex): number {
  const own = (inventory.trafficMirrorSessions ?? []).filter(
    ({ ownerId }) => ownerId === undefined || ownerId === inventory.accountId,
  );
  return Math.max(0, SESSIONS_PER_ACCOUNT - own.length);
}

/** The sources that need a place. Settles the others: those that are exempt, have no session slot or stay where they are. */
function pendingSources(state: State, sources: readonly NetworkInterface[]): readonly PendingSource[] {
  const { account, unplaced } = state;
  const distinct = new Map(sources.map((source) => [source.networkInterfaceId, source]));
  const pending: PendingSource[] = [];
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
    const candidates = candidateSetFor(networkInterface, destination, account, state.options.exclude);
    const kept = targetToKeep(networkInterface, destination, candidates.judgements, account);
    if (kept !== undefined) {
      place(networkInterface, destination, kept, [], state);
      continue;
    }
    const needsSession = !account.sessionsOn(networkInterfaceId).some(isManaged);
    pending.push({ networkInterface, destination, needsSession, candidates });
  }
  return pending;
}

/** Places as many sources as possible on their passing (or unknown) targets, and returns the rest. */
function placeOn(kind: 'pass' | 'unknown', pending: readonly PendingSource[], state: State): readonly PendingSource[] {
  const groups = [...groupsOf(pending, kind).values()];
  const supplies = state.targets.map((target, index) => supplyOf(target, state.load[index] ?? 0));
  const demands = groups.map((group) => demandOf(group, kind));
  const flows = minCostFlow(demands, supplies, state.budget);
  flows.forEach((units, index) => {
    for (const [target, count] of units) state.load[target] = (state.load[target] ?? 0) + count;
    if (demands[index]?.isBudgeted) state.budget -= [...units.values()].reduce((sum, count) => sum + count, 0);
  });
  return flows.flatMap((units, index) => distribute(units, groups[index] ?? [], kind, state));
}

/** Groups sources that may go to the same targets. Many share a candidate set, so each set's key is made once. */
function groupsOf(
  pending: readonly PendingSource[],
  kind: 'pass' | 'unknown',
): ReadonlyMap<string, readonly PendingSource[]> {
  const keys = new Map<CandidateSet, string>();
  return groupBy(pending, ({ candidates, needsSession }) => {
    const { near, far } = candidates[kind];
    const targets = keys.get(candidates) ?? `${bitKey(near)}${bitKey(far)}`;
    keys.set(candidates, targets);
    return `${targets}${needsSession}`;
  });
}

function supplyOf({ capacity, unit, hash }: TargetProfile, load: number): Supply {
  return { room: capacity === null ? Number.POSITIVE_INFINITY : Math.max(0, capacity - load), load, unit, hash };
}

/** A group is in order of interface ids, so its first source gives it the same key for any order of the input. */
function demandOf(group: readonly PendingSource[], kind: 'pass' | 'unknown'): Demand {
  const [first] = group as readonly [PendingSource, ...PendingSource[]];
  const key = first.networkInterface.networkInterfaceId;
  return { key, hash: hashOf(key), count: group.length, ...first.candidates[kind], isBudgeted: first.needsSession };
}

/** Distributes a group's places (how many on which target) among its sources, and returns the sources that got none. */
function distribute(
  units: ReadonlyMap<number, number>,
  group: readonly PendingSource[],
  kind: 'pass' | 'unknown',
  state: State,
): readonly PendingSource[] {
  const [first] = group;
  if (first === undefined) return [];
  const ranked = units.size === 0 ? [] : bestWithRoom(first, state);
  const places = [...units]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([target, count]) => new Array<number>(count).fill(target));
  places.forEach((target, index) => {
    const { networkInterface, destination } = group[index] as PendingSource;
    const profile = state.targets[target] as TargetProfile;
    const tier = hasBit(first.candidates[kind].near, target) ? 'same-zone' : 'other-zone';
    const alternatives = ranked.filter((id) => id !== profile.id).slice(0, ALTERNATIVES);
    place(networkInterface, destination, { target: profile, tier }, alternatives, state);
  });
  return group.slice(places.length);
}

/** The ids of the best passing targets with room. One more than the alternatives, because the selected target may be among them. */
function bestWithRoom({ candidates: { pass }, networkInterface }: PendingSource, state: State): readonly string[] {
  const { targets, load } = state;
  const hash = hashOf(networkInterface.networkInterfaceId);
  const best: { id: string; tier: number; utilisation: number; rank: number }[] = [];
  const consider = (tier: number) => (index: number) => {
    const { id, capacity, unit, hash: targetHash } = targets[index] as TargetProfile;
    const sources = load[index] ?? 0;
    if (capacity !== null && sources >= capacity) return;
    const entry = { id, tier, utilisation: sources / unit, rank: tieRank(hash, targetHash) };
    const isWorse = (other: typeof entry): boolean =>
      (tier - other.tier ||
        entry.utilisation - other.utilisation ||
        entry.rank - other.rank ||
        compareText(id, other.id)) < 0;
    const at = best.findIndex(isWorse);
    if (at >= 0) best.splice(at, 0, entry);
    else best.push(entry);
    if (best.length > ALTERNATIVES + 1) best.pop();
  };
  eachBit(pass.near, consider(0));
  eachBit(pass.far, consider(1));
  return best.map(({ id }) => id);
}

function place(
  { networkInterfaceId }: NetworkInterface,
  { filterId }: Destination,
  { target, tier }: Pick<TargetJudgement, 'target' | 'tier'>,
  alternatives: readonly string[],
  { placed }: State,
): void {
  placed.set(networkInterfaceId, {
    networkInterfaceId,
    trafficMirrorTargetId: target.id,
    trafficMirrorFilterId: filterId,
    tier,
    alternatives,
  });
}

function notPlaced({ networkInterface, needsSession, candidates }: PendingSource, { budget }: State): NotPlaced {
  const { networkInterfaceId } = networkInterface;
  const { judgements } = candidates;
  const passing = judgements.filter(({ result }) => result === 'pass').map(({ target }) => target.id);
  if (passing.length === 0) return { networkInterfaceId, ...whyNone(judgements) };
  const reason =
    needsSession && budget === 0
      ? `the account has reached its limit of ${SESSIONS_PER_ACCOUNT} traffic mirror sessions`
      : `every target that would serve it is full once the rest of the batch is placed: ${firstFew(passing)}`;
  return { networkInterfaceId, reason, unknown: false };
}

function firstFew(ids: readonly string[]): string {
  const shown = ids.slice(0, ALTERNATIVES).join(', ');
  return ids.length > ALTERNATIVES ? `${shown} and ${ids.length - ALTERNATIVES} more` : shown;
}
