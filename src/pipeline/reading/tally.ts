/** The counts of what was read of logs, updated as files are read. */

import type { InputManifestEntry } from '../../ledger/ledger.ts';
import type { Rejected } from '../../ledger/reading.ts';

/** What was read so far. */
export interface Tally {
  files: number;
  records: number;
  bytes: number;
  readonly skipped: Record<string, number>;
  readonly rejected: Rejected[];
  /** The files with their checksums, where these were asked for. */
  readonly manifest: InputManifestEntry[];
  readonly unlogged: Unlogged;
}

/** What of the paths holds no log, or none that was read. */
export interface Unlogged {
  /** Files that turned out to hold nothing of CloudTrail's. Each is named in `rejected`. */
  foreign: number;
  /** Paths, and entries of archives, that could not be opened. Each is named in `rejected`. */
  unopened: number;
  /** The named paths with no log file in them, not even one outside the period. */
  readonly emptyPaths: string[];
  /** The logs of accounts that are not ours. */
  readonly foreignAccounts: ForeignAccounts;
}

/** The logs of one account that is not listed. */
export interface ForeignLogs {
  files: number;
  /** The path of the first of them. */
  readonly first: string;
}

/** The logs of accounts that are not listed, by account. */
export type ForeignAccounts = Map<string, ForeignLogs>;

/** A tally with all counts at zero. */
export function emptyTally(): Tally {
  const unlogged = { foreign: 0, unopened: 0, emptyPaths: [], foreignAccounts: new Map() };
  return { files: 0, records: 0, bytes: 0, skipped: {}, rejected: [], manifest: [], unlogged };
}

/** Counts files, or values in files, of a known kind. */
export function countSkipped({ skipped }: Pick<Tally, 'skipped'>, kind: string, by = 1): void {
  skipped[kind] = (skipped[kind] ?? 0) + by;
}

/** Counts files of an account that is not listed. */
export function countForeign(foreign: ForeignAccounts, accountId: string, path: string, by = 1): void {
  const known = foreign.get(accountId);
  if (known === undefined) foreign.set(accountId, { files: by, first: path });
  else known.files += by;
}
