/** Which of the files that a listing finds are planned. Everything else is counted or named in the plan. */

import type { FoundLog } from '../../delivery/fetch-log.ts';
import { accountsIn, mayBeOfPeriod, type Period, regionsIn } from '../../delivery/log-key.ts';
import type { Rejected } from '../../ledger/reading.ts';
import type { PlannedObject } from '../plan.ts';
import type { Unplanned } from './write-plan.ts';

/** What is planned of a listing. */
export interface PlanChoice {
  readonly period: Period;
  /** Empty: all that are found. A file whose key names no account or region is planned all the same. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
}

/** What was found and not planned, while the listing goes on. */
export interface LeftOut extends Unplanned {
  readonly skipped: Record<string, number>;
  readonly rejected: Rejected[];
}

/** Nothing was left out so far. */
export function nothingLeftOut(): LeftOut {
  return { skipped: {}, rejected: [] };
}

/**
 * The objects to plan, in the order of the listing. What is left out is added to `leftOut`; what could not be opened is named there and told to
 * `onRejected`. `keyOf` makes a key of a path, with `/` between folders.
 */
export async function* plannedObjects(
  found: AsyncIterable<FoundLog>,
  choice: PlanChoice,
  {
    leftOut,
    keyOf,
    onRejected,
  }: {
    readonly leftOut: LeftOut;
    readonly keyOf: (path: string) => string;
    readonly onRejected?: ((input: Rejected) => void) | undefined;
  },
): AsyncGenerator<PlannedObject, void, undefined> {
  const skip = (kind: string): void => {
    leftOut.skipped[kind] = (leftOut.skipped[kind] ?? 0) + 1;
  };
  for await (const one of found) {
    if (one.kind === 'skipped') skip(one.why);
    else if (one.kind === 'rejected') {
      const { path, reason } = one;
      leftOut.rejected.push({ path, reason });
      onRejected?.(one);
    } else {
      const { path, size, version, isArchive } = one.file;
      const kind = leftOutBecause(keyOf(path), choice);
      if (kind !== undefined) skip(kind);
      else yield { key: path, size, etag: version, archive: isArchive };
    }
  }
}

/** Why a file's key keeps it out of the plan; undefined for one that is planned. */
function leftOutBecause(key: string, { period, accounts, regions }: PlanChoice): string | undefined {
  if (!mayBeOfPeriod(key, period)) return 'outside-period';
  if (isOther(accounts, () => accountsIn(key))) return 'other-account';
  return isOther(regions, () => regionsIn(key)) ? 'other-region' : undefined;
}

function isOther(asked: readonly string[], namedIn: () => readonly string[]): boolean {
  if (asked.length === 0) return false;
  const named = namedIn();
  return named.length > 0 && !named.some((one) => asked.includes(one));
}
