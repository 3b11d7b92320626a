/** Scans many log files for wanted records: in parallel, in the order of the files, in bounded memory. */

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Wanted } from '../../cloudtrail/scanner/scan.ts';
import type { LogFile } from '../../delivery/fetch-log.ts';
import { type Prove, readFiles } from './read-files.ts';
import { type FileScan, type FileScans, scanFile } from './scan-file.ts';

export type { FileEnd } from '../../pipeline/objects/file-end.ts';
export type { FileScan } from './scan-file.ts';

/** Totals of the scan so far. */
export interface ScanProgress {
  readonly files: number;
  readonly records: number;
  /** After decompression. */
  readonly bytes: number;
  readonly packedBytes: number;
}

export interface ScanOptions {
  readonly wanted: Wanted;
  /** The limit for one file's decompressed bytes. */
  readonly maxLogBytes: number;
  /** How many threads scan, this one included. @default the number of processors */
  readonly threads?: number | undefined;
  /** Compute each file's SHA-256, for a manifest. @default false */
  readonly sha256?: boolean | undefined;
  /** Judges each file before it is scanned. @default every file is scanned */
  readonly prove?: Prove | undefined;
  /** Called after each file. */
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

/**
 * Other threads start once so much is known to be ahead that they make up for what it costs to start and end them. No more is listed
 * ahead.
 */
const WORTH_THREADS = { bytes: 16 * 1024 * 1024, files: 4096 } as const;
/** Reading from the network goes on at least this often. */
const TURN_BYTES = 4 * 1024 * 1024;

/**
 * Scans the files and yields their wanted records, in order. The `end` of an unreadable file says why; it never stops the others.
 * Holds one file of up to 8 MB as stored, or pieces of a longer one, besides what is read ahead, and a few batches for each further thread.
 * A longer file is held whole where it cannot be read in pieces: in a bucket, or in an archive that packs it.
 */
export async function* scanFiles(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  options: ScanOptions,
): AsyncGenerator<FileScan, void, undefined> {
  const { wanted, maxLogBytes, sha256 = false, prove } = options;
  const settings = { wanted, maxLogBytes, sha256 };
  const threads = Math.max(1, options.threads ?? availableParallelism());
  const listed = threads === 1 || wantsAll(wanted) ? { files, isMuch: () => false } : listAhead(files);
  const stored = readFiles(listed.files, { maxLogBytes, sha256, prove });
  const progress = startProgress(options.onProgress);
  let turn = 0;
  try {
    for (;;) {
      const { done, value } = await stored.next();
      if (done === true) return;
      const scans = scanFile(value, settings);
      if (isList(scans))
        for (const scan of scans) {
          yield scan;
          progress.add(scan);
        }
      else
        for await (const scan of scans) {
          yield scan;
          progress.add(scan);
        }
      if (listed.isMuch()) break;
      if (progress.bytes() - turn < TURN_BYTES) continue;
      turn = progress.bytes();
      await setImmediate();
    }
    const [{ startPool }, { scanTogether }] = await Promise.all([
      import('./scan-pool.ts'),
      import('./scan-together.ts'),
    ]);
    for await (const scan of scanTogether(stored, settings, startPool(threads - 1))) {
      yield scan;
      progress.add(scan);
    }
  } finally {
    await stored.return();
  }
}

/** True if all records are wanted. To hand them from one thread to another takes about as long as to find them, and memory. */
const wantsAll = ({ eventNames, eventSources, anyText }: Wanted): boolean =>
  eventNames === undefined && eventSources === undefined && anyText === undefined;

/** The files that are listed, and whether so many are ahead that other threads are worth it. */
interface ListedAhead {
  readonly files: AsyncIterable<LogFile>;
  readonly isMuch: () => boolean;
}

function listAhead(files: AsyncIterable<LogFile> | Iterable<LogFile>): ListedAhead {
  let isMuch = false;
  async function* inOrder(): AsyncGenerator<LogFile, void, undefined> {
    const ahead: LogFile[] = [];
    let bytes = 0;
    for await (const file of files) {
      ahead.push(file);
      bytes += file.size;
      isMuch ||= bytes >= WORTH_THREADS.bytes || ahead.length >= WORTH_THREADS.files;
      if (isMuch) yield* ahead.splice(0);
    }
    yield* ahead;
  }
  return { files: inOrder(), isMuch: () => isMuch };
}

const isList = (scans: FileScans): scans is readonly FileScan[] => Array.isArray(scans);

interface Progress {
  readonly add: (scan: FileScan) => void;
  /** The bytes scanned so far. */
  readonly bytes: () => number;
}

function startProgress(report: ScanOptions['onProgress']): Progress {
  const progress = { files: 0, records: 0, bytes: 0, packedBytes: 0 };
  return {
    bytes: () => progress.bytes,
    add: ({ end }) => {
      if (end === undefined) return;
      progress.files += 1;
      progress.records += end.records;
      progress.bytes += end.bytes;
      progress.packedBytes += end.packedBytes;
      report?.({ ...progress });
    },
  };
}
