/** A worker thread's task: compressed files in, counts and the bytes of wanted records out. */

import type { AskedField, OrWanted, Wanted } from '../../cloudtrail/scanner/wanted.ts';
import { viewOf } from '../../delivery/decompress.ts';
import type { FileEnd } from '../../pipeline/objects/file-end.ts';
import { recordFilter } from '../../rules/filter/record-filter.ts';
import { MOST_ANSWER_BYTES, scanWhole } from './scan-file.ts';

/** The files of one task, their bytes concatenated. */
export interface WorkerTask {
  readonly packed: Uint8Array<ArrayBuffer>;
  /** The length of each file in `packed`. */
  readonly lengths: readonly number[];
  readonly eventNames?: ReadonlySet<string> | undefined;
  readonly eventSources?: ReadonlySet<string> | undefined;
  readonly anyText?: readonly string[] | undefined;
  readonly or?: OrAsked | undefined;
  readonly maxLogBytes: number;
  readonly sha256: boolean;
}

/** What is wanted beside the names, without the test of its fields: the thread makes its own. */
type OrAsked = Omit<OrWanted, 'byFields'> & { readonly fields?: readonly (readonly AskedField[])[] | undefined };

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

/** Scans the files of a task. A file's damage is reported in its `end`, never thrown. */
export function scanTask({ packed, lengths, maxLogBytes, sha256, or, ...named }: WorkerTask): WorkerAnswer {
  const wanted: Wanted = { ...named, or: or && wantedBeside(or) };
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const json: Buffer[] = [];
  let left = MOST_ANSWER_BYTES;
  let at = 0;
  const files = lengths.map((length) => {
    at += length;
    const found = scanWhole(bytes.subarray(at - length, at), { wanted, maxLogBytes, sha256 }, left);
    if (found === undefined) return null;
    left -= found.wantedBytes;
    for (const record of found.wanted) json.push(record.json);
    return {
      end: found.end,
      records: found.wanted.map((record) => ({ length: record.json.length, index: record.index })),
    };
  });
  return { json: Buffer.concat(json.map(viewOf)), files };
}

function wantedBeside({ fields, ...or }: OrAsked): OrWanted {
  return fields === undefined ? or : { ...or, byFields: { alternatives: fields, mayMatch: recordFilter(fields) } };
}
