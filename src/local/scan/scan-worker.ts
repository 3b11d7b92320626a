/** A worker thread's task: compressed files in, counts and the bytes of wanted records out. */

import { viewOf } from '../../delivery/decompress.ts';
import { type FileEnd, type ScanSettings, scanShort } from '../../pipeline/scan-packed.ts';

/** The files of one task, their bytes concatenated. */
export interface WorkerTask {
  readonly packed: Uint8Array<ArrayBuffer>;
  /** The length of each file in `packed`. */
  readonly lengths: readonly number[];
  readonly eventNames?: ReadonlySet<string> | undefined;
  readonly eventSources?: ReadonlySet<string> | undefined;
  readonly anyText?: readonly string[] | undefined;
  readonly maxLogBytes: number;
  readonly sha256: boolean;
}

/** What each file held. `json` is the records' JSON, concatenated. */
export interface WorkerAnswer {
  readonly json: Uint8Array;
  /** Null for a file that has to be scanned in pieces: its content or its wanted records are too long to return at once. */
  readonly files: readonly (WorkerFile | null)[];
}

interface WorkerFile {
  readonly end: FileEnd;
  readonly records: readonly { readonly length: number; readonly index: number }[];
}

/** The most bytes of records in one answer. */
export const MOST_ANSWER_BYTES: number = 4 * 1024 * 1024;

/** Scans the files of a task. A file's damage is reported in its `end`, never thrown. */
export function scanTask({ packed, lengths, maxLogBytes, sha256, ...wanted }: WorkerTask): WorkerAnswer {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const json: Buffer[] = [];
  let left = MOST_ANSWER_BYTES;
  let at = 0;
  const files = lengths.map((length) => {
    at += length;
    const found = scanFile(bytes.subarray(at - length, at), { wanted, maxLogBytes, sha256 }, left);
    if (found === undefined) return null;
    json.push(...found.json);
    left -= found.jsonBytes;
    return { end: found.end, records: found.records };
  });
  return { json: Buffer.concat(json.map(viewOf)), files };
}

interface FoundInFile extends WorkerFile {
  readonly json: readonly Buffer[];
  readonly jsonBytes: number;
}

/** What a file holds; undefined if it is too long for memory, or its wanted records are longer than `mostBytes`. */
function scanFile(packed: Buffer, settings: ScanSettings, mostBytes: number): FoundInFile | undefined {
  const json: Buffer[] = [];
  const records: { length: number; index: number }[] = [];
  let jsonBytes = 0;
  for (const { wanted, end } of scanShort(packed, settings) ?? []) {
    for (const record of wanted) {
      json.push(record.json);
      records.push({ length: record.json.length, index: record.index });
      jsonBytes += record.json.length;
    }
    if (jsonBytes > mostBytes) return undefined;
    if (end !== undefined) return { end, records, json, jsonBytes };
  }
  return undefined;
}
