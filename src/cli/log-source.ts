/** Reads the log files that a command line names: finds them, filters them by date, scans and counts. */

import type { Wanted } from '../cloudtrail/scanner/scan.ts';
import type { FoundLog, LogFile } from '../delivery/fetch-log.ts';
import type { Period } from '../delivery/log-key.ts';
import { PipelineError } from '../errors.ts';
import type { Prove } from '../local/scan/read-files.ts';
import type { FileScan, ScanOptions } from '../local/scan/scan-files.ts';
import { countEnd, type FaultOf, gatherUnplaced } from '../pipeline/reading/count-scan.ts';
import { chosenLog, isRepeat } from '../pipeline/reading/found-logs.ts';
import type { Tally } from '../pipeline/reading/tally.ts';
import type { Rejected } from '../report/report.ts';
import { logKeyOf, warnOfForeign } from './checks/foreign-logs.ts';
import type { Log } from './log.ts';
import { isInS3, withoutRepeats } from './s3-logs.ts';
import { openProgress, type ProgressLine } from './terminal/progress.ts';

export interface LogSourceOptions {
  readonly wanted: Wanted;
  readonly maxLogBytes: number;
  readonly threads?: number | undefined;
  /** Follow the links in folders, wherever they lead. @default false */
  readonly follow?: boolean | undefined;
  /** By `eventTime`. Files whose name rules out such events are skipped. */
  readonly period: Period;
  readonly quiet: boolean;
  /** Whether to compute each file's SHA-256, for the manifest. */
  readonly manifest: boolean;
  /** The accounts whose logs are read, as far as a path says whose log it is. Empty: all of them. */
  readonly accounts: readonly string[];
  /** Judges each file before it is scanned: only what is proven is read. The one place for every command that verifies what it reads. */
  readonly prove?: Prove | undefined;
  /** The journal of a resumable scan, and everything besides the files that its results depend on. */
  readonly checkpoint?: { readonly path: string; readonly question: unknown } | undefined;
  /** Why a wanted record could not be judged; such records are named, and count as unread. @default every record can be */
  readonly faultOf?: FaultOf | undefined;
  /** Opens `s3://` paths. */
  readonly openS3: (path: string) => Promise<AsyncIterable<FoundLog>>;
}

/**
 * Scans everything at the paths, in their order, and yields what it found, file by file. Input that can't be read is named in the
 * tally and on stderr; the scan continues. Throws PipelineError `usage` when no path is given.
 */
export async function* scanPaths(
  paths: readonly string[],
  options: LogSourceOptions,
  tally: Tally,
  log: Log,
): AsyncGenerator<FileScan, void, undefined> {
  if (paths.length === 0)
    throw new PipelineError('usage', 'name the logs: files, folders, zips, tars or s3://bucket/prefix');
  const [{ scanFiles }, { resumed }, { openCheckpoint }] = await Promise.all([
    import('../local/scan/scan-files.ts'),
    import('../local/scan/resumed-scan.ts'),
    import('../local/scan/checkpoint.ts'),
  ]);
  const line = openProgress(process.stderr, options.quiet, () => performance.now());
  const listing: Listing = {
    paths,
    options,
    tally,
    listed: 0,
    reject: rejecter(tally, line, log),
    warn: warner(line, log),
  };
  const { checkpoint } = options;
  const journal = checkpoint && (await openCheckpoint(checkpoint.path, checkpoint.question));
  try {
    const scans = resumed(filesOf(listing), (unscanned) => scanFiles(unscanned, scanOptionsOf(listing, line)), journal);
    const unplaced = options.faultOf && gatherUnplaced(options.faultOf);
    for await (const scan of scans) {
      for (const input of unplaced?.take(scan, scan.end !== undefined) ?? []) listing.reject(input);
      if (scan.end !== undefined) {
        for (const warning of scan.end.warnings) log.note(`${scan.path}: ${warning}`);
        countEnd(scan.path, scan.end, tally, listing.reject);
      }
      yield scan;
    }
    line.done();
    warnOfForeign(tally.unlogged.foreignAccounts, log);
  } finally {
    line.done();
    await journal?.close();
  }
}

/** The listing of the paths while it runs ahead of the scan. */
interface Listing {
  readonly paths: readonly string[];
  readonly options: LogSourceOptions;
  readonly tally: Tally;
  readonly reject: (input: Rejected) => void;
  readonly warn: (message: string) => void;
  listed: number;
}

function rejecter({ rejected }: Tally, line: ProgressLine, log: Log): (input: Rejected) => void {
  return (input) => {
    line.done();
    rejected.push(input);
    log.rejected(input);
  };
}

function warner(line: ProgressLine, log: Log): (message: string) => void {
  return (message) => {
    line.done();
    log.warn(message);
  };
}

async function* filesOf(listing: Listing): AsyncGenerator<LogFile> {
  const { paths, options, tally, reject } = listing;
  const open = await opener(paths, options);
  for (const path of withoutRepeats(paths)) {
    let isEmpty = true;
    let links = 0;
    for await (const found of await open(path)) {
      isEmpty &&= found.kind === 'skipped' && !isRepeat(found.why);
      if (found.kind === 'skipped' && found.why === 'link') {
        if (links === 0)
          listing.warn(`${found.path}: a link, which is not followed; --follow follows it, and others here`);
        links += 1;
      }
      const chosen = chosenLog(found, options, tally, logKeyOf);
      if (found.kind === 'rejected') reject({ path: found.path, reason: found.reason });
      if (chosen.kind !== 'log') continue;
      listing.listed += 1;
      yield chosen.file;
    }
    if (isEmpty) tally.unlogged.emptyPaths.push(path);
  }
}

/** Opens the paths of a command, one after another. What several of them contain is read once. */
async function opener(
  paths: readonly string[],
  { openS3, follow }: LogSourceOptions,
): Promise<(path: string) => Promise<AsyncIterable<FoundLog>>> {
  const { openingOf, openLogs } = await import('../local/logs/log-folder.ts');
  const opened = openingOf(paths.filter((path) => !isInS3(path)));
  return async (path) => (isInS3(path) ? openS3(path) : openLogs([path], { follow, opened }));
}

function scanOptionsOf(listing: Listing, line: ProgressLine): ScanOptions {
  const { wanted, maxLogBytes, threads, manifest, prove } = listing.options;
  return {
    wanted,
    prove,
    maxLogBytes,
    threads,
    sha256: manifest,
    onProgress: ({ files, records, packedBytes }) =>
      line.update({ filesDone: files, files: Math.max(listing.listed, files), records, bytesDone: packedBytes }),
  };
}
