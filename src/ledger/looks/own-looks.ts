/** The complete looks of an observation that is recorded, and what they spare it to write. */

import type { ScopeLook } from '../../audit/gaps/gap.ts';
import { groupBy } from '../../collections.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { FindingUpdate } from '../finding-updates.ts';
import type { Observation } from '../ledger.ts';
import type { RunReading } from '../reading.ts';
import { type Covering, coveringOf, isExcepted } from './covering.ts';
import { looksOf } from './stored-looks.ts';

/** A complete look at an account that could be read. */
export interface OwnLook {
  readonly scope: Scope;
  readonly look: ScopeLook;
  readonly covering: Covering;
  /** The newest complete look that the ledger had before it. */
  readonly before?: Covering | undefined;
}

/**
 * True if the look before may have judged a listed finding of this id, and this look did not: then the ledger has to note when it was last
 * seen, as that no longer follows from the newest look.
 */
export function mayPassOver({ covering, before }: OwnLook, id: string): boolean {
  if (before === undefined) return false;
  const isNarrower = [...before.rules].some((rule) => !covering.rules.has(rule));
  return isNarrower || (isExcepted(covering, id) && !isExcepted(before, id));
}

/** The complete looks of an observation at accounts that could be read, by `scopeKey`. */
export function ownLooksOf(reading: RunReading | undefined): ReadonlyMap<string, OwnLook> {
  return new Map(
    looksOf(reading).flatMap((look): readonly [string, OwnLook][] => {
      const covering = coveringOf(look);
      const { accountId, region } = look;
      return covering === undefined ? [] : [[scopeKey(look), { scope: { accountId, region }, look, covering }]];
    }),
  );
}

/**
 * The observation with what these looks say about everything, and no other: a look that is older than one in the ledger was recorded too
 * late, and counts only for what it found.
 */
export function withOnlyLooks(observation: Observation, looks: ReadonlyMap<string, OwnLook>): Observation {
  const { reading } = observation;
  if (reading === undefined) return observation;
  const isKept = (look: ScopeLook): boolean => look.judged === undefined || looks.get(scopeKey(look))?.look === look;
  if (reading.looks.every(isKept)) return observation;
  const kept = reading.looks.map((look) => (isKept(look) ? look : { ...look, judged: undefined }));
  return { ...observation, reading: { ...reading, looks: kept } };
}

/** The updates of an observation by how they are recorded. */
export interface SortedUpdates {
  /** To be recorded each. */
  readonly each: readonly FindingUpdate[];
  /**
   * Judgements of a complete look, by `scopeKey`. They matter only to findings that the ledger lists (`isListed`): of all others, the
   * look itself says that they were in order.
   */
  readonly good: ReadonlyMap<string, readonly FindingUpdate[]>;
}

/** Sorts the updates of an observation with these looks. */
export function sortedUpdates(updates: readonly FindingUpdate[], looks: ReadonlyMap<string, OwnLook>): SortedUpdates {
  const isGood = ({ about, at, isLooked, findings, outcomes }: FindingUpdate): boolean =>
    isLooked === true &&
    findings.length + outcomes.length === 0 &&
    about !== undefined &&
    looks.get(scopeKey(about))?.covering.at === at.getTime();
  const good = updates.filter(isGood);
  return {
    each: good.length === 0 ? updates : updates.filter((update) => !isGood(update)),
    good: groupBy(good, ({ about }) => (about === undefined ? '' : scopeKey(about))),
  };
}
