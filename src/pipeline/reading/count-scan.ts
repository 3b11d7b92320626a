/** Counts what a scan found in a file, and names what of it could not be read or judged. */

import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import type { WantedRecord } from '../../cloudtrail/scanner/scan.ts';
import type { Rejected } from '../../ledger/reading.ts';
import { manifestEntryOf, rejectedIn } from '../gaps/scanned-file.ts';
import { type UnplacedRecords, unplacedRecords } from '../gaps/unplaced-records.ts';
import type { FileEnd } from '../objects/file-end.ts';
import { countSkipped, type Tally } from './tally.ts';

/** Why a wanted record of the file at `path` could not be judged; undefined for one that can be. */
export type FaultOf = (record: CloudTrailRecord, path: string) => string | undefined;

/** Adds a file's end to the tally. What is wrong with the file goes to `reject`; the caller keeps it. */
export function countEnd(path: string, end: FileEnd, tally: Tally, reject: (input: Rejected) => void): void {
  tally.files += 1;
  if (end.isForeign === true) tally.unlogged.foreign += 1;
  tally.records += end.records;
  tally.bytes += end.bytes;
  for (const [kind, count] of Object.entries(end.skipped)) countSkipped(tally, kind, count);
  for (const input of rejectedIn(path, end)) reject(input);
  if (end.sha256 !== undefined) tally.manifest.push(manifestEntryOf(path, end));
}

/** Gathers the records that cannot be judged. */
export interface UnplacedGatherer {
  /**
   * Takes the wanted records of a file, or of a piece of one. With `ends`, the file's last piece, returns what of the whole file cannot be
   * judged; otherwise nothing.
   */
  take(scan: { readonly path: string; readonly wanted: readonly WantedRecord[] }, ends: boolean): readonly Rejected[];
}

/** A gatherer for files that are read one or several at a time. */
export function gatherUnplaced(faultOf: FaultOf): UnplacedGatherer {
  const unplaced = new Map<string, UnplacedRecords>();
  return {
    take: ({ path, wanted }, ends) => {
      for (const { record, index } of wanted) {
        const fault = faultOf(record, path);
        if (fault === undefined) continue;
        const found = unplaced.get(path) ?? unplacedRecords(path);
        unplaced.set(path, found);
        found.add(record, index, fault);
      }
      if (!ends) return [];
      const rejected = unplaced.get(path)?.rejected() ?? [];
      unplaced.delete(path);
      return rejected;
    },
  };
}
