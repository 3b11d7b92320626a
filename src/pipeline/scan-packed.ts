/** Scans the stored bytes of one log file. Worker threads run this, and the main thread when workers do not pay off. */

import { createHash } from 'node:crypto';
import type { KnownKind, LogScan, Rejected, Wanted, WantedRecord } from '../cloudtrail/scanner/scan.ts';
import { createLogScanner, scanLog } from '../cloudtrail/scanner/scan.ts';
import {
  damageOf,
  declaredBytes,
  decompress,
  type Inflated,
  isParquet,
  isZstd,
  tooLarge,
} from '../delivery/decompress.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { type Pieces, readable, readablePieces } from './objects/readable.ts';

/** The result of scanning a file, apart from its records. */
export interface FileEnd {
  /** The size as stored: compressed, if the file is. */
  readonly packedBytes: number;
  /** The size after decompression. */
  readonly bytes: number;
  readonly records: number;
  readonly skipped: Readonly<Partial<Record<KnownKind, number>>>;
  /** Values that are not records: the first hundred. `rejectedCount` counts all. */
  readonly rejected: readonly Rejected[];
  readonly rejectedCount: number;
  readonly warnings: readonly string[];
  /** Why records may be missing: the file is unreadable, cut off, damaged or too large. Its complete records were returned. */
  readonly damage?: string | undefined;
  /** True if nothing in it is a record or of a known kind, and its content is no cut-off or damaged log either. */
  readonly isForeign?: true | undefined;
  /** Of the stored bytes, in hex. Absent unless requested. */
  readonly sha256?: string | undefined;
}

/** How to scan. */
export interface ScanSettings {
  readonly wanted: Wanted;
  readonly maxLogBytes: number;
  readonly sha256: boolean;
}

/** Larger files are decompressed in pieces, so two workers with such a file each need only a few hundred megabytes. */
const STREAM_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 512 * 1024;

/** True for a file to be scanned in pieces: it is, says it decompresses to, or does not say whether it decompresses to too much for memory. */
export function isLong(packed: Buffer): boolean {
  return (
    isZstd(packed) ||
    isParquet(packed) ||
    packed.length > STREAM_BYTES / 4 ||
    (declaredBytes(packed) ?? packed.length) > STREAM_BYTES
  );
}

/** Scans a file that fits into memory. Never throws: a fault of the file is in `damage`. */
export function scanPacked(packed: Buffer, settings: ScanSettings): { wanted: readonly WantedRecord[]; end: FileEnd } {
  const checksum = checksumOf(packed, settings);
  try {
    const inflated = readable(decompress(packed, { maxBytes: settings.maxLogBytes }), settings.maxLogBytes);
    const scan = scanLog(inflated.bytes, settings.wanted);
    const end = {
      ...endOf(scan, inflated.damage),
      ...(holdsNothing(scan, inflated) && { isForeign }),
      packedBytes: packed.length,
      bytes: inflated.bytes.length,
      ...checksum,
    };
    return { wanted: scan.wanted, end };
  } catch (fault) {
    return { wanted: [], end: { ...failedEnd(messageOf(fault), packed.length), ...foreignBy(fault), ...checksum } };
  }
}

/** Some of a long file's wanted records. The last piece has the end. */
export interface FilePiece {
  readonly wanted: readonly WantedRecord[];
  readonly end?: FileEnd | undefined;
}

/** Scans a file of any length in bounded memory, and yields records as it finds them. Never throws. */
export async function* scanLong(packed: Buffer, settings: ScanSettings): AsyncGenerator<FilePiece, void, undefined> {
  const scanner = createLogScanner(settings.wanted);
  const checksum = checksumOf(packed, settings);
  let bytes = 0;
  let damage: string | undefined;
  let foreign: Pick<FileEnd, 'isForeign'> = {};
  try {
    for await (const piece of readablePieces(piecesOf(packed))) {
      bytes += piece.length;
      if (bytes > settings.maxLogBytes) throw tooLarge(settings.maxLogBytes);
      const wanted = scanner.push(piece);
      if (wanted.length > 0) yield { wanted };
    }
  } catch (fault) {
    damage = gzipDamage(fault, settings.maxLogBytes);
    foreign = foreignBy(fault);
  }
  // Nothing was scanned, which is not the same as an empty file.
  if (damage !== undefined && bytes === 0) {
    yield { wanted: [], end: { ...failedEnd(damage, packed.length), ...foreign, ...checksum } };
    return;
  }
  const scan = scanner.end();
  const end = { ...endOf(scan, damage), ...foreign, packedBytes: packed.length, bytes, ...checksum };
  yield { wanted: scan.wanted, end };
}

const isForeign = true as const;

/** For a form that is not a log's. */
function foreignBy(fault: unknown): Pick<FileEnd, 'isForeign'> {
  return fault instanceof PipelineError && fault.code === 'not-a-log' ? { isForeign } : {};
}

/** True for content without a record or a known kind. Of a damaged log there is at least a word left that only logs have. */
function holdsNothing({ records, rejectedCount, skipped, incomplete }: LogScan, { bytes, damage }: Inflated): boolean {
  if (records > 0 || damage !== undefined || Object.keys(skipped).length > 0) return false;
  return incomplete === undefined ? rejectedCount > 0 : !WORDS.some((word) => bytes.includes(word));
}

const WORDS = ['"Records"', '"event'] as const;

/** The result for a file that could not be read. */
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

function checksumOf(packed: Buffer, { sha256 }: ScanSettings): Pick<FileEnd, 'sha256'> {
  return sha256 ? { sha256: createHash('sha256').update(packed).digest('hex') } : {};
}

function endOf(scan: LogScan, inflateFault: string | undefined): Omit<FileEnd, 'packedBytes' | 'bytes' | 'sha256'> {
  const { wanted: _, incomplete, ...counts } = scan;
  const damage = inflateFault ?? incomplete;
  return damage === undefined ? counts : { ...counts, damage };
}

async function* piecesOf(packed: Buffer): Pieces {
  for (let at = 0; at < packed.length; at += PIECE_BYTES) yield packed.subarray(at, at + PIECE_BYTES);
}

function gzipDamage(fault: unknown, maxBytes: number): string {
  try {
    return damageOf(fault, maxBytes);
  } catch (other) {
    return messageOf(other);
  }
}
