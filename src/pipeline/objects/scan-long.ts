/** Scans a file of any length in pieces, in bounded memory. */

import { createHash } from 'node:crypto';
import { createLogScanner } from '../../cloudtrail/scanner/scan.ts';
import { damageOf, inflatesTooMuch, mostInflatedBytes, tooLarge, viewOf } from '../../delivery/decompress.ts';
import { messageOf } from '../../errors.ts';
import {
  countsOf,
  type FileEnd,
  type FilePiece,
  failedEnd,
  foreignBy,
  type ScanSettings,
  type Stored,
} from './file-end.ts';
import { newerEvent, newestEventIn } from './newest-event.ts';
import { type Pieces, readablePieces } from './readable.ts';

/** A file's stored bytes, one piece after another, and how many there should be. */
export interface StoredPieces {
  readonly pieces: Pieces;
  readonly size: number;
}

/**
 * Scans a file of any length in bounded memory, and yields records as it finds them. Of one that is longer than `maxLogBytes`, scans
 * what comes before, and its `damage` says so. Never throws.
 */
export async function* scanLong(
  stored: StoredPieces,
  settings: ScanSettings,
): AsyncGenerator<FilePiece, void, undefined> {
  const scanner = createLogScanner(settings.wanted);
  const counted = startCounting(stored, settings);
  const mostBytes = mostInflatedBytes(stored.size);
  let bytes = 0;
  let damage: string | undefined;
  let newestEvent: string | undefined;
  let foreign: Pick<FileEnd, 'isForeign'> = {};
  try {
    for await (const piece of readablePieces(counted.pieces())) {
      const within = piece.subarray(0, settings.maxLogBytes - bytes);
      bytes += within.length;
      if (settings.newestEvent === true) newestEvent = newerEvent(newestEvent, newestEventIn(within));
      const wanted = scanner.push(within);
      if (wanted.length > 0) yield { wanted };
      if (within.length < piece.length) throw tooLarge(settings.maxLogBytes);
      if (scanner.isHopeless()) break;
      if (bytes > mostBytes) throw inflatesTooMuch(stored.size);
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
  const newest = newestEvent === undefined ? {} : { newestEvent };
  const scan = scanner.end();
  yield { wanted: scan.wanted, end: { ...countsOf(scan, damage ?? unread), ...foreign, bytes, ...whole, ...newest } };
}

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

function gzipDamage(fault: unknown, maxBytes: number): string {
  try {
    return damageOf(fault, maxBytes);
  } catch (other) {
    return messageOf(other);
  }
}
