/** Reads the log files that a command line names: finds them, filters them by date, scans and counts. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import type { Wanted } from '../cloudtrail/scanner/scan.ts';
import type { FoundLog, LogFile, SkippedKind } from '../delivery/fetch-log.ts';
import { mayHoldEventsOf, type Period, readLogKey } from '../delivery/log-key.ts';
import { PipelineError } from '../errors.ts';
import type { InputManifestEntry } from '../ledger/ledger.ts';
import type { Prove } from '../local/scan/read-files.ts';
import type { FileScan, ScanOptions } from '../local/scan/scan-files.ts';
import { emptyFileEntry, manifestEntryOf, rejectedIn } from '../pipeline/gaps/scanned-file.ts';
import { type UnplacedRecords, unplacedRecords } from '../pipeline/gaps/unplaced-records.ts';
import type { Rejected } from '../report/report.ts';
import { countForeign, type ForeignAccounts, foreignKindOf, warnOfForeign } from './checks/foreign-logs.ts';
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
  readonly faultOf?: ((record: CloudTrailRecord, path: string) => string | undefined) | undefined;
  /** Opens `s3://` paths. */
  readonly openS3: (path: string) => Promise<AsyncIterable<FoundLog>>;
}

/** The counts of what was read, updated as files are read. */
export interface Tally {
  files: number;
  records: number;
  bytes: number;
  readonly skipped: Record<string, number>;
  readonly rejected: Rejected[];
  readonly manifest: InputManifestEntry[];
  readonly unlogged: Unlogged;
}

/** What of the paths holds no log, or none that was read. */
export interface Unlogged {
  /** Files that turned out to hold nothing of CloudTrail's. Each is named in `rejected`. */
  foreign: number;
  /** Paths, and entries of archives, that could not be opened. Each is named in `rejected`. */
  unopened: number;
  /** The named paths with no log file in them, not even one outside the period. */
  readonly emptyPaths: string[];
  /** The logs of accounts that are not ours. */
  readonly foreignAccounts: ForeignAccounts;
}

/** A tally with all counts at zero. */
export function emptyTally(): Tally {
  const unlogged = { foreign: 0, unopened: 0, emptyPaths: [], foreignAccounts: new Map() };
  return { files: 0, records: 0, bytes: 0, skipped: {}, rejected: [], manifest: [], unlogged };
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
    const unplaced = new Map<string, UnplacedRecords>();
    for await (const scan of scans) {
      nameUnplaced(scan, unplaced, listing);
      if (scan.end !== undefined) addToTally(scan.path, scan.end, listing, log);
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
      if (found.kind === 'skipped') addSkipped(tally, found, options);
      else if (found.kind === 'rejected') {
        tally.unlogged.unopened += 1;
        reject(found);
      } else if (!mayHoldEventsOf(readLogKey(found.file.path.replaceAll('\\', '/')), options.period))
        countSkipped(tally, 'outside-period');
      else if (!isForeign(found.file, listing)) {
        listing.listed += 1;
        yield found.file;
      }
    }
    if (isEmpty) tally.unlogged.emptyPaths.push(path);
  }
}

/** True for a file in an account that is not ours, which it counts. */
function isForeign({ path }: LogFile, { options, tally }: Listing): boolean {
  const kind = foreignKindOf(path, options.accounts);
  if (kind === undefined) return false;
  countSkipped(tally, kind === 'not-a-log' ? kind : 'foreign-account');
  if (kind !== 'not-a-log') countForeign(tally.unlogged.foreignAccounts, kind.accountId, path);
  return true;
}

/** What was read under another of the paths. */
function isRepeat(why: SkippedKind): boolean {
  return why === 'repeated-folder' || why === 'repeated-file';
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

function addToTally(path: string, end: NonNullable<FileScan['end']>, { tally, reject }: Listing, log: Log): void {
  tally.files += 1;
  if (end.isForeign === true) tally.unlogged.foreign += 1;
  tally.records += end.records;
  tally.bytes += end.bytes;
  for (const [kind, count] of Object.entries(end.skipped)) countSkipped(tally, kind, count);
  for (const warning of end.warnings) log.note(`${path}: ${warning}`);
  for (const input of rejectedIn(path, end)) reject(input);
  if (end.sha256 !== undefined) tally.manifest.push(manifestEntryOf(path, end));
}

/** Gathers the records of a file that cannot be judged, and rejects them at its end. */
function nameUnplaced(
  { path, wanted, end }: FileScan,
  unplaced: Map<string, UnplacedRecords>,
  { options: { faultOf }, reject }: Listing,
): void {
  if (faultOf === undefined) return;
  for (const { record, index } of wanted) {
    const fault = faultOf(record, path);
    if (fault === undefined) continue;
    const found = unplaced.get(path) ?? unplacedRecords(path);
    unplaced.set(path, found);
    found.add(record, index, fault);
  }
  if (end === undefined) return;
  for (const input of unplaced.get(path)?.rejected() ?? []) reject(input);
  unplaced.delete(path);
}

function addSkipped(
  tally: Tally,
  { path, why }: Extract<FoundLog, { kind: 'skipped' }>,
  { manifest }: LogSourceOptions,
): void {
  countSkipped(tally, why);
  if (why === 'empty' && manifest) tally.manifest.push(emptyFileEntry(path));
}

function countSkipped({ skipped }: Tally, kind: string, by = 1): void {
  skipped[kind] = (skipped[kind] ?? 0) + by;
}

/** True if an event time is within the period. Without a period everything is; an unreadable time is in no period. */
export function isWithin(eventTime: unknown, { since, until }: Period): boolean {
  if (since === undefined && until === undefined) return true;
  const time = typeof eventTime === 'string' ? Date.parse(eventTime) : Number.NaN;
  return (
    !Number.isNaN(time) &&
    (since === undefined || time >= since.getTime()) &&
    (until === undefined || time < until.getTime())
  );
}

/** True if an event time is within the period, or may be, as it cannot be read. */
export function mayBeWithin(eventTime: unknown, period: Period): boolean {
  return isWithin(eventTime, period) || isUnreadable(eventTime);
}

/** True for what is no time at all. */
export function isUnreadable(eventTime: unknown): boolean {
  return typeof eventTime !== 'string' || Number.isNaN(Date.parse(eventTime));
}
