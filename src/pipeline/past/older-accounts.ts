/** Which older accounts may tell what records lack: those that the records reach back behind, so that nothing came between unseen. */

import { type OlderAccount, windowOf } from '../../causes/older/older-account.ts';
import { groupBy } from '../../collections.ts';
import { readLogKey } from '../../delivery/log-key.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Rejected } from '../../ledger/reading.ts';
import { type RecordSpans, secondOf } from './record-span.ts';

/** An older account from a file. */
export interface OlderSnapshot extends OlderAccount {
  readonly path: string;
}

/** Older accounts by `scopeKey`. */
export type OlderAccounts = ReadonlyMap<string, readonly OlderAccount[]>;

/** The older accounts that can be used, and why the others can't. */
export interface UsableOlder {
  readonly older: OlderAccounts;
  readonly rejected: readonly Rejected[];
}

/** By account and region, since when calls are recorded. */
export type RecordedSince = (scope: Scope) => Date | undefined;

/**
 * Divides older accounts into those whose look came after the records begin, and the rest: of what was changed between such a look and the
 * first record nobody knows.
 */
export function usableOlder(snapshots: readonly OlderSnapshot[], recordedSince: RecordedSince): UsableOlder {
  const usable: OlderSnapshot[] = [];
  const rejected: Rejected[] = [];
  for (const snapshot of snapshots) {
    const begin = recordedSince(snapshot.inventory);
    if (begin !== undefined && begin.getTime() <= windowOf(snapshot).from) usable.push(snapshot);
    else
      rejected.push({
        path: `${snapshot.path}: ${scopeKey(snapshot.inventory)}`,
        reason: unusable(snapshot, begin),
        of: 'snapshot',
      });
  }
  return { older: groupBy(usable, ({ inventory }) => scopeKey(inventory)), rejected };
}

function unusable(snapshot: OlderSnapshot, begin: Date | undefined): string {
  const { from } = windowOf(snapshot);
  const records = begin === undefined ? 'there is no record of it' : `its records begin at ${secondOf(begin)}`;
  return (
    `was read at ${secondOf(snapshot.readAt)}, and ${records}: what was changed in between is not known, ` +
    `so nothing is taken from it; give the logs from before ${secondOf(new Date(from))}`
  );
}

/** The times from which on every call has to be recorded. */
export function lookBegins(snapshots: readonly OlderSnapshot[]): readonly Date[] {
  return snapshots.map((snapshot) => new Date(windowOf(snapshot).from));
}

/** Since when calls are recorded by the logs of this run or, if it is earlier, by those that the ledger says were read. */
export async function recordedSince(
  spans: RecordSpans,
  ledger: Pick<Ledger, 'runs'> | undefined,
  now: Date,
): Promise<RecordedSince> {
  const begin = new Map([...spans].map(([key, { first }]) => [key, first]));
  const runs =
    ledger === undefined ? [] : await ledger.runs({ since: new Date(0), until: new Date(now.getTime() + 1) });
  for (const { inputs } of runs) {
    for (const { path, records } of inputs) {
      const { accountId, region, deliveredAt } = readLogKey(path);
      if (records === 0 || accountId === undefined || region === undefined || deliveredAt === undefined) continue;
      const key = scopeKey({ accountId, region });
      const known = begin.get(key);
      // A file holds calls from before it was delivered.
      if (known === undefined || deliveredAt < known) begin.set(key, deliveredAt);
    }
  }
  return (scope) => begin.get(scopeKey(scope));
}
