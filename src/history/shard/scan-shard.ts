/** The worker: scans the objects of one shard, and writes what it found. The same on a laptop and in Lambda. */

import { isChecksumFault } from '../../delivery/decompress.ts';
import type { FoundLog, LogFile } from '../../delivery/fetch-log.ts';
import { PipelineError } from '../../errors.ts';
import type { FileEnd, FilePiece, ScanSettings } from '../../pipeline/objects/file-end.ts';
import { countEnd, gatherUnplaced } from '../../pipeline/reading/count-scan.ts';
import { isWithin, mayBeWithin } from '../../pipeline/reading/event-period.ts';
import { chosenLog } from '../../pipeline/reading/found-logs.ts';
import { emptyTally, type Tally } from '../../pipeline/reading/tally.ts';
import { isUpdate } from '../../sighting/circumstances.ts';
import { unplacedBecause } from '../../sighting/watched.ts';
import { type HistoryRun, settingsOf } from '../history-run.ts';
import type { HistoryStore } from '../history-store.ts';
import type { PlannedObject, ShardPointer } from '../plan.ts';
import { type FoundObject, outcomeOf, writeOutcomes } from './object-outcomes.ts';
import { holdsRecordOf } from './period-check.ts';
import { type RecordForm, type RecordSink, recordSink } from './record-sink.ts';
import { readSummary, SHARD_SCHEMA, type ShardSummary, summaryNameOf } from './shard-summary.ts';

/** Where a worker reads and writes. */
export interface ShardPorts {
  readonly result: HistoryStore;
  /**
   * The log files in a planned object: one, or all of an archive. An object that is not as it was planned is `rejected`. Throws what may pass
   * by itself, such as throttling that outlasts its retries.
   */
  readonly open: (object: PlannedObject) => AsyncIterable<FoundLog>;
  /** Scans files, in their order and in bounded memory, some of them read ahead. */
  readonly scan: (
    files: AsyncIterable<LogFile>,
    settings: ScanSettings,
  ) => AsyncIterable<FilePiece & { readonly path: string }>;
  /** How kept records are written. */
  readonly form: RecordForm;
  /** A path as a key, with `/` between folders: complete, so that it says whose log it is. */
  readonly keyOf: (path: string) => string;
  /** Told after each file, for progress. */
  readonly onFile?: ((end: FileEnd) => void) | undefined;
}

/**
 * Scans a shard and writes its result, the summary last. Returns the summary, or the one that was there already: a shard is scanned once,
 * and of two that scan it at the same time, one wins. What cannot be read of an object is in the summary; it never stops the others. Throws
 * when reading fails in a way that may pass, or a result cannot be written: then the shard is not done.
 */
export async function scanShard(
  { shard }: Pick<ShardPointer, 'shard'>,
  objects: AsyncIterable<PlannedObject> | Iterable<PlannedObject>,
  run: HistoryRun,
  ports: ShardPorts,
): Promise<ShardSummary> {
  const done = await readSummary(ports.result, shard, run);
  if (done !== undefined) return done;
  const work = startWork(run, shard, ports);
  const read: PlannedObject[] = [];
  await scanObjects(kept(objects, read), work, ports);
  // A scan parses only the records that it looks for: without one of them, the period is not known to have any.
  if (!work.inPeriod && work.tally.rejected.length === 0 && work.tally.records > 0)
    work.inPeriod = await holdsRecordOf(read, settingsOf(run), ports);
  const summary = await finish(work, ports);
  const text = Buffer.from(`${JSON.stringify(summary)}\n`);
  if (await ports.result.write(summaryNameOf(shard), text, { once: true })) return summary;
  return (await readSummary(ports.result, shard, run)) ?? summary;
}

async function* kept(
  objects: AsyncIterable<PlannedObject> | Iterable<PlannedObject>,
  into: PlannedObject[],
): AsyncGenerator<PlannedObject> {
  for await (const object of objects) {
    into.push(object);
    yield object;
  }
}

/** A shard's scan while it runs. */
interface ShardWork {
  readonly run: HistoryRun;
  readonly shard: string;
  readonly tally: Tally;
  readonly sink: RecordSink;
  readonly outcomes: FoundObject[];
  readonly unsound: string[];
  readonly warnings: string[];
  /** By path, the place of its object among `outcomes`, and its own among the files. */
  readonly files: Map<string, { readonly object: number; readonly fileIndex: number }>;
  /** What failed for a reason that may pass. */
  readonly passing: unknown[];
  packedBytes: number;
  opened: number;
  /** Whether a record of the period was found. */
  inPeriod: boolean;
}

function startWork(run: HistoryRun, shard: string, { result, form }: ShardPorts): ShardWork {
  return {
    ...{ run, shard, tally: emptyTally(), sink: recordSink(result, shard, form) },
    ...{ outcomes: [], unsound: [], warnings: [], files: new Map(), passing: [], packedBytes: 0, opened: 0 },
    inPeriod: false,
  };
}

async function scanObjects(
  objects: AsyncIterable<PlannedObject> | Iterable<PlannedObject>,
  work: ShardWork,
  ports: ShardPorts,
): Promise<void> {
  const { wanted, watched, period, accounts, maxLogBytes } = settingsOf(work.run);
  const settings: ScanSettings = {
    // An addendum outside the period may complete a record within it.
    wanted: { ...wanted, where: (record) => mayBeWithin(record.eventTime, period) || isUpdate(record) },
    maxLogBytes,
    sha256: true,
  };
  const { tally, sink } = work;
  const unplaced = gatherUnplaced((record, path) => unplacedBecause(record, watched, path));
  const files = filesOf(objects, work, { ports, choice: { period, accounts, manifest: false } });
  for await (const { path, wanted: records, end } of ports.scan(files, settings)) {
    const place = work.files.get(path);
    if (place === undefined) throw new Error(`${path} was scanned and is not among the files of the shard`);
    work.inPeriod ||= records.some(({ record }) => isWithin(record.eventTime, period));
    for (const record of records) await sink.add(record, { logFile: path, fileIndex: place.fileIndex });
    for (const input of unplaced.take({ path, wanted: records }, end !== undefined)) tally.rejected.push(input);
    if (end === undefined) continue;
    if (work.passing.length > 0) throw work.passing[0];
    endFile(path, place.object, end, work);
    ports.onFile?.(end);
  }
  if (work.passing.length > 0) throw work.passing[0];
}

/** The files to scan. What is not scanned is counted. */
async function* filesOf(
  objects: AsyncIterable<PlannedObject> | Iterable<PlannedObject>,
  work: ShardWork,
  { ports, choice }: { readonly ports: ShardPorts; readonly choice: Parameters<typeof chosenLog>[1] },
): AsyncGenerator<LogFile> {
  const { tally, outcomes, files } = work;
  for await (const object of objects) {
    const { key, etag } = object;
    const at = outcomes.push({ key, etag, files: [] }) - 1;
    for await (const found of ports.open(object)) {
      const chosen = chosenLog(found, choice, tally, ports.keyOf);
      if (found.kind === 'rejected') tally.rejected.push({ path: found.path, reason: found.reason });
      if (chosen.kind !== 'log') {
        const note = chosen.kind === 'skipped' ? { kind: chosen.why } : { reason: chosen.reason };
        outcomes[at] = { ...outcomeAt(outcomes, at), ...note };
        continue;
      }
      const { file } = chosen;
      if (files.has(file.path))
        throw new PipelineError('usage', `${file.path} is twice in the plan`, { path: file.path });
      files.set(file.path, { object: at, fileIndex: work.opened });
      work.opened += 1;
      yield notingPassing(file, work.passing);
    }
  }
}

function outcomeAt(outcomes: readonly FoundObject[], at: number): FoundObject {
  const outcome = outcomes[at];
  if (outcome === undefined) throw new Error(`there is no object ${at}`);
  return outcome;
}

/** The file, with the faults noted that may pass: its scan only says that it could not be read. */
function notingPassing(file: LogFile, passing: unknown[]): LogFile {
  return {
    ...file,
    read: async (limits) => {
      try {
        return await file.read(limits);
      } catch (fault) {
        if (fault instanceof PipelineError && fault.retryable) passing.push(fault);
        throw fault;
      }
    },
  };
}

function endFile(path: string, object: number, end: FileEnd, work: ShardWork): void {
  const { tally, outcomes, files } = work;
  countEnd(path, end, tally, (input) => tally.rejected.push(input));
  const entry = tally.manifest.pop();
  files.delete(path);
  work.packedBytes += end.packedBytes;
  for (const warning of end.warnings) work.warnings.push(`${path}: ${warning}`);
  if (isChecksumFault(end.damage)) work.unsound.push(path);
  const known = outcomeAt(outcomes, object);
  const isUnread = end.damage !== undefined && end.bytes === 0;
  if (isUnread) outcomes[object] = { ...known, reason: end.damage };
  else if (entry !== undefined) outcomes[object] = { ...known, files: [...known.files, entry] };
}

async function finish({ run, shard, tally, sink, ...work }: ShardWork, { result }: ShardPorts): Promise<ShardSummary> {
  const { files, eventNames } = await sink.close();
  const outcomes = work.outcomes.map(outcomeOf);
  const failed = outcomes.flatMap(({ key, etag, outcome, reason = '' }) =>
    outcome === 'failed' ? [{ key, ...(etag !== undefined && { etag }), reason }] : [],
  );
  const skipped: Record<string, number> = {};
  for (const { outcome, kind = 'nothing-in-it' } of outcomes)
    if (outcome === 'skipped') skipped[kind] = (skipped[kind] ?? 0) + 1;
  const scanned = outcomes.filter(({ outcome }) => outcome === 'scanned').length;
  return {
    ...{ schema: SHARD_SCHEMA, run: run.id, plan: run.plan, shard },
    objects: { planned: outcomes.length, scanned, skipped, failed: failed.length },
    failed,
    input: {
      ...{ files: tally.files, records: tally.records, bytes: tally.bytes, packedBytes: work.packedBytes },
      ...{ skipped: tally.skipped, rejected: tally.rejected, inPeriod: work.inPeriod },
    },
    foreignFiles: tally.unlogged.foreign,
    unopened: tally.unlogged.unopened,
    foreignAccounts: [...tally.unlogged.foreignAccounts].map(([id, { files: count, first }]) => [id, count, first]),
    unsound: work.unsound,
    warnings: work.warnings,
    objectList: await writeOutcomes(result, shard, outcomes),
    kept: { records: files.reduce((sum, { records }) => sum + records, 0), eventNames, files },
  };
}
