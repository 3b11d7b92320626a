/** The worker threads of a scan: batches of files go out, what they hold comes back. */

import { Piscina } from 'piscina';
import type { FilePiece, ScanSettings } from '../../pipeline/objects/file-end.ts';
import type { HeldFile } from './read-files.ts';
import { MOST_ANSWER_BYTES, parsedLater } from './scan-file.ts';
import type { WorkerAnswer, WorkerTask } from './scan-worker.ts';

/** What a worker found in a file; undefined for one that has to be scanned in pieces. */
export type WorkerScan = FilePiece | undefined;

/** The threads. Close them at the end. */
export interface ScanPool {
  readonly threads: number;
  /**
   * True once all threads have started, while one of them has less than two tasks; but no longer once much of what is read turns out to be
   * wanted. Throws if a thread could not start.
   */
  readonly isFree: () => boolean;
  /** Scans the files of a batch, and returns what each holds in their order. */
  readonly scan: (batch: readonly HeldFile[], settings: ScanSettings) => Promise<readonly WorkerScan[]>;
  readonly close: () => Promise<void>;
}

/** So that a thread has its next task when it finishes one. */
const TASKS_PER_THREAD = 2;
/** Above this share of wanted bytes, other threads hardly save time: this one is busy with the records that they return. A rough limit. */
const MOST_WANTED = 0.2;
const TRIAL_BYTES = 16 * 1024 * 1024;
/** New objects of a thread live briefly. More room for them would only cost memory. */
const YOUNG_MEGABYTES = 16;

/** Starts threads. When run from TypeScript (tests, benchmarks), they run under tsx. */
export function startPool(threads: number): ScanPool {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const pool = new Piscina<WorkerTask, WorkerAnswer>({
    filename: new URL(`./scan-worker${ending}`, import.meta.url).href,
    name: 'scanTask',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: TASKS_PER_THREAD,
    // A thread that sleeps between its tasks never gets to collecting its garbage.
    atomics: 'async',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    ...(ending === '.ts' ? { execArgv: ['--import', 'tsx'] } : {}),
  });
  let starting = threads;
  let running = 0;
  let scanned = 0;
  let wanted = 0;
  let fault: { readonly cause: unknown } | undefined;
  const started = (): void => {
    starting -= 1;
  };
  const failed = (cause: unknown): void => {
    fault ??= { cause };
  };
  for (let thread = 0; thread < threads; thread += 1) pool.run(NOTHING).then(started, failed);
  return {
    threads,
    isFree: () => {
      if (fault !== undefined) throw fault.cause;
      const isWorth = scanned < TRIAL_BYTES || wanted < MOST_WANTED * scanned;
      return isWorth && starting === 0 && running < threads * TASKS_PER_THREAD;
    },
    scan: async (batch, settings) => {
      running += 1;
      try {
        const { scans, wantedBytes } = await scanInPool(pool, batch, settings);
        const refused = scans.filter((scan) => scan === undefined).length * MOST_ANSWER_BYTES;
        scanned += scans.reduce((sum, scan) => sum + (scan?.end?.bytes ?? 0), refused);
        wanted += wantedBytes + refused;
        return scans;
      } finally {
        running -= 1;
      }
    },
    close: () => pool.destroy(),
  };
}

/** A task without files: it is done when a thread has started. */
const NOTHING: WorkerTask = { packed: new Uint8Array(), lengths: [], maxLogBytes: 0, sha256: false };

async function scanInPool(
  pool: Piscina<WorkerTask, WorkerAnswer>,
  batch: readonly HeldFile[],
  { wanted, ...settings }: ScanSettings,
): Promise<{ readonly scans: readonly WorkerScan[]; readonly wantedBytes: number }> {
  const { where, ...named } = wanted;
  const or = wanted.or && { ...wanted.or, byFields: undefined, fields: wanted.or.byFields?.alternatives };
  const packed = packedTogether(batch);
  const lengths = batch.map((file) => file.packed.length);
  const answer = await pool.run({ packed, lengths, ...named, or, ...settings }, { transferList: [packed.buffer] });
  const json = Buffer.from(answer.json.buffer, answer.json.byteOffset, answer.json.length);
  let at = 0;
  const scans = answer.files.map((file): WorkerScan => {
    if (file === null) return undefined;
    const found = file.records.map(({ length, index }) => {
      at += length;
      return parsedLater(json.subarray(at - length, at), index);
    });
    return { end: file.end, wanted: where === undefined ? found : found.filter(({ record }) => where(record)) };
  });
  return { scans, wantedBytes: json.length };
}

/** All files in one buffer, which is transferred to the worker instead of copied. */
function packedTogether(files: readonly HeldFile[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(files.reduce((sum, { packed }) => sum + packed.length, 0));
  let at = 0;
  for (const { packed } of files) {
    all.set(packed, at);
    at += packed.length;
  }
  return all;
}
