/** What the kept records say, account by account: everything about an account is judged together, and no two accounts at the same time. */

import { compareText } from '../../collections.ts';
import type { SightingBatch } from '../../pipeline/assess-batches.ts';
import { isWithin } from '../../pipeline/reading/event-period.ts';
import { distinctSightings, withdrawals } from '../../sighting/dedupe.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import { markUnsound } from '../../sighting/unsound.ts';
import { sightingsIn } from '../../sighting/watched.ts';
import type { RunSettings } from '../history-run.ts';
import type { HistoryStore } from '../history-store.ts';
import type { ScopeRecord } from '../records/read-scope.ts';
import type { RecordFile } from '../shard/shard-summary.ts';
import type { FoldedShard } from './fold-input.ts';

/** Reads the records of an account and region in a file of a result. Throws PipelineError when the file is damaged or not the one that is named. */
export type ReadScope = (
  result: HistoryStore,
  file: RecordFile,
  scope: { readonly accountId: string; readonly region: string },
) => AsyncIterable<readonly ScopeRecord[]>;

/** Where the records are. */
export interface KeptRecords {
  readonly result: HistoryStore;
  readonly shards: readonly FoldedShard[];
  readonly readScope: ReadScope;
}

/**
 * The sightings of each account that has kept records, in the order of the accounts' ids: without repeats, in the order of their time. Holds one
 * account's sightings at a time.
 */
export async function* accountBatches(
  { result, shards, readScope }: KeptRecords,
  settings: Pick<RunSettings, 'watched' | 'period'>,
): AsyncGenerator<SightingBatch, void, undefined> {
  for (const accountId of accountsIn(shards)) {
    const all: Sighting[] = [];
    for (const { files, unsound } of shards) {
      const doubted = new Set(unsound);
      for (const file of files)
        for (const scope of file.scopes) {
          if (scope.accountId !== accountId) continue;
          for await (const records of readScope(result, file, scope))
            for (const record of records) addSightings(record, all, { settings, doubted });
        }
    }
    const isAsked = ({ evidence }: Sighting): boolean => isWithin(evidence.eventTime, settings.period);
    yield { sightings: distinctSightings(all).filter(isAsked), withdrawn: withdrawals(all) };
  }
}

function accountsIn(shards: readonly FoldedShard[]): readonly string[] {
  const scopes = shards.flatMap(({ files }) => files.flatMap((file) => file.scopes));
  return [...new Set(scopes.map(({ accountId }) => accountId))].toSorted(compareText);
}

function addSightings(
  { json, logFile, accountId }: ScopeRecord,
  all: Sighting[],
  { settings, doubted }: { readonly settings: Pick<RunSettings, 'watched'>; readonly doubted: ReadonlySet<string> },
): void {
  const from = all.length;
  for (const sighting of sightingsIn(JSON.parse(json), settings.watched, logFile)) {
    // Judged with the wrong account, it would be judged without that account's other calls.
    if (sighting.accountId !== accountId)
      throw new Error(`a record of ${logFile} is kept for account ${accountId} and happened in ${sighting.accountId}`);
    all.push(sighting);
  }
  if (doubted.has(logFile)) markUnsound(all, from);
}
