/** Many log files → their wanted records, in the order of the files whatever the concurrency, in bounded memory. */

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Piscina } from 'piscina';
import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import type { Wanted, WantedRecord } from '../../cloudtrail/scanner/scan.ts';
import type { LogFile } from '../../delivery/fetch-log.ts';
import { messageOf } from '../../errors.ts';
import {
  type FileEnd,
  failedEnd,
  isLong,
  type ScanSettings,
  scanLong,
  scanPacked,
} from '../../pipeline/scan-packed.ts';
import type { WorkerAnswer, WorkerTask } from './scan-worker.ts';

export type { FileEnd } from '../../pipeline/scan-packed.ts';

/** What was found in a file, or in a stretch of a long one. */
export interface FileScan {
  readonly path: string;
  readonly wanted: readonly WantedRecord[];
  /** With the last of a file, and every file has one: its counts and what is wrong with it. */
  readonly end?: FileEnd | undefined;
}

/** How far the scan has come, over all files so far. */
export interface ScanProgress {
  readonly files: number;
  readonly records: number;
  /** Inflated. */
  readonly bytes: number;
  readonly packedBytes: number;
}

export interface ScanOptions {
  readonly wanted: Wanted;
  /** The most that one file may inflate to, in bytes. */
  readonly maxLogBytes: number;
  /** Worker threads; 1 works without any. @default the processors there are */
  readonly threads?: number | undefined;
  /** Whether the sum of each file is wanted, for a manifest. @default false */
  readonly sha256?: boolean | undefined;
  /** Called after each file. */
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

/** Files are read and handed to a worker by so many bytes, or so many files, at a time. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 64;
/** With fewer packed bytes than this, a tenth of a second's work, everything is done before workers have started. */
const WORTH_WORKERS_BYTES = 2 * BATCH_BYTES;
/** Batches begun and not yet handed over, per thread: worked on, waiting for their turn, being read. */
const AHEAD = 4;

/**
 * Scans the files and yields what they hold, in their order; a file that cannot be read is named in its `end`, and never stops the
 * others. Files that inflate to more than 64 MB are yielded in stretches. Memory is bounded by the threads, not by the files:
 * about 100 MB each at worst.
 *
 * With `threads` above 1 workers are started once there is enough to do for them. From TypeScript sources (tests, benchmarks) they
 * run under tsx.
 */
export async function* scanFiles(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  options: ScanOptions,
): AsyncGenerator<FileScan, void, undefined> {
  const { wanted, maxLogBytes, sha256 = false, onProgress } = options;
  const settings = { wanted, maxLogBytes, sha256 };
  const threads = Math.max(1, options.threads ?? availableParallelism());
  const begun: Promise<readonly Outcome[]>[] = [];
  const progress = { files: 0, records: 0, bytes: 0, packedBytes: 0 };
  let workers: Workers | undefined;
  let listed = 0;

  async function* handOver(batch: Promise<readonly Outcome[]>): AsyncGenerator<FileScan, void, undefined> {
    for (const outcome of await batch) {
      for await (const scan of scansOf(outcome, settings)) {
        yield scan;
        if (scan.end === undefined) continue;
        progress.files += 1;
        progress.records += scan.end.records;
        progress.bytes += scan.end.bytes;
        progress.packedBytes += scan.end.packedBytes;
        onProgress?.({ ...progress });
      }
    }
  }

  try {
    for await (const batch of batchesOf(files)) {
      listed += batch.reduce((sum, { size }) => sum + size, 0);
      if (threads > 1 && listed > WORTH_WORKERS_BYTES) workers ??= startWorkers(threads);
      const outcome = scanBatch(batch, settings, workers);
      // Whoever awaits it comes later: until then a fault must not count as unhandled.
      outcome.catch(() => undefined);
      begun.push(outcome);
      while (begun.length >= threads * AHEAD) yield* handOver(begun.shift() as Promise<readonly Outcome[]>);
    }
    for (const batch of begun) yield* handOver(batch);
  } finally {
    await workers?.destroy();
  }
}

type Workers = Piscina<WorkerTask, WorkerAnswer>;

/** A file that is done, or one that is to be scanned in pieces when its turn comes. */
type Outcome = FileScan | { readonly path: string; readonly long: Buffer };

async function* scansOf(outcome: Outcome, settings: ScanSettings): AsyncGenerator<FileScan, void, undefined> {
  if (!('long' in outcome)) yield outcome;
  else for await (const piece of scanLong(outcome.long, settings)) yield { path: outcome.path, ...piece };
}

async function* batchesOf(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
): AsyncGenerator<readonly LogFile[], void, undefined> {
  let batch: LogFile[] = [];
  let bytes = 0;
  for await (const file of files) {
    batch.push(file);
    bytes += file.size;
    if (bytes < BATCH_BYTES && batch.length < BATCH_FILES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function scanBatch(
  batch: readonly LogFile[],
  settings: ScanSettings,
  workers: Workers | undefined,
): Promise<readonly Outcome[]> {
  const read = await Promise.all(batch.map((file) => readFile(file, settings.maxLogBytes)));
  const short = read.filter((one): one is ReadFile => 'packed' in one && !isLong(one.packed));
  const scanned =
    workers === undefined ? await scanHere(short, settings) : await scanInWorker(short, settings, workers);
  const byFile = new Map(short.map((one, at) => [one as object, scanned[at]]));
  return read.map((one) => byFile.get(one) ?? ('packed' in one ? { path: one.path, long: one.packed } : one));
}

/** On this thread, with a turn for the reading of other files after each. */
async function scanHere(files: readonly ReadFile[], settings: ScanSettings): Promise<readonly FileScan[]> {
  const scans: FileScan[] = [];
  for (const { path, packed } of files) {
    scans.push({ path, ...scanPacked(packed, settings) });
    await setImmediate();
  }
  return scans;
}

interface ReadFile {
  readonly path: string;
  readonly packed: Buffer;
}

async function readFile(file: LogFile, maxBytes: number): Promise<ReadFile | FileScan> {
  try {
    return { path: file.path, packed: await file.read({ maxBytes }) };
  } catch (fault) {
    return { path: file.path, wanted: [], end: failedEnd(messageOf(fault), file.size) };
  }
}

async function scanInWorker(
  files: readonly ReadFile[],
  { wanted, ...settings }: ScanSettings,
  workers: Workers,
): Promise<readonly FileScan[]> {
  if (files.length === 0) return [];
  const { where, ...named } = wanted;
  const packed = joined(files);
  const task = { packed, lengths: files.map((file) => file.packed.length), ...named, ...settings };
  const answer = await workers.run(task, { transferList: [packed.buffer] });
  const json = Buffer.from(answer.json.buffer, answer.json.byteOffset, answer.json.length);
  let at = 0;
  return answer.files.map(({ end, records }, file) => {
    const found = records.map(({ length, index }) => {
      at += length;
      return parsedLater(json.subarray(at - length, at), index);
    });
    const path = files[file]?.path ?? '';
    return { path, end, wanted: where === undefined ? found : found.filter(({ record }) => where(record)) };
  });
}

/** One memory for all, so that it can be handed over instead of copied. */
function joined(files: readonly ReadFile[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(files.reduce((sum, { packed }) => sum + packed.length, 0));
  let at = 0;
  for (const { packed } of files) {
    all.set(packed, at);
    at += packed.length;
  }
  return all;
}

/** A record that is parsed when it is first looked at: who prints it as it lies never does. */
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

function startWorkers(threads: number): Workers {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new Piscina({
    filename: new URL(`./scan-worker${ending}`, import.meta.url).href,
    name: 'scanTask',
    minThreads: threads,
    maxThreads: threads,
    ...(ending === '.ts' ? { execArgv: ['--import', 'tsx'] } : {}),
  });
}
