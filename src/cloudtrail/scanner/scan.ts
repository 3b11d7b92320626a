/** Inflated log bytes → the wanted records and exact counts, without parsing the rest. */

import { isUtf8 } from 'node:buffer';
import { createKernel, type ScanKernel } from './json-elements.ts';
import type { KnownKind } from './log-entry.ts';
import { startLogWalk } from './log-walk.ts';
import { createTally, type Rejected, type WantedRecord } from './scan-tally.ts';
import type { Wanted } from './wanted.ts';

export type { KnownKind } from './log-entry.ts';
export type { Rejected, WantedRecord } from './scan-tally.ts';
export type { Wanted } from './wanted.ts';

/** The result of scanning one file. */
export interface LogScan {
  /** The exact number of records, wanted or not, including insights and other known kinds. */
  readonly records: number;
  /** The wanted records, in file order. */
  readonly wanted: readonly WantedRecord[];
  /** How many values of each known kind were not API calls. Not a failure. */
  readonly skipped: Readonly<Partial<Record<KnownKind, number>>>;
  /** Values that are not records: the first hundred. */
  readonly rejected: readonly Rejected[];
  /** How many values are not records. */
  readonly rejectedCount: number;
  /** What a reader should know although nothing is missing: bytes that are not UTF-8. */
  readonly warnings: readonly string[];
  /** Why records may be missing: the file ends early or is damaged. Its complete records were returned. */
  readonly incomplete?: string | undefined;
}

/** A scan that takes its file in chunks, for files too long to hold in memory. */
export interface LogScanner {
  /** Takes the next bytes, which must not change until the next call. Returns the wanted records they complete. */
  readonly push: (chunk: Buffer) => readonly WantedRecord[];
  /** True once the file has too many faults to be a log. Nothing more is read of it, and `incomplete` says so. */
  readonly isHopeless: () => boolean;
  /** Ends the file. Returns its counts and the wanted records that `push` has not returned. */
  readonly end: () => LogScan;
}

/** Positions inside the kernel are 32 bits wide, so longer buffers are cut into chunks of this length. */
const CHUNK_BYTES = 256 * 1024 * 1024;

/** Serves scans that start and end within one call; nothing in it outlives the call. */
const scratch: ScanKernel = createKernel();

/**
 * Scans a complete file: `{"Records": […]}`, a bare list, one value per line or a single value. Each value is a record, plain or
 * wrapped by EventBridge, SNS, SQS or `lookup-events`. Formatting and a byte order mark don't matter.
 *
 * Finds what JSON.parse of the file would find; the last of a repeated key wins. Unwanted records are walked, not parsed, so a fault
 * inside one that keeps quotes and brackets balanced (a bare word for a value) goes unnoticed. Other damage is named in
 * `incomplete`, and the complete records before and after it are returned. Never throws.
 */
export function scanLog(bytes: Buffer, wanted: Wanted): LogScan {
  scratch.beyondAscii.value = 0;
  const scanner = startScan(scratch, wanted);
  const found: (readonly WantedRecord[])[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const last = at + CHUNK_BYTES >= bytes.length;
    scanner.take(at === 0 && last ? bytes : bytes.subarray(at, at + CHUNK_BYTES));
    if (!last) found.push(scanner.drain());
  }
  const scan = scanner.end();
  // The walk skips bytes of a damaged file, so it can't vouch for those.
  const ascii = scratch.beyondAscii.value === 0 && scan.incomplete === undefined;
  return { ...scan, wanted: [...found, scan.wanted].flat(), warnings: warningsOf(ascii || isUtf8(bytes)) };
}

/** A scanner with its own kernel, for one long file in chunks of any length. Use nothing of it after `end`. */
export function createLogScanner(wanted: Wanted): LogScanner {
  const kernel = spareKernels.take();
  const scanner = startScan(kernel, wanted);
  const utf8 = startUtf8Check();
  return {
    push: (chunk) => {
      utf8.push(chunk);
      scanner.take(chunk);
      return scanner.drain();
    },
    isHopeless: scanner.isHopeless,
    end: () => {
      const scan = { ...scanner.end(), warnings: warningsOf(utf8.end()) };
      spareKernels.giveBack(kernel);
      return scan;
    },
  };
}

/** A kernel costs about 100 µs and 0.5 MB, so one that a scan has ended with serves the next. */
function startSpareKernels(): { readonly take: () => ScanKernel; readonly giveBack: (kernel: ScanKernel) => void } {
  let spare: ScanKernel | undefined;
  return {
    take: () => {
      const kernel = spare ?? createKernel();
      spare = undefined;
      return kernel;
    },
    giveBack: (kernel) => {
      spare = kernel;
    },
  };
}

const spareKernels = startSpareKernels();

interface Scan {
  readonly take: (chunk: Buffer) => void;
  readonly drain: () => readonly WantedRecord[];
  readonly isHopeless: () => boolean;
  readonly end: () => Omit<LogScan, 'warnings'>;
}

function startScan(kernel: ScanKernel, wanted: Wanted): Scan {
  const tally = createTally(wanted);
  const walk = startLogWalk(kernel, wanted, tally);
  let length = 0;
  return {
    take: (chunk) => {
      length += chunk.length;
      walk.push(chunk);
    },
    drain: tally.drain,
    isHopeless: walk.isHopeless,
    end: () => {
      walk.end();
      const [skipped, surplus] = length === 0 ? [{ empty: 1 }, 0] : [tally.skipped, tally.surplus()];
      return {
        records: walk.elements() + surplus,
        wanted: tally.drain(),
        skipped,
        rejected: tally.rejected,
        rejectedCount: tally.rejectedCount(),
        incomplete: walk.incomplete(),
      };
    },
  };
}

function warningsOf(isAllUtf8: boolean): readonly string[] {
  return isAllUtf8 ? [] : ['some bytes are not UTF-8 and were replaced by U+FFFD'];
}

/** Checks that chunks add up to valid UTF-8, even where a character is split between two. */
function startUtf8Check(): { readonly push: (chunk: Buffer) => void; readonly end: () => boolean } {
  let cutOff: Buffer = Buffer.alloc(0);
  let valid = true;
  return {
    push: (chunk) => {
      if (!valid) return;
      const bytes = cutOff.length === 0 ? chunk : Buffer.concat([cutOff, chunk]);
      const end = lastCharacterEnd(bytes);
      valid = isUtf8(bytes.subarray(0, end));
      cutOff = Buffer.from(bytes.subarray(end));
    },
    end: () => valid && cutOff.length === 0,
  };
}

/** Where the last complete character of a chunk ends. A character cut off by the chunk's end is left for the next one. */
function lastCharacterEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const length = characterLength(bytes[bytes.length - back] ?? 0);
    if (length > 0) return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** How many bytes the UTF-8 character with this first byte takes; 0 for a byte that cannot be the first. */
function characterLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc0) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
