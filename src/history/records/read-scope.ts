/** Reads what a fold needs of the kept records: those of one account and region. */

import type { HistoryStore } from '../history-store.ts';
import type { StoredList } from '../shard/shard-summary.ts';
import { openRecordFile, rangeOf } from './record-file.ts';

/** A record as a fold needs it. */
export interface ScopeRecord {
  readonly accountId: string;
  readonly logFile: string;
  readonly json: string;
}

const COLUMNS = ['accountId', 'region', 'logFile', 'record'] as const;

/**
 * The records of an account and region in a file, a group of rows at a time. Reads no group that is of others only. Throws PipelineError
 * `log-unreadable` when the file is damaged.
 */
export async function* readScope(
  result: Pick<HistoryStore, 'readRange' | 'place'>,
  file: Pick<StoredList, 'name' | 'bytes'>,
  { accountId, region }: { readonly accountId: string; readonly region: string },
): AsyncGenerator<readonly ScopeRecord[], void, undefined> {
  const reader = await openRecordFile(result, file);
  for (const [at, group] of reader.metadata.row_groups.entries()) {
    if (!mayHold(rangeOf(group, 'accountId'), accountId) || !mayHold(rangeOf(group, 'region'), region)) continue;
    const rows = await reader.rows(at, COLUMNS);
    yield rows
      .filter((row) => row.accountId === accountId && row.region === region)
      .map((row) => ({ accountId, logFile: String(row.logFile), json: String(row.record) }));
  }
}

/** True unless a value is outside of a range. What is not known may hold anything. */
export function mayHold(range: ReturnType<typeof rangeOf>, value: string): boolean {
  if (range === undefined || typeof range.min !== 'string' || typeof range.max !== 'string') return true;
  return compareUtf8(range.min, value) <= 0 && compareUtf8(value, range.max) <= 0;
}

/** Parquet orders text by its bytes. */
function compareUtf8(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
