/** A worker thread's task: compressed files in, counts and the bytes of wanted records out. */

import { type FileEnd, scanPacked } from '../../pipeline/scan-packed.ts';

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
  readonly files: readonly {
    readonly end: FileEnd;
    readonly records: readonly { readonly length: number; readonly index: number }[];
  }[];
}

/** Scans the files of a task. A file's damage is reported in its `end`, never thrown. */
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
