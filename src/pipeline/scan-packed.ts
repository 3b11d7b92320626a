/** Scans the stored bytes of one log file. Worker threads run this, and the main thread. */

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
  packingOf,
  tooLarge,
  viewOf,
} from '../delivery/decompress.ts';
import { startQuickGunzip } from '../delivery/quick-gunzip.ts';
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

/** Some of a file's wanted records. The last piece has the end. */
export interface FilePiece {
  readonly wanted: readonly WantedRecord[];
  readonly end?: FileEnd | undefined;
}

/** Files that inflate to more are decompressed in pieces, and those that are stored in more than a quarter of it. */
export const SHORT_BYTES: number = 32 * 1024 * 1024;
/** Stored files above this size are never held in memory. */
export const MOST_STORED_BYTES: number = SHORT_BYTES / 4;
/** How much of a file is scanned at a time, so that its records are handed on before there are too many of them. */
const CHUNK_BYTES = 2 * 1024 * 1024;
const PIECE_BYTES = 512 * 1024;

const quickGunzip = startQuickGunzip(SHORT_BYTES + 1);

/** Scans a file that is held in memory, in pieces if it inflates to too much. Never throws: a fault of the file is in its `damage`. */
export function scanStored(packed: Buffer, settings: ScanSettings): Iterable<FilePiece> | AsyncIterable<FilePiece> {
  return scanShort(packed, settings) ?? scanLong({ pieces: piecesOf(packed), size: packed.length }, settings);
}

/**
 * Scans a file whose content fits into memory; undefined for a longer one, for `scanLong`. Records come with every few megabytes of
 * content. Never throws.
 */
export function scanShort(packed: Buffer, settings: ScanSettings): Iterable<FilePiece> | undefined {
  if (hasToBeUnpacked(packed) || packed.length > MOST_STORED_BYTES) return undefined;
  if ((declaredBytes(packed) ?? 0) > SHORT_BYTES) return undefined;
  const stored = { packedBytes: packed.length, ...checksumOf(packed, settings) };
  try {
    const inflated = inflatedShort(packed, settings.maxLogBytes);
    if (inflated === undefined) return undefined;
    if (inflated.bytes.length > CHUNK_BYTES) return scanInChunks(inflated, stored, settings.wanted);
    const scan = scanLog(inflated.bytes, settings.wanted);
    return [{ wanted: scan.wanted, end: endOf(scan, inflated, stored) }];
  } catch (fault) {
    return [{ wanted: [], end: { ...failedEnd(messageOf(fault), packed.length), ...foreignBy(fault), ...stored } }];
  }
}

/** True for forms whose decoders are loaded on demand, for which only `scanLong` waits. */
const hasToBeUnpacked = (packed: Buffer): boolean => isZstd(packed) || isParquet(packed);

/** A file's content as JSON, valid until the next call; undefined if it is too long for memory. Throws what `decompress` and `readable` throw. */
function inflatedShort(packed: Buffer, maxLogBytes: number): Inflated | undefined {
  const quick = packingOf(packed) === 'gzip' ? quickGunzip?.inflate(packed) : undefined;
  if (quick !== undefined && quick.length <= maxLogBytes) return readable({ bytes: quick }, maxLogBytes);
  const maxBytes = Math.min(maxLogBytes, SHORT_BYTES);
  try {
    return readable(decompress(packed, { maxBytes }), maxLogBytes);
  } catch (fault) {
    const isLong = fault instanceof PipelineError && fault.code === 'log-too-large' && maxBytes < maxLogBytes;
    if (isLong) return undefined;
    throw fault;
  }
}

/** Hands on the records of every chunk. Between two chunks other files may be scanned, so the content is lent until the last. */
function scanInChunks(inflated: Inflated, stored: Stored, wanted: Wanted): Iterable<FilePiece> {
  const giveBack = quickGunzip?.lend(inflated.bytes);
  const scanner = createLogScanner(wanted);
  const { bytes } = inflated;
  function* chunks(): Generator<FilePiece, void, undefined> {
    try {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
        yield { wanted: scanner.push(bytes.subarray(at, at + CHUNK_BYTES)) };
      const scan = scanner.end();
      yield { wanted: scan.wanted, end: endOf(scan, inflated, stored) };
    } finally {
      giveBack?.();
    }
  }
  return chunks();
}

/** A file's stored bytes, one piece after another, and how many there should be. */
export interface StoredPieces {
  readonly pieces: Pieces;
  readonly size: number;
}

/** Scans a file of any length in bounded memory, and yields records as it finds them. Never throws. */
export async function* scanLong(
  stored: StoredPieces,
  settings: ScanSettings,
): AsyncGenerator<FilePiece, void, undefined> {
  const scanner = createLogScanner(settings.wanted);
  const counted = startCounting(stored, settings);
  let bytes = 0;
  let damage: string | undefined;
  let foreign: Pick<FileEnd, 'isForeign'> = {};
  try {
    for await (const piece of readablePieces(counted.pieces())) {
      bytes += piece.length;
      if (bytes > settings.maxLogBytes) throw tooLarge(settings.maxLogBytes);
      const wanted = scanner.push(piece);
      if (wanted.length > 0) yield { wanted };
    }
  } catch (fault) {
    damage = gzipDamage(fault, settings.maxLogBytes);
    foreign = foreignBy(fault);
  }
  const { unread, ...whole } = await counted.end();
  // Nothing was scanned, which is not the same as an empty file.
  if (damage !== undefined && bytes === 0) {
    yield { wanted: [], end: { ...failedEnd(damage, stored.size), ...foreign, ...whole } };
    return;
  }
  const scan = scanner.end();
  yield { wanted: scan.wanted, end: { ...countsOf(scan, damage ?? unread), ...foreign, bytes, ...whole } };
}

/** What is known of a file's stored bytes. */
type Stored = Pick<FileEnd, 'packedBytes' | 'sha256'>;

/** Hands on the pieces of a file, and reads the rest of it at the end. */
interface Counting {
  readonly pieces: () => Pieces;
  /** `unread`: why the file could not be read to its end. There is no checksum then. */
  readonly end: () => Promise<Stored & { readonly unread?: string | undefined }>;
}

/** The scan of a damaged file stops, and closes what it reads from. Its checksum is of all of it nevertheless. */
function startCounting({ pieces, size }: StoredPieces, { sha256 }: ScanSettings): Counting {
  const hash = sha256 ? createHash('sha256') : undefined;
  let unread: string | undefined;
  const next = async (): Promise<Buffer | undefined> => {
    try {
      const { done, value } = await pieces.next();
      if (done === true) return undefined;
      hash?.update(viewOf(value));
      return value;
    } catch (fault) {
      unread = messageOf(fault);
      throw fault;
    }
  };
  return {
    async *pieces() {
      for (let piece = await next(); piece !== undefined; piece = await next()) yield piece;
    },
    end: async () => {
      while (hash !== undefined && unread === undefined && (await next().catch(() => undefined)) !== undefined);
      await pieces.return();
      if (unread !== undefined) return { packedBytes: size, unread };
      return { packedBytes: size, ...(hash !== undefined && { sha256: hash.digest('hex') }) };
    },
  };
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
  return sha256 ? { sha256: createHash('sha256').update(viewOf(packed)).digest('hex') } : {};
}

function endOf(scan: LogScan, inflated: Inflated, stored: Stored): FileEnd {
  const foreign = holdsNothing(scan, inflated) ? { isForeign } : {};
  return { ...countsOf(scan, inflated.damage), ...foreign, bytes: inflated.bytes.length, ...stored };
}

function countsOf(scan: LogScan, fault: string | undefined): Omit<FileEnd, 'packedBytes' | 'bytes' | 'sha256'> {
  const { wanted: _, incomplete, ...counts } = scan;
  const damage = fault ?? incomplete;
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
