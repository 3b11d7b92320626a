/** The log files that a command line names: found, filtered by date, scanned, and counted. */

import type { Wanted } from '../cloudtrail/scanner/scan.ts';
import type { FoundLog, LogFile } from '../delivery/fetch-log.ts';
import { mayHoldEventsOf, type Period, readLogKey } from '../delivery/log-key.ts';
import { PipelineError } from '../errors.ts';
import type { InputManifestEntry } from '../ledger/ledger.ts';
import type { FileScan, ScanOptions } from '../local/scan/scan-files.ts';
import type { Rejected } from '../report/report.ts';
import type { Log } from './log.ts';
import { openProgress } from './progress.ts';

export interface LogSourceOptions {
  readonly wanted: Wanted;
  readonly maxLogBytes: number;
  readonly threads?: number | undefined;
  /** Of `eventTime`; files whose name says that they cannot hold such events are passed over. */
  readonly period: Partial<Period>;
  readonly quiet: boolean;
  /** Whether each file's SHA-256 is wanted, for the manifest. */
  readonly manifest: boolean;
  /** The journal of an interruptible scan, and everything that its results depend on besides the files. */
  readonly checkpoint?: { readonly path: string; readonly question: unknown };
  /** Opens `s3://` paths; absent where there is no S3. */
  readonly openS3: (path: string) => Promise<AsyncIterable<FoundLog>>;
}

/** What went in, filled in as the files are read. */
export interface Tally {
  files: number;
  records: number;
  bytes: number;
  readonly skipped: Record<string, number>;
  readonly rejected: Rejected[];
  readonly manifest: InputManifestEntry[];
}

/** Counts of nothing yet. */
export function emptyTally(): Tally {
  return { files: 0, records: 0, bytes: 0, skipped: {}, rejected: [], manifest: [] };
}

/**
 * Scans everything at the paths, in their order, and yields what was found, file by file. What cannot be read goes into the tally
 * and, named, to stderr; it stops nothing. Throws PipelineError `usage` when no path is given.
 */
export async function* scanPaths(
  paths: readonly string[],
  options: LogSourceOptions,
  tally: Tally,
  log: Log,
): AsyncGenerator<FileScan, void, undefined> {
  if (paths.length === 0) throw new PipelineError('usage', 'name the logs: files, folders, zips or s3://bucket/prefix');
  const [{ scanFiles }, { resumed }, { openCheckpoint }] = await Promise.all([
    import('../local/scan/scan-files.ts'),
    import('../local/scan/resumed-scan.ts'),
    import('../local/scan/checkpoint.ts'),
  ]);
  const { wanted, maxLogBytes, threads, manifest } = options;
  const line = openProgress(process.stderr, options.quiet, () => performance.now());
  const reject = (input: Rejected): void => {
    line.done();
    tally.rejected.push(input);
    log.rejected(input);
  };
  let listed = 0;
  const files = async function* (): AsyncGenerator<LogFile> {
    for (const path of paths) {
      for await (const found of await open(path, options)) {
        if (found.kind === 'skipped') count(tally, found.why);
        else if (found.kind === 'rejected') reject(found);
        else if (mayHoldEventsOf(readLogKey(found.file.path.replaceAll('\\', '/')), options.period)) {
          listed += 1;
          yield found.file;
        } else count(tally, 'outside-period');
      }
    }
  };
  const scanOptions: ScanOptions = {
    wanted,
    maxLogBytes,
    sha256: manifest,
    ...(threads !== undefined && { threads }),
    onProgress: (progress) =>
      line.update({
        filesDone: progress.files,
        files: Math.max(listed, progress.files),
        records: progress.records,
        bytesDone: progress.packedBytes,
      }),
  };
  const journal = options.checkpoint && (await openCheckpoint(options.checkpoint.path, options.checkpoint.question));
  try {
    const scans = resumed(files(), (fresh) => scanFiles(fresh, scanOptions), journal);
    for await (const scan of scans) {
      if (scan.end !== undefined) account(scan.path, scan.end, tally, reject, log);
      yield scan;
    }
  } finally {
    line.done();
    await journal?.close();
  }
}

async function open(path: string, { openS3 }: LogSourceOptions): Promise<AsyncIterable<FoundLog>> {
  if (path.startsWith('s3://')) return openS3(path);
  const { openLogs } = await import('../local/log-folder.ts');
  return openLogs([path]);
}

function account(
  path: string,
  end: NonNullable<FileScan['end']>,
  tally: Tally,
  reject: (input: Rejected) => void,
  log: Log,
): void {
  tally.files += 1;
  tally.records += end.records;
  tally.bytes += end.bytes;
  for (const [kind, number] of Object.entries(end.skipped)) count(tally, kind, number);
  for (const warning of end.warnings) log.note(`${path}: ${warning}`);
  for (const { index, reason } of end.rejected) reject({ path: `${path}#${index}`, reason });
  const unnamed = end.rejectedCount - end.rejected.length;
  if (unnamed > 0) reject({ path, reason: `${unnamed} more values that are no records` });
  if (end.damage !== undefined) reject({ path, reason: end.damage });
  if (end.sha256 !== undefined)
    tally.manifest.push({ path, sha256: end.sha256, bytes: end.packedBytes, records: end.records });
}

function count(tally: Tally, kind: string, by = 1): void {
  tally.skipped[kind] = (tally.skipped[kind] ?? 0) + by;
}

/** True for an event time within the period; what has no time that can be read is in no period, unless none was asked for. */
export function isWithin(eventTime: unknown, { since, until }: Partial<Period>): boolean {
  if (since === undefined && until === undefined) return true;
  const time = typeof eventTime === 'string' ? Date.parse(eventTime) : Number.NaN;
  return (
    !Number.isNaN(time) &&
    (since === undefined || time >= since.getTime()) &&
    (until === undefined || time < until.getTime())
  );
}
