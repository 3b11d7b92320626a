/** Scans one file, wherever its bytes are. */

import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import type { WantedRecord } from '../../cloudtrail/scanner/scan.ts';
import type { FileEnd, FilePiece, ScanSettings, Stored } from '../../pipeline/objects/file-end.ts';
import { scanLong } from '../../pipeline/objects/scan-long.ts';
import { scanShort } from '../../pipeline/objects/scan-short.ts';
import { scanStored } from '../../pipeline/objects/scan-stored.ts';
import type { StoredFile } from './read-files.ts';

/** What was found in a file, or in one piece of a long file. The last piece of every file has its counts and its damage. */
export interface FileScan extends FilePiece {
  readonly path: string;
}

/** What is found in a file: at once for a short one, because thousands of promises take longer than thousands of short files. */
export type FileScans = readonly FileScan[] | AsyncIterable<FileScan>;

/** Scans a file: a long one as its pieces are asked for. Never throws: why it could not be read is in its `end`. */
export function scanFile(file: StoredFile, settings: ScanSettings): FileScans {
  const { path } = file;
  if ('end' in file) return [{ path, wanted: [], end: file.end }];
  const pieces = 'long' in file ? scanLong(file.long, settings) : scanStored(file.packed, settings);
  const stored = 'stored' in file ? file.stored : undefined;
  return Array.isArray(pieces)
    ? pieces.map(({ wanted, end }) => ({ path, wanted, end: asStored(end, stored) }))
    : withPath(path, pieces, stored);
}

async function* withPath(
  path: string,
  pieces: Iterable<FilePiece> | AsyncIterable<FilePiece>,
  stored: Stored | undefined,
): AsyncGenerator<FileScan, void, undefined> {
  for await (const piece of pieces) yield { path, wanted: piece.wanted, end: asStored(piece.end, stored) };
}

/** The end with the size and checksum of the stored file, where something else of it was scanned. */
export function asStored<E extends FileEnd | undefined>(end: E, stored: Stored | undefined): E {
  return end === undefined || stored === undefined ? end : { ...end, ...stored };
}

/** The most bytes of wanted records that are held of one batch. */
export const MOST_ANSWER_BYTES: number = 4 * 1024 * 1024;

/** All that was found in a file. */
export interface WholeScan {
  readonly wanted: readonly WantedRecord[];
  /** The length of the wanted records' JSON. */
  readonly wantedBytes: number;
  readonly end: FileEnd;
}

/**
 * Scans a file whose records are held until its turn. Undefined if its content is too long for memory or its wanted records are longer than
 * `mostBytes`: neither is known before, because a gzip of several members declares the length of the last one only.
 */
export function scanWhole(packed: Buffer, settings: ScanSettings, mostBytes: number): WholeScan | undefined {
  const all: WantedRecord[] = [];
  let wantedBytes = 0;
  for (const { wanted, end } of scanShort(packed, settings) ?? []) {
    for (const record of wanted) {
      all.push(record);
      wantedBytes += record.json.length;
    }
    if (wantedBytes > mostBytes) return undefined;
    if (end !== undefined) return { wanted: all, wantedBytes, end };
  }
  return undefined;
}

/** A record that is parsed on first access. Printing it verbatim needs no parsing. */
export function parsedLater(json: Buffer, index: number): WantedRecord {
  let parsed: CloudTrailRecord | undefined;
  return {
    json,
    index,
    get record(): CloudTrailRecord {
      parsed ??= JSON.parse(json.toString('utf8')) as CloudTrailRecord;
      return parsed;
    },
  };
}
