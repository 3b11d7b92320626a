/** A worker thread's whole work: packed files in, counts and the wanted records' bytes out. Nothing is parsed twice here. */

import { type FileEnd, scanPacked } from '../../pipeline/scan-packed.ts';

/** Files of one message, their bytes one behind the other. */
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

/** What each file held; the records' JSON lies in `json`, one behind the other. */
export interface WorkerAnswer {
  readonly json: Uint8Array;
  readonly files: readonly {
    readonly end: FileEnd;
    readonly records: readonly { readonly length: number; readonly index: number }[];
  }[];
}

/** Scans the files of a task. Never throws for a file: its fault is in its end. */
export function scanTask({ packed, lengths, maxLogBytes, sha256, ...wanted }: WorkerTask): WorkerAnswer {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  let at = 0;
  const scans = lengths.map((length) => {
    at += length;
    return scanPacked(bytes.subarray(at - length, at), { wanted, maxLogBytes, sha256 });
  });
  const json = Buffer.concat(scans.flatMap((scan) => scan.wanted.map((record) => record.json)));
  const files = scans.map((scan) => ({
    end: scan.end,
    records: scan.wanted.map((record) => ({ length: record.json.length, index: record.index })),
  }));
  return { json, files };
}
