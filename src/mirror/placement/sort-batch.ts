/** Sorts a batch before it is placed: sources that need a place, sources that stay where they are, and those that can't have a session. */

import { byText } from '../../collections.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../account-index.ts';
import { type CandidateSet, candidateSetFor } from '../candidates.ts';
import type { Destination } from '../destinations.ts';
import { eligibilityOf } from '../eligibility.ts';
import type { TargetJudgement } from '../judge-target.ts';
import { type SelectOptions, targetToKeep } from '../select-target.ts';
import { isManaged, slotsTaken } from '../sessions.ts';

/** A source that is not placed yet, with its candidates. */
export interface PendingSource {
  readonly networkInterfaceId: string;
  readonly destination: Destination;
  /** False when we can change a session of ours instead of creating one. */
  readonly needsSession: boolean;
  readonly candidates: CandidateSet;
}

/** A source that stays at the target of its session. */
export interface KeptSource {
  readonly networkInterfaceId: string;
  readonly destination: Destination;
  readonly judgement: TargetJudgement;
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
  { exclude }: SelectOptions,
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
    const judgement = targetToKeep(networkInterface, destination, candidates.judgements, account);
    if (judgement !== undefined) {
      kept.push({ networkInterfaceId, destination, judgement });
      continue;
    }
    const needsSession = !account.sessionsOn(networkInterfaceId).some(isManaged);
    pending.push({ networkInterfaceId, destination, needsSession, candidates });
  }
  return { pending, kept, unplaced };
}
