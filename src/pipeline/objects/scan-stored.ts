/** Scans the stored bytes of one log file. Worker threads run this, and the main thread. */

import type { FilePiece, ScanSettings } from './file-end.ts';
import type { Pieces } from './readable.ts';
import { scanLong } from './scan-long.ts';
import { scanShort } from './scan-short.ts';

const PIECE_BYTES = 512 * 1024;

/** Scans a file that is held in memory, in pieces if it inflates to too much. Never throws: a fault of the file is in its `damage`. */
export function scanStored(packed: Buffer, settings: ScanSettings): Iterable<FilePiece> | AsyncIterable<FilePiece> {
  return scanShort(packed, settings) ?? scanLong({ pieces: piecesOf(packed), size: packed.length }, settings);
}

async function* piecesOf(packed: Buffer): Pieces {
  for (let at = 0; at < packed.length; at += PIECE_BYTES) yield packed.subarray(at, at + PIECE_BYTES);
}
