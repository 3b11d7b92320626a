/** `mirrorwatch events`: prints the records themselves, verbatim, one line each. */

import type { Command } from 'commander';
import { grouped, plural } from '../../collections.ts';
import { MAX_LOG_BYTES } from '../../delivery/decompress.ts';
import type { Period } from '../../delivery/log-key.ts';
import type { FileScan } from '../../local/scan/scan-files.ts';
import { isUnreadable } from '../../pipeline/reading/event-period.ts';
import { emptyTally, type Tally } from '../../pipeline/reading/tally.ts';
import { refuseMisspeltNames, refuseMisspeltSources, watchNames } from '../checks/event-names.ts';
import { checkLogsRead } from '../checks/logs-read.ts';
import { checkInstanceId, checkVerifying, periodOf, type VerifyingOptions } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { type EventFilter, fullSources, matching, repeatFilter } from '../event-filter.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { type LogSourceOptions, scanPaths } from '../log-source.ts';
import { type CommonOptions, outputOption, readList, withConfig, withLogs, withVerifying } from '../options.ts';
import { inputProblems, openRecordSink, type Sink } from '../output.ts';
import { s3Opener } from '../s3-logs.ts';
import type { ProvenLogs } from '../verifying/proven-logs.ts';
import { toolVersion } from '../version.ts';

interface EventsOptions
  extends EventFilter,
    VerifyingOptions,
    Pick<CommonOptions, 'output' | 'config' | 'quiet' | 'jsonLogs' | 'now'> {
  readonly unique?: boolean | undefined;
  readonly threads?: number | undefined;
}

/** Records are printed in chunks of this size: one write per record would take most of the time. */
const PRINT_BYTES = 256 * 1024;
const NEWLINE = Buffer.from('\n');

/** Adds `events`. */
export function addEvents(program: Command): void {
  const command = program
    .command('events')
    .description('Print matching records verbatim, one JSON line each, without reading an account.')
    .option('--event-name <list>', 'only these calls, such as RunInstances,CreateTags', readList)
    .option('--event-source <list>', 'only calls of these services, such as ec2.amazonaws.com (or ec2)', readList)
    .option('--instance <id>', 'only records that name this instance')
    .option('--actor <text>', 'only calls by an actor whose name, ARN or session contains this, in any case')
    .option('--errors', 'only calls that failed')
    .option('--unique', 'drop repeats of a record (by eventID and recipientAccountId)');
  withVerifying(withLogs(command))
    .optionsGroup('Output:')
    .addOption(outputOption(['jsonl'], 'jsonl'));
  withConfig(command)
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch events logs/ --event-name RunInstances --since 2026-11-01
  mirrorwatch events logs.zip --instance i-0123456789abcdef0 | jq .eventName
  mirrorwatch events s3://trail/AWSLogs/ --actor dana --errors
  mirrorwatch events logs/ --verify --keys keys.json --event-name StopLogging`,
    )
    .action(run);
}

async function run(paths: readonly string[], options: EventsOptions): Promise<void> {
  const log = openLog(options);
  checkInstanceId(options.instance);
  periodOf(options);
  checkVerifying(options);
  const tally = emptyTally();
  const { source, proven } = await openSource(paths, options, log);
  const sink = await openRecordSink(options.output, log);
  const names = watchNames(options.eventName);
  const sources = watchNames(options.eventSource && fullSources(options.eventSource));
  const see = (json: Buffer): void => {
    names.see(json);
    sources.see(json);
  };
  const scans = scanPaths(paths, source, tally, log);
  const printed = await printRecords(scans, sink, { unique: options.unique ?? false, see, faultOf: source.faultOf });
  await sink.close();
  await nameUnproven(proven, tally, log);
  await checkLogsRead(paths, source, { tally, matched: printed > 0, done: 'searched', log });
  const problems = inputProblems(tally);
  log.note(
    [`${grouped(printed)} of ${plural(tally.records, 'record')} in ${plural(tally.files, 'file')}`, ...problems].join(
      '; ',
    ),
  );
  process.exitCode = tally.rejected.length > 0 ? INCOMPLETE : CLEAN;
  // A search for a name that does not exist finds nothing and proves nothing.
  await refuseMisspeltSources(sources.unseen());
  await refuseMisspeltNames(names.unseen());
}

interface Source {
  readonly source: LogSourceOptions;
  /** Undefined without `--verify`. */
  readonly proven: ProvenLogs | undefined;
}

async function openSource(paths: readonly string[], options: EventsOptions, log: Log): Promise<Source> {
  const { since, until, threads, follow, checkpoint, quiet = false } = options;
  const period = { since, until };
  // Printing needs no configuration. One that is named can set the region and the size limit.
  const config = options.config === undefined ? undefined : await loadConfig(options, log);
  const { region, maxLogBytes = MAX_LOG_BYTES } = config ?? {};
  const connect = connectionTo(config ?? {});
  const now = options.now ?? new Date();
  const { provenLogs } = await import('../verifying/proven-logs.ts');
  // Printing a record does not believe it.
  const accounts: readonly string[] = [];
  const proven = await provenLogs(options, {
    ...{ paths, period, config: { region, maxLogBytes }, accounts, connect, now },
  });
  const source: LogSourceOptions = {
    ...{ wanted: matching(options), maxLogBytes, period, quiet, manifest: false, accounts, threads, follow },
    openS3: s3Opener(connect, period),
    prove: proven?.prove,
    faultOf: isAnyTime(period) ? undefined : ({ eventTime }) => timeFault(eventTime),
    checkpoint: checkpoint === undefined ? undefined : { path: checkpoint, question: questionOf(paths, options) },
  };
  return { source, proven };
}

function isAnyTime({ since, until }: Period): boolean {
  return since === undefined && until === undefined;
}

/** Why it is not known whether a record is of the period; undefined if it is known. */
function timeFault(eventTime: unknown): string | undefined {
  if (!isUnreadable(eventTime)) return undefined;
  return `${typeof eventTime === 'string' ? `its eventTime ${JSON.stringify(eventTime.slice(0, 40))} is not a time` : 'it has no eventTime'}, so whether --since and --until include it is not known`;
}

async function nameUnproven(proven: ProvenLogs | undefined, tally: Tally, log: Log): Promise<void> {
  if (proven === undefined) return;
  const { nameFaults } = await import('../verifying/trail-faults.ts');
  nameFaults(proven.finish(tally, log), tally, log);
}

/** Everything that decides what a file yields. A journal only answers the question it was written for. */
function questionOf(paths: readonly string[], options: EventsOptions): unknown {
  const { eventName, eventSource, instance, actor, errors, since, until, follow } = options;
  return {
    command: 'events',
    version: toolVersion(),
    paths,
    eventName,
    eventSource,
    instance,
    actor,
    errors,
    since,
    until,
    follow,
  };
}

interface Printing extends Pick<LogSourceOptions, 'faultOf'> {
  readonly unique: boolean;
  /** Called with each record. */
  readonly see: (json: Buffer) => void;
}

/** Prints the records and returns how many. Those with a fault are named by the scan instead. */
async function printRecords(
  scans: AsyncIterable<FileScan>,
  sink: Sink,
  { unique, see, faultOf }: Printing,
): Promise<number> {
  const isRepeat = repeatFilter();
  let pending: Buffer[] = [];
  let bytes = 0;
  let printed = 0;
  for await (const { path, wanted } of scans) {
    for (const found of wanted) {
      // `record` is a getter that parses, so it is only read when needed.
      if (faultOf?.(found.record, path) !== undefined) continue;
      if (unique && isRepeat(found.record, found.json)) continue;
      see(found.json);
      // A copy: `json` may be a view of all that a thread returned, which would be kept until this is printed.
      pending.push(Buffer.from(found.json), NEWLINE);
      bytes += found.json.length + 1;
      printed += 1;
      if (bytes < PRINT_BYTES) continue;
      await sink.write(Buffer.concat(pending));
      pending = [];
      bytes = 0;
    }
  }
  if (bytes > 0) await sink.write(Buffer.concat(pending));
  return printed;
}
