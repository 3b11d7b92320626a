/** What a scan has found so far: counts, the wanted records, and the values that are not records. */

import { isUtf8 } from 'node:buffer';
import type { CloudTrailRecord } from '../record.ts';
import { type KnownKind, type LogEntry, lineOf, readEntries } from './log-entry.ts';
import { bytesTest, isWanted, type Wanted } from './wanted.ts';

/** A record the caller asked for. */
export interface WantedRecord {
  readonly record: CloudTrailRecord;
  /** The record's own bytes on one line of valid UTF-8. Whitespace outside strings is removed only if it spanned lines. */
  readonly json: Buffer;
  /** Its position among the file's values, from 0. */
  readonly index: number;
}

/** A value found where a record was expected. */
export interface Rejected {
  readonly index: number;
  readonly reason: string;
}

/** A damaged file may hold millions of bad values. Only these many are named; all are counted. */
const MOST_NAMED = 100;

/** An empty object or list. There may be millions of them. */
const EMPTY_BYTES = 2;

/** Known kinds that count as records, because CloudTrail lists them beside the API calls. */
const RECORD_KINDS: ReadonlySet<KnownKind | undefined> = new Set(['insight', 'aggregated', 'network-activity']);

/** Collects what a scan finds in one file. */
export interface Tally {
  /** Records found minus values examined. Added to the number of values, it gives the number of records. */
  readonly surplus: () => number;
  readonly skipped: Partial<Record<KnownKind, number>>;
  readonly rejected: Rejected[];
  readonly rejectedCount: () => number;
  /** The wanted records found since the last call. */
  readonly drain: () => readonly WantedRecord[];
  /**
   * Takes the bytes of a counted value. Returns `damaged`, and takes nothing, when they are not JSON. `named`: the walk saw an
   * ordinary record with a name, so its bytes are enough to rule it out, unless its name or source is wanted (`beside` texts and fields).
   */
  readonly take: (bytes: Buffer, index: number, named: boolean, beside?: boolean) => 'taken' | 'damaged';
  /** Takes a record that the walk has not counted. */
  readonly find: (bytes: Buffer, index: number) => void;
  /** Names a value that is not a record and was not counted. */
  readonly reject: (index: number, reason: string) => void;
  /** Names a value that is not a record but was counted. */
  readonly lose: (index: number, reason: string) => void;
  /** Marks the present state. The returned function restores it, or returns false when records found since were handed out. */
  readonly mark: () => () => boolean;
}

/** An empty tally for one file. */
export function createTally(wanted: Wanted): Tally {
  const mayMatch = bytesTest(wanted);
  const rejected: Rejected[] = [];
  const skipped: Partial<Record<KnownKind, number>> = {};
  let found: WantedRecord[] = [];
  let drains = 0;
  let surplus = 0;
  let rejectedCount = 0;

  const reject = (index: number, reason: string): void => {
    rejectedCount += 1;
    if (rejected.length < MOST_NAMED) rejected.push({ index, reason });
  };
  const add = (entry: LogEntry, index: number): void => {
    if (entry.kind === 'rejected') {
      reject(index, entry.reason);
      return;
    }
    if (entry.known !== undefined) skipped[entry.known] = (skipped[entry.known] ?? 0) + 1;
    if (entry.kind === 'record' || RECORD_KINDS.has(entry.known)) surplus += 1;
    if (entry.kind === 'record' && isWanted(wanted, entry.record))
      found.push({ record: entry.record, json: lineOf(entry.bytes, isUtf8(entry.bytes)), index });
  };
  const take = (bytes: Buffer, index: number, named: boolean, beside = false): 'taken' | 'damaged' => {
    if (named && !beside && mayMatch !== undefined && !mayMatch(bytes)) return 'taken';
    if (bytes.length === EMPTY_BYTES && rejected.length >= MOST_NAMED) {
      surplus -= 1;
      rejectedCount += 1;
      return 'taken';
    }
    const entries = readEntries(bytes);
    const [only] = entries;
    if (only?.kind === 'rejected' && only.damaged === true) return 'damaged';
    surplus -= 1;
    for (const entry of entries) add(entry, index);
    return 'taken';
  };
  return {
    surplus: () => surplus,
    rejectedCount: () => rejectedCount,
    skipped,
    rejected,
    reject,
    take,
    drain: () => {
      const drained = found;
      found = [];
      if (drained.length > 0) drains += 1;
      return drained;
    },
    find: (bytes, index) => {
      if (take(bytes, index, false) === 'taken') surplus += 1;
    },
    lose: (index, reason) => {
      surplus -= 1;
      reject(index, reason);
    },
    mark: () => {
      const before = {
        found: found.length,
        rejected: rejected.length,
        skipped: { ...skipped },
        surplus,
        rejectedCount,
        drains,
      };
      return () => {
        if (drains !== before.drains) return false;
        found.length = before.found;
        rejected.length = before.rejected;
        for (const kind of Object.keys(skipped) as KnownKind[]) delete skipped[kind];
        Object.assign(skipped, before.skipped);
        ({ surplus, rejectedCount } = before);
        return true;
      };
    },
  };
}
