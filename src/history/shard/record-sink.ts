/** Takes the records that a shard keeps, and writes them in files of bounded size. */

import { createHash } from 'node:crypto';
import type { WantedRecord } from '../../cloudtrail/scanner/scan.ts';
import { byText } from '../../collections.ts';
import type { HistoryStore } from '../history-store.ts';
import { resultFolderOf } from '../plan.ts';
import type { KeptRecord } from '../records/kept-record.ts';
import type { RecordFile, RecordScope } from './shard-summary.ts';

/** Where the records of a shard go. */
export interface RecordSink {
  /** Takes a record. What is held is written when it becomes much. */
  add(record: WantedRecord, place: RecordPlace): Promise<void>;
  /** Writes the rest, and says what was written. */
  close(): Promise<KeptFiles>;
}

/** Where a record was found. */
export type RecordPlace = Pick<KeptRecord, 'logFile' | 'fileIndex'>;

/** What a shard keeps. */
export interface KeptFiles {
  readonly files: readonly RecordFile[];
  /** How many records each call has, the most frequent first. */
  readonly eventNames: Readonly<Record<string, number>>;
}

/** How records become a file. */
export interface RecordForm {
  /** A record as it is kept. Never throws, whatever the record contains. */
  readonly rowOf: (record: WantedRecord, place: RecordPlace) => KeptRecord;
  /** A file of these rows, which are in the order of `inRowOrder`. The same rows give the same bytes. */
  readonly encode: (rows: readonly KeptRecord[]) => Uint8Array | Promise<Uint8Array>;
  /** What the names of the files end in, with the dot. */
  readonly ending: string;
}

/** How much JSON is held. It is sorted and packed as a whole, so this is also the size of a file before it is packed. */
const MOST_HELD_BYTES = 64 * 1024 * 1024;
const MOST_NAMES = 1000;
const HASH_DIGITS = 16;

/**
 * A sink for a shard's records. The name of a file has part of its checksum: a worker that takes the place of a dead one writes the same files again, and
 * one that comes late never replaces what a summary names.
 */
export function recordSink(
  result: Pick<HistoryStore, 'write'>,
  shard: string,
  { rowOf, encode, ending }: RecordForm,
  mostHeld: number = MOST_HELD_BYTES,
): RecordSink {
  const files: RecordFile[] = [];
  const names = new Map<string, number>();
  let held: KeptRecord[] = [];
  let heldBytes = 0;
  const write = async (): Promise<void> => {
    if (held.length === 0) return;
    const rows = held.toSorted(inRowOrder);
    held = [];
    heldBytes = 0;
    const bytes = await encode(rows);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const place = String(files.length + 1).padStart(5, '0');
    const name = `${resultFolderOf(shard)}/records/${place}-${sha256.slice(0, HASH_DIGITS)}${ending}`;
    await result.write(name, bytes);
    files.push({ name, bytes: bytes.length, sha256, records: rows.length, scopes: scopesIn(rows) });
  };
  return {
    async add(record, place) {
      const row = rowOf(record, place);
      held.push(row);
      heldBytes += record.json.length;
      const { eventName = '' } = row;
      if (names.has(eventName) || names.size < MOST_NAMES) names.set(eventName, (names.get(eventName) ?? 0) + 1);
      if (heldBytes >= mostHeld) await write();
    },
    async close() {
      await write();
      return { files, eventNames: Object.fromEntries([...names].toSorted(byCount)) };
    },
  };
}

const byName = byText(([name]: readonly [string, number]) => name);

function byCount(one: readonly [string, number], other: readonly [string, number]): number {
  return other[1] - one[1] || byName(one, other);
}

/** By account, region and time, so that what is asked for together lies together; then by where it was found. */
export function inRowOrder(one: KeptRecord, other: KeptRecord): number {
  return (
    byAccount(one, other) ||
    byRegion(one, other) ||
    (one.eventTime ?? 0) - (other.eventTime ?? 0) ||
    one.fileIndex - other.fileIndex ||
    one.index - other.index
  );
}

const byAccount = byText(({ accountId }: KeptRecord) => accountId);
const byRegion = byText(({ region }: KeptRecord) => region);

/** The accounts and regions of rows in their order. */
function scopesIn(rows: readonly KeptRecord[]): readonly RecordScope[] {
  const scopes: { -readonly [K in keyof RecordScope]: RecordScope[K] }[] = [];
  for (const { accountId, region, eventTime } of rows) {
    let scope = scopes.at(-1);
    if (scope === undefined || scope.accountId !== accountId || scope.region !== region) {
      scope = { accountId, region, records: 0 };
      scopes.push(scope);
    }
    scope.records += 1;
    if (eventTime === undefined) continue;
    scope.first = Math.min(scope.first ?? eventTime, eventTime);
    scope.last = Math.max(scope.last ?? eventTime, eventTime);
  }
  return scopes;
}
