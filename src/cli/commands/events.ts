/** `mirrorwatch events`: the records themselves, as they lie, one line each. */

import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { actorOf } from '../../cloudtrail/identity.ts';
import { type CloudTrailRecord, callFailed } from '../../cloudtrail/record.ts';
import type { Wanted } from '../../cloudtrail/scanner/scan.ts';
import { MAX_LOG_BYTES } from '../../delivery/decompress.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { openLog } from '../log.ts';
import { emptyTally, isWithin, scanPaths } from '../log-source.ts';
import { type OutputChoice, outputOption, readCount, readList, readTime, withConfig } from '../options.ts';
import { openSink } from '../output.ts';
import { s3Opener } from '../s3-logs.ts';
import { toolVersion } from '../version.ts';
import { connectionTo, loadConfig } from '../world.ts';

interface EventsOptions {
  readonly eventName?: readonly string[] | undefined;
  readonly eventSource?: readonly string[] | undefined;
  readonly instance?: string | undefined;
  readonly actor?: string | undefined;
  readonly errors?: boolean | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly unique?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly checkpoint?: string | undefined;
  readonly output: readonly OutputChoice[];
  readonly config?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly jsonLogs?: boolean | undefined;
}

/** Records are printed when so much has come together: a write for each would be most of the work. */
const PRINT_BYTES = 256 * 1024;
const NEWLINE = Buffer.from('\n');

/** Adds `events`. */
export function addEvents(program: Command): void {
  const command = program
    .command('events')
    .description('Print the records that match, as they lie, one JSON line each; needs no account.')
    .argument('<path...>', 'log files, folders, zips, or s3://bucket/prefix')
    .option('--event-name <list>', 'only these calls, such as RunInstances,CreateTags', readList)
    .option('--event-source <list>', 'only calls of these services, such as ec2.amazonaws.com (or ec2)', readList)
    .option('--instance <id>', 'only records that name this instance')
    .option('--actor <text>', 'only calls of an actor whose name, ARN or session contains this, whatever its case')
    .option('--errors', 'only calls that failed')
    .option('--since <time>', 'only events from this day or time (eventTime)', readTime)
    .option('--until <time>', 'only events before this day or time', readTime)
    .option('--unique', 'leave out repeats of a record (by eventID and recipientAccountId)')
    .option('--threads <n>', 'worker threads (default: the cores; 1 = none)', readCount)
    .option('--checkpoint <file>', 'note what is done here, so that an interrupted scan goes on from there')
    .optionsGroup('Output:')
    .addOption(outputOption(['jsonl'], 'jsonl'));
  withConfig(command)
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch events logs/ --event-name RunInstances --since 2026-11-01
  mirrorwatch events logs.zip --instance i-0123456789abcdef0 | jq .eventName
  mirrorwatch events s3://trail/AWSLogs/ --actor dana --errors`,
    )
    .action(run);
}

async function run(paths: readonly string[], options: EventsOptions): Promise<void> {
  const log = openLog(options);
  const { since, until, threads, checkpoint, unique = false } = options;
  const period = { ...(since && { since }), ...(until && { until }) };
  // Printing needs no configuration; one that is named says which region and how large a log may be.
  const config = options.config === undefined ? undefined : await loadConfig(options, log);
  const tally = emptyTally();
  const source = {
    wanted: wantedBy(options),
    maxLogBytes: config?.maxLogBytes ?? MAX_LOG_BYTES,
    period,
    quiet: options.quiet ?? false,
    manifest: false,
    openS3: s3Opener(connectionTo(config ?? {}), period),
    ...(threads !== undefined && { threads }),
    ...(checkpoint !== undefined && { checkpoint: { path: checkpoint, question: questionOf(paths, options) } }),
  };
  const sink = await openSink(options.output, log);
  const seen = new Set<string>();
  let pending: Buffer[] = [];
  let bytes = 0;
  let printed = 0;
  for await (const { wanted } of scanPaths(paths, source, tally, log)) {
    for (const { record, json } of lazily(wanted)) {
      if (unique && isRepeat(record(), json, seen)) continue;
      // What is handed over is a view of the file's bytes, which may be gone when it is printed.
      pending.push(Buffer.from(json), NEWLINE);
      bytes += json.length + 1;
      printed += 1;
      if (bytes < PRINT_BYTES) continue;
      await sink.write(Buffer.concat(pending));
      pending = [];
      bytes = 0;
    }
  }
  if (bytes > 0) await sink.write(Buffer.concat(pending));
  await sink.close();
  const skipped = Object.entries(tally.skipped).map(([kind, number]) => `${number} ${kind}`);
  log.note(
    `${printed} of ${tally.records} records in ${tally.files} files${skipped.length > 0 ? `; skipped: ${skipped.join(', ')}` : ''}${tally.rejected.length > 0 ? `; ${tally.rejected.length} inputs not read` : ''}`,
  );
  process.exitCode = tally.rejected.length > 0 ? INCOMPLETE : CLEAN;
}

/** The record behind a function: printing as it lies needs no parse. */
function* lazily(
  wanted: readonly { readonly record: CloudTrailRecord; readonly json: Buffer }[],
): Generator<{ record: () => CloudTrailRecord; json: Buffer }> {
  for (const one of wanted) yield { record: () => one.record, json: one.json };
}

/** Records without an `eventID` are told by their content. */
function isRepeat({ eventID, recipientAccountId }: CloudTrailRecord, json: Buffer, seen: Set<string>): boolean {
  const key =
    typeof eventID === 'string'
      ? `${eventID} ${recipientAccountId ?? ''}`
      : createHash('sha256').update(json.toString('latin1'), 'latin1').digest('hex');
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}

/** Everything that decides what a file gives: a journal answers for no other question. */
function questionOf(paths: readonly string[], options: EventsOptions): unknown {
  const { eventName, eventSource, instance, actor, errors, since, until } = options;
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
  };
}

function wantedBy({ eventName, eventSource, instance, actor, errors, since, until }: EventsOptions): Wanted {
  const tests: ((record: CloudTrailRecord) => boolean)[] = [];
  if (errors) tests.push(callFailed);
  if (since !== undefined || until !== undefined)
    tests.push(({ eventTime }) => isWithin(eventTime, { ...(since && { since }), ...(until && { until }) }));
  if (instance !== undefined) tests.push((record) => names(record, instance));
  if (actor !== undefined) {
    const text = actor.toLowerCase();
    tests.push((record) => actorTexts(record).some((each) => each.toLowerCase().includes(text)));
  }
  return {
    ...(eventName && { eventNames: new Set(eventName) }),
    ...(eventSource && {
      eventSources: new Set(eventSource.map((source) => (source.includes('.') ? source : `${source}.amazonaws.com`))),
    }),
    ...(instance !== undefined && { anyText: [instance] }),
    ...(tests.length > 0 && { where: (record: CloudTrailRecord) => tests.every((test) => test(record)) }),
  };
}

/** True when the id stands anywhere in the record, as a value of its own or at the end of an ARN. */
function names(value: unknown, id: string): boolean {
  if (typeof value === 'string') return value === id || value.endsWith(`/${id}`);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner) => names(inner, id));
}

function actorTexts(record: CloudTrailRecord): readonly string[] {
  const { userIdentity } = record;
  const { arn, principalId, userName, invokedBy, sessionContext } = userIdentity ?? {};
  const all: readonly unknown[] = [
    actorOf(record).name,
    arn,
    principalId,
    userName,
    invokedBy,
    sessionContext?.sourceIdentity,
  ];
  return all.filter((text) => typeof text === 'string');
}
