/** Names the records that were read but do not say when or in which account they happened, so that nothing can be judged by them. */

import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import type { Rejected } from '../../ledger/reading.ts';

/** The records of one file or message. */
export interface UnplacedRecords {
  /** Adds a record. `index`: its position among the values of the file; undefined where the file is known by its eventID alone. */
  add(record: CloudTrailRecord, index: number | undefined, lack: string): void;
  /** The first hundred by name, with their place; the others in one entry, counted. */
  rejected(): readonly Rejected[];
}

/** A file may hold millions of them. Only these many are named; all are counted. */
const MOST_NAMED = 100;
const TEXT_LENGTH = 100;

/** None so far. */
export function unplacedRecords(path: string): UnplacedRecords {
  const named: Rejected[] = [];
  let more = 0;
  return {
    add: (record, index, lack) => {
      if (named.length >= MOST_NAMED) more += 1;
      else named.push({ ...unplacedRecord(record, lack), path: index === undefined ? path : `${path}#${index}` });
    },
    rejected: () =>
      more === 0
        ? named
        : [
            ...named,
            { path, of: 'records', records: more, reason: `${more} more records without a usable time or account` },
          ],
  };
}

/** What is said of one of them. */
function unplacedRecord({ eventName, eventID }: CloudTrailRecord, lack: string): Omit<Rejected, 'path'> {
  const id =
    typeof eventID === 'string' && eventID !== '' ? ` ${eventID.slice(0, TEXT_LENGTH)}` : ', which has no eventID,';
  const name = typeof eventName === 'string' ? eventName.slice(0, TEXT_LENGTH) : 'unnamed';
  return { of: 'records', records: 1, reason: `the ${name} record${id} could not be judged: ${lack}` };
}
