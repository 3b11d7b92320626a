/** Sorts a batch before it is placed: sources that need a place, sources that stay where they are, and those that can't have a session. */

import { byText } from '../../collections.ts';
import type { TrafficMirrorSession } from '../../inventory/mirror.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../account-index.ts';
import { type CandidateSet, candidateSetFor } from '../candidates.ts';
import type { Destination } from '../destinations.ts';
import { eligibilityOf } from '../eligibility.ts';
import type { TargetJudgement } from '../judge-target.ts';
import { ownTarget, type SelectOptions } from '../select-target.ts';
import { sessionToChange, slotsTaken } from '../sessions.ts';
import { targetsOf } from '../targets.ts';
import { countBits } from './bit-set.ts';

/** A source that is not placed yet, with its candidates. */
export interface PendingSource {
  readonly networkInterfaceId: string;
  readonly destination: Destination;
  /** False when we can change a session of ours instead of creating one. */
  readonly needsSession: boolean;
  readonly candidates: CandidateSet;
  /** The target that loses the source once it is placed elsewhere, by index: the one of the session that we change. */
  readonly leaves?: number | undefined;
  /** The targets that have the source whatever becomes of it, by index: those of sessions that we don't change. */
  readonly has: readonly number[];
}

/** A source that stays at the target of its session. */
export interface KeptSource {
  readonly networkInterfaceId: string;
  readonly destination: Destination;
  readonly judgement: TargetJudgement;
  /** The target that loses the source, by index, when the session that we change goes to another one. */
  readonly leaves?: number | undefined;
}

/** A source that got no target. */
export interface NotPlaced {
  readonly networkInterfaceId: string;
  /** Why no target takes it, in one sentence; per target if there are few. */
  readonly reason: string;
  /** True when a target might pass but could not be checked. */
  readonly unknown: boolean;
}

/** A sorted batch, each list in order of interface ids. Every source is in one of them, once. */
export interface SortedBatch {
  readonly pending: readonly PendingSource[];
  readonly kept: readonly KeptSource[];
  readonly unplaced: readonly NotPlaced[];
}

/** What an assignment takes for granted besides the account. */
export interface AssignOptions extends SelectOptions {
  /** True when each source gets a session of its own besides those that it has. @default false */
  readonly alwaysCreates?: boolean | undefined;
  /** The account before the plan that this assignment is a part of; reasons tell its load apart. @default the account */
  readonly before?: AccountIndex | undefined;
}

/** Orders anything that is about an interface by the interface's id. */
export const byInterface: (a: OfInterface, b: OfInterface) => number = byText(
  ({ networkInterfaceId }) => networkInterfaceId,
);

interface OfInterface {
  readonly networkInterfaceId: string;
}

/** Sorts a batch. An interface that occurs more than once counts once. */
export function sortBatch(
  sources: readonly NetworkInterface[],
  account: AccountIndex,
  { exclude, alwaysCreates = false }: AssignOptions,
): SortedBatch {
  const pending: PendingSource[] = [];
  const kept: KeptSource[] = [];
  const unplaced: NotPlaced[] = [];
  const distinct = new Map(sources.map((source) => [source.networkInterfaceId, source]));
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
    const candidates = candidateSetFor(networkInterface, destination, account, exclude);
    const change = alwaysCreates ? undefined : sessionToChange(networkInterfaceId, destination, account);
    const held = heldPlaces(networkInterfaceId, change, account);
    const judgement = ownTarget(networkInterface, destination, candidates, account) ?? lasting(candidates, held);
    if (judgement !== undefined) {
      const leaves = held.leaves === judgement.target.index ? undefined : held.leaves;
      kept.push({ networkInterfaceId, destination, judgement, leaves });
      continue;
    }
    pending.push({ networkInterfaceId, destination, needsSession: change === undefined, candidates, ...held });
  }
  return { pending, kept, unplaced };
}

type HeldPlaces = Pick<PendingSource, 'leaves' | 'has'>;

const NO_PLACES: HeldPlaces = { has: [] };

/** The places that a source has at configured targets, given the session that is changed for it. */
function heldPlaces(id: string, change: TrafficMirrorSession | undefined, account: AccountIndex): HeldPlaces {
  const sessions = account.sessionsOn(id);
  if (sessions.length === 0) return NO_PLACES;
  const targets = account.once(targetsOf);
  const indexOf = (session: TrafficMirrorSession): number | undefined =>
    targets.get(session.trafficMirrorTargetId)?.index;
  const has = [...new Set(sessions.filter((session) => session !== change).flatMap((each) => indexOf(each) ?? []))];
  const from = change === undefined ? undefined : indexOf(change);
  return { has: has.sort((a, b) => a - b), leaves: from !== undefined && has.includes(from) ? undefined : from };
}

/** The best of the passing targets that have the source for good, unless one in its own zone would do if it had room. */
function lasting({ targets, judge, pass }: CandidateSet, { has }: HeldPlaces): TargetJudgement | undefined {
  if (has.length === 0) return undefined;
  const judgements = targets.filter(({ index }) => has.includes(index)).map(judge);
  const passing = judgements.filter(({ result }) => result === 'pass');
  const near = passing.find(({ tier }) => tier === 'same-zone');
  return near ?? (countBits(pass.near) === 0 ? passing[0] : undefined);
}
