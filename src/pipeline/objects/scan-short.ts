/** Scans a file whose content fits into memory. */

import { createLogScanner, scanLog } from '../../cloudtrail/scanner/scan.ts';
import { declaredBytes, decompress, type Inflated } from '../../delivery/decompress.ts';
import { isParquet, isZstd, packingOf } from '../../delivery/packing.ts';
import { startQuickGunzip } from '../../delivery/quick-gunzip.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import { checksumOf, endOf, type FilePiece, failedEnd, foreignBy, type ScanSettings, type Stored } from './file-end.ts';
import { readable } from './readable.ts';

/** Files that inflate to more are decompressed in pieces, and those that are stored in more than a quarter of it. */
export const SHORT_BYTES: number = 32 * 1024 * 1024;
/** Stored files above this size are never held in memory. */
export const MOST_STORED_BYTES: number = SHORT_BYTES / 4;
/** How much of a file is scanned at a time, so that its records are handed on before there are too many of them. */
const CHUNK_BYTES = 2 * 1024 * 1024;

const quickGunzip = startQuickGunzip(SHORT_BYTES + 1);

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
    if (inflated.bytes.length > CHUNK_BYTES) return scanInChunks(inflated, stored, settings);
    const scan = scanLog(inflated.bytes, settings.wanted);
    return [{ wanted: scan.wanted, end: endOf(scan, inflated, stored, settings) }];
  } catch (fault) {
    return [{ wanted: [], end: { ...failedEnd(messageOf(fault), packed.length), ...foreignBy(fault), ...stored } }];
  }
}

/** True for forms whose decoders are loaded on demand, for which only `scanLong` waits. */
const hasToBeUnpacked = (packed: Buffer): boolean => isZstd(packed) || isParquet(packed);

/** A file's content as JSON, valid until the next call; undefined if it is too long for memory or at all. Throws what `decompress` and `readable` throw. */
function inflatedShort(packed: Buffer, maxLogBytes: number): Inflated | undefined {
  const quick = packingOf(packed) === 'gzip' ? quickGunzip?.inflate(packed) : undefined;
  if (quick !== undefined && quick.length <= maxLogBytes) return readable({ bytes: quick }, maxLogBytes);
  const maxBytes = Math.min(maxLogBytes, SHORT_BYTES);
  try {
    return readable(decompress(packed, { maxBytes }), maxLogBytes);
  } catch (fault) {
    // What comes before the limit is read in pieces.
    if (fault instanceof PipelineError && fault.code === 'log-too-large') return undefined;
    throw fault;
  }
}

/** Hands on the records of every chunk. Between two chunks other files may be scanned, so the content is lent until the last. */
function scanInChunks(inflated: Inflated, stored: Stored, settings: ScanSettings): Iterable<FilePiece> {
  const giveBack = quickGunzip?.lend(inflated.bytes);
  const scanner = createLogScanner(settings.wanted);
  const { bytes } = inflated;
  function* chunks(): Generator<FilePiece, void, undefined> {
    try {
      for (let at = 0; at < bytes.length && !scanner.isHopeless(); at += CHUNK_BYTES)
        yield { wanted: scanner.push(bytes.subarray(at, at + CHUNK_BYTES)) };
      const scan = scanner.end();
      yield { wanted: scan.wanted, end: endOf(scan, inflated, stored, settings) };
    } finally {
      giveBack?.();
    }
  }
  return chunks();
}
