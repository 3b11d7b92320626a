/** Inflated log bytes → the wanted records and exact counts, without parsing the rest. */

import { isUtf8 } from 'node:buffer';
import { createElementWalk, type ElementWalk } from './json-elements.ts';
import type { KnownKind } from './log-entry.ts';
import { startLogWalk } from './log-walk.ts';
import { createTally, type Rejected, type WantedRecord } from './scan-tally.ts';
import type { Wanted } from './wanted.ts';

export type { KnownKind } from './log-entry.ts';
export type { Rejected, WantedRecord } from './scan-tally.ts';
export type { Wanted } from './wanted.ts';

/** What a file holds. */
export interface LogScan {
  /** How many records, exactly: all of them, wanted or not, with insights and their like. */
  readonly records: number;
  /** Those that were asked for, in file order. */
  readonly wanted: readonly WantedRecord[];
  /** Known things that are no API calls, by kind; no failure. */
  readonly skipped: Readonly<Partial<Record<KnownKind, number>>>;
  /** Values that are no records, the first hundred by name. */
  readonly rejected: readonly Rejected[];
  /** How many those are. */
  readonly rejectedCount: number;
  /** What a reader should know although nothing is missing: bytes that are no UTF-8. */
  readonly warnings: readonly string[];
  /** Why records may be missing: the file ends early or is damaged. What is whole was delivered. */
  readonly incomplete?: string | undefined;
}

/** A scan that takes its file in pieces, for files too long to hold. */
export interface LogScanner {
  /** Takes the next bytes, which must not be changed until the call after; answers the wanted records completed by them. */
  readonly push: (chunk: Buffer) => readonly WantedRecord[];
  /** Ends the file: the counts of all of it, and the wanted records that `push` has not answered. */
  readonly end: () => LogScan;
}

/** Positions inside the kernel are 32 bits wide: longer buffers are taken in pieces of this length. */
const PIECE_BYTES = 256 * 1024 * 1024;

/** Scratch memory for scans that begin and end in one call; nothing in it outlives the call. */
const scratch: ElementWalk = createElementWalk();

/**
 * Scans a whole file: `{"Records": […]}`, a bare list, one value a line or a single one, each a record or wrapped by EventBridge,
 * SNS, SQS or `lookup-events`, with or without a byte order mark, in any formatting.
 *
 * Gives what JSON.parse of the whole would give, of a repeated key the last. The bytes of records that are not wanted are walked,
 * not parsed: faults inside them that leave quotes and brackets in order (a bare word for a value) go unseen. Other damage is named
 * in `incomplete`, and the whole records before and behind it are delivered. Never throws.
 */
export function scanLog(bytes: Buffer, wanted: Wanted): LogScan {
  scratch.beyondAscii.value = 0;
  const scanner = startScan(scratch, wanted);
  const found: (readonly WantedRecord[])[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const last = at + PIECE_BYTES >= bytes.length;
    scanner.take(at === 0 && last ? bytes : bytes.subarray(at, at + PIECE_BYTES));
    if (!last) found.push(scanner.drain());
  }
  const scan = scanner.end();
  // What the walk passed over in a damaged file it has not seen.
  const ascii = scratch.beyondAscii.value === 0 && scan.incomplete === undefined;
  return { ...scan, wanted: [...found, scan.wanted].flat(), warnings: warningsOf(ascii || isUtf8(bytes)) };
}

/** A scanner of its own, at about 100 µs and 0.5 MB: for one long file, in pieces of any length. */
export function createLogScanner(wanted: Wanted): LogScanner {
  const scanner = startScan(createElementWalk(), wanted);
  const text = startTextCheck();
  return {
    push: (chunk) => {
      text.push(chunk);
      scanner.take(chunk);
      return scanner.drain();
    },
    end: () => ({ ...scanner.end(), warnings: warningsOf(text.end()) }),
  };
}

interface Scan {
  readonly take: (chunk: Buffer) => void;
  readonly drain: () => readonly WantedRecord[];
  readonly end: () => Omit<LogScan, 'warnings'>;
}

function startScan(kernel: ElementWalk, wanted: Wanted): Scan {
  const tally = createTally(wanted);
  const walk = startLogWalk(kernel, wanted, tally);
  let length = 0;
  return {
    take: (chunk) => {
      length += chunk.length;
      walk.push(chunk);
    },
    drain: tally.drain,
    end: () => {
      walk.end();
      const incomplete = walk.incomplete();
      const [skipped, surplus] = length === 0 ? [{ empty: 1 }, 0] : [tally.skipped, tally.surplus()];
      return {
        records: walk.elements() + surplus,
        wanted: tally.drain(),
        skipped,
        rejected: tally.rejected,
        rejectedCount: tally.rejectedCount(),
        ...(incomplete === undefined ? {} : { incomplete }),
      };
    },
  };
}

function warningsOf(utf8: boolean): readonly string[] {
  return utf8 ? [] : ['not all of it is UTF-8: what is not was replaced by U+FFFD'];
}

/** Tells whether pieces make up UTF-8, also when a character is cut by their edges. */
function startTextCheck(): { readonly push: (chunk: Buffer) => void; readonly end: () => boolean } {
  let cut: Buffer = Buffer.alloc(0);
  let valid = true;
  return {
    push: (chunk) => {
      if (!valid) return;
      const whole = cut.length === 0 ? chunk : Buffer.concat([cut, chunk.subarray(0, 4)]);
      const rest = cut.length === 0 ? Buffer.alloc(0) : chunk.subarray(4);
      const joined = cut.length === 0 || rest.length === 0 ? whole : Buffer.concat([whole, rest]);
      const end = lastCharacterEnd(joined);
      valid = isUtf8(joined.subarray(0, end));
      cut = Buffer.from(joined.subarray(end));
    },
    end: () => valid && cut.length === 0,
  };
}

/** Where the last whole character of a piece ends: a lead byte whose character is not all there is left for the next piece. */
function lastCharacterEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0)
      return byte >= 0xf0 ? cutIf(bytes, back, 4) : byte >= 0xe0 ? cutIf(bytes, back, 3) : cutIf(bytes, back, 2);
  }
  return bytes.length;
}

function cutIf(bytes: Buffer, back: number, needs: number): number {
  return back < needs ? bytes.length - back : bytes.length;
}
