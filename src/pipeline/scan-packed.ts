/** One log file's bytes, as they lie, scanned: what a worker does, and the main thread when no worker pays. */

import { createHash } from 'node:crypto';
import { constants, createGunzip } from 'node:zlib';
import type { KnownKind, LogScan, Rejected, Wanted, WantedRecord } from '../cloudtrail/scanner/scan.ts';
import { createLogScanner, scanLog } from '../cloudtrail/scanner/scan.ts';
import { damageOf, declaredBytes, decompress, packingOf, tooLarge } from '../delivery/decompress.ts';
import { messageOf } from '../errors.ts';

/** How a file came out. */
export interface FileEnd {
  /** As it lies: packed, if it is. */
  readonly packedBytes: number;
  /** Inflated. */
  readonly bytes: number;
  readonly records: number;
  readonly skipped: Readonly<Partial<Record<KnownKind, number>>>;
  /** Values that are no records; the first hundred by name, `rejectedCount` of them in all. */
  readonly rejected: readonly Rejected[];
  readonly rejectedCount: number;
  readonly warnings: readonly string[];
  /** Why records may be missing: the file could not be read, is cut off, damaged or too large. What is whole was delivered. */
  readonly damage?: string | undefined;
  /** Of the bytes as they lie, in hex, when it was asked for. */
  readonly sha256?: string | undefined;
}

export interface ScanSettings {
  readonly wanted: Wanted;
  readonly maxLogBytes: number;
  readonly sha256: boolean;
}

/** From here on a file is inflated piece by piece: two workers with such a file each stay within a few hundred megabytes. */
const STREAM_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 512 * 1024;

/** True when a file is to be scanned in pieces: it is, or says it inflates to, more than should be held at once. */
export function isLong(packed: Buffer): boolean {
  return packed.length > STREAM_BYTES / 4 || (declaredBytes(packed) ?? packed.length) > STREAM_BYTES;
}

/** Scans a file that fits into memory. Never throws: what is wrong with the file is in `damage`. */
export function scanPacked(packed: Buffer, settings: ScanSettings): { wanted: readonly WantedRecord[]; end: FileEnd } {
  const sum = settings.sha256 ? { sha256: createHash('sha256').update(packed).digest('hex') } : {};
  try {
    const inflated = decompress(packed, { maxBytes: settings.maxLogBytes });
    const scan = scanLog(inflated.bytes, settings.wanted);
    const end = { ...endOf(scan, inflated.damage), packedBytes: packed.length, bytes: inflated.bytes.length, ...sum };
    return { wanted: scan.wanted, end };
  } catch (fault) {
    return { wanted: [], end: { ...failedEnd(messageOf(fault), packed.length), ...sum } };
  }
}

/** A stretch of a long file's wanted records; the last one has the end. */
export interface FilePiece {
  readonly wanted: readonly WantedRecord[];
  readonly end?: FileEnd | undefined;
}

/** Scans a file of any length in bounded memory, handing over what it finds as it goes. Never throws. */
export async function* scanLong(packed: Buffer, settings: ScanSettings): AsyncGenerator<FilePiece, void, undefined> {
  const scanner = createLogScanner(settings.wanted);
  const sum = settings.sha256 ? { sha256: createHash('sha256').update(packed).digest('hex') } : {};
  let bytes = 0;
  let damage: string | undefined;
  try {
    for await (const piece of piecesOf(packed)) {
      bytes += piece.length;
      if (bytes > settings.maxLogBytes) throw tooLarge(settings.maxLogBytes);
      const wanted = scanner.push(piece);
      if (wanted.length > 0) yield { wanted };
    }
  } catch (fault) {
    damage = packingOf(packed) === 'gzip' ? inflateDamage(fault, settings.maxLogBytes) : messageOf(fault);
  }
  const scan = scanner.end();
  yield { wanted: scan.wanted, end: { ...endOf(scan, damage), packedBytes: packed.length, bytes, ...sum } };
}

/** The end of a file of which nothing could be read. */
export function failedEnd(reason: string, packedBytes: number): FileEnd {
  return {
    packedBytes,
    bytes: 0,
    records: 0,
    skipped: {},
    rejected: [],
    rejectedCount: 0,
    warnings: [],
    damage: reason,
  };
}

function endOf(scan: LogScan, inflateFault: string | undefined): Omit<FileEnd, 'packedBytes' | 'bytes' | 'sha256'> {
  const { wanted: _, incomplete, ...counts } = scan;
  const damage = inflateFault ?? incomplete;
  return damage === undefined ? counts : { ...counts, damage };
}

async function* piecesOf(packed: Buffer): AsyncGenerator<Buffer, void, undefined> {
  if (packingOf(packed) !== 'gzip') {
    for (let at = 0; at < packed.length; at += PIECE_BYTES) yield packed.subarray(at, at + PIECE_BYTES);
    return;
  }
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES, flush: constants.Z_NO_FLUSH });
  gunzip.end(packed);
  yield* gunzip as AsyncIterable<Buffer>;
}

function inflateDamage(fault: unknown, maxBytes: number): string {
  try {
    return damageOf(fault, maxBytes);
  } catch (other) {
    return messageOf(other);
  }
}
