/** `mirrorwatch watch`: the pipeline as a plain process, on a queue or a folder. */

import type { Command } from 'commander';
import { grouped, plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import type { Message } from '../../delivery/envelope.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import type { Delivered, DeliverPorts } from '../../pipeline/deliver.ts';
import { failureKind } from '../../pipeline/retry/retry-delay.ts';
import type { Inbox, WatchCounts, WatchOptions } from '../../pipeline/watch.ts';
import { durationWords } from '../../report/words.ts';
import { nothingToJudge } from '../checks/request.ts';
import { type Connect, connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { mailLines, type OpenLedger, openLedger, openPublisher } from '../ledger-and-mail.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { type CommonOptions, commandOptions, mailOf, withAccount, withMail, withSave } from '../options.ts';
import { type Stop, stopBySignal } from '../watching/stop.ts';
import { judgeableConfig, openWorld, openWorldOrRecords } from '../world.ts';

interface WatchCommandOptions extends CommonOptions {
  readonly once?: boolean | undefined;
  readonly mail?: string | true | undefined;
  readonly save?: string | undefined;
}

/** What is watched. */
type Watched = { readonly queue: string } | { readonly folder: string };

const HEARTBEAT_MS = 60_000;
const KEEP_EVERY_MS = 50_000;
/** SQS's longest wait: one call every twenty seconds while nothing arrives. */
const WAIT_SECONDS = 20;

/** Adds `watch`. */
export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('Run the pipeline on each delivery of a queue, or on each new log file in a folder.')
    .option('--queue <url>', 'long-poll this SQS queue')
    .option('--folder <dir>', 'watch this folder (the local world)')
    .option('--once', 'process what is there, then exit');
  withAccount(withSave(withMail(command, ' (the default on a queue)')), { records: true })
    .addHelpText(
      'after',
      `
On SIGTERM and SIGINT it exits within two seconds: it finishes the current
batch, or gives its messages back for others to take. A second signal ends it
at once.

Examples:
  mirrorwatch watch --queue $QUEUE_URL --ledger dynamodb://mirrorwatch
  mirrorwatch watch --folder in/ --account account.json \\
    --ledger history.sqlite --mail mail/`,
    )
    .action(run);
}

async function run(
  options: WatchCommandOptions & { readonly queue?: string | undefined; readonly folder?: string | undefined },
): Promise<void> {
  const watched = watchedBy(options);
  const log = openLog(options);
  const config = await loadConfig(options, log);
  const mail = mailFor(options, watched, config);
  const connect = connectionTo(config);
  const open = 'queue' in watched && options.account !== 'none' ? openWorld : openWorldOrRecords;
  const world = await open(options, config, connect, log);
  const nothing = nothingToJudge(config, world, { records: true });
  if (nothing !== undefined) log.warn(nothing);
  for (const input of world.problems) log.rejected(input);
  const ledger = options.ledger === undefined ? undefined : await openLedger(options.ledger, connect);
  const stop = stopBySignal((name) => log.note(`${name}: stopping; a second signal ends it at once`));
  const failures = failureCounter(world.problems.length);
  if ('folder' in watched)
    stop.signal.addEventListener('abort', () => log.note(leftOnStop(options.ledger)), { once: true });
  try {
    const { inbox, logs } = await inboxOf(watched, options, connect, { ledger, source: world.source }, (input) => {
      log.rejected(input);
      failures.add(1);
    });
    const now = (): Date => options.now ?? new Date();
    const publisher = mail === undefined ? undefined : await openPublisher(mail, config, now, connect);
    const ports = { logs, inventory: world.source, writer: world.writer, launcher: world.launcher, ledger, publisher };
    await watchInbox(inbox, ports, judgeableConfig(config, world), {
      once: options.once ?? false,
      now,
      stop,
      log,
      failures,
      commandOptions: commandOptions(options),
      callerArn: world.kind === 'aws' ? async () => (await connect()).accounts.caller() : undefined,
    });
  } finally {
    await ledger?.close();
    await world.close();
  }
  process.exitCode = failures.count() > 0 ? INCOMPLETE : CLEAN;
  // Calls that a stopped batch has begun would keep the process alive.
  if (stop.signal.aborted) process.exit();
}

function watchedBy({
  queue,
  folder,
}: {
  readonly queue?: string | undefined;
  readonly folder?: string | undefined;
}): Watched {
  if (queue !== undefined && folder === undefined) return { queue };
  if (folder !== undefined && queue === undefined) return { folder };
  throw new PipelineError('usage', 'give either --queue URL or --folder DIR');
}

/** Counts failures, for the exit code. */
interface FailureCounter {
  add(count: number): void;
  count(): number;
}

function failureCounter(initial: number): FailureCounter {
  let failures = initial;
  return {
    add: (count) => {
      failures += count;
    },
    count: () => failures,
  };
}

interface WatchRun extends Pick<WatchOptions, 'once' | 'now' | 'commandOptions' | 'callerArn'> {
  readonly stop: Stop;
  readonly log: Log;
  readonly failures: FailureCounter;
}

/** Watches until the signal is aborted, or with `once` until the inbox is empty, and notes the counts every minute and at the end. */
async function watchInbox(
  inbox: Inbox,
  ports: DeliverPorts,
  config: Config,
  { once, now, stop, log, failures, commandOptions, callerArn }: WatchRun,
): Promise<void> {
  const { watch } = await import('../../pipeline/watch.ts');
  let counts: WatchCounts | undefined;
  const heartbeat = setInterval(() => log.note(heartbeatText(counts, new Date())), HEARTBEAT_MS);
  heartbeat.unref();
  counts = await watch(inbox, ports, config, {
    ...{ ...stop, once, now },
    commandOptions,
    callerArn,
    repeat: repeatKeep,
    onBatch: (delivered, soFar) => {
      counts = soFar;
      failures.add(logDelivered(delivered, log));
    },
    onFault: (error, messages) => {
      failures.add(messages.length);
      const what = messages.length === 0 ? 'reading messages' : plural(messages.length, 'message');
      log.warn(`${what} will be retried: ${messageOf(error)}`);
    },
    onGivenBack: (messages, failed) => {
      const given = messages.length - failed.length;
      if (given > 0) log.note(`gave ${plural(given, 'unfinished message')} back: available again at once`);
      if (failed.length > 0)
        log.warn(`${plural(failed.length, 'message')} could not be given back: available again in two minutes`);
    },
  });
  clearInterval(heartbeat);
  log.note(heartbeatText(counts, new Date()));
}

/** Calls `keep` well before a message's visibility ends. Returns a function that stops the calls. */
function repeatKeep(keep: () => void): () => void {
  const timer = setInterval(keep, KEEP_EVERY_MS);
  return () => clearInterval(timer);
}

/** Logs what went wrong with a batch and what was mailed, and returns the number of failures. */
function logDelivered({ collected, assessment, failed, acted, released }: Delivered, log: Log): number {
  const { input, refused } = collected;
  for (const rejected of [...input.rejected, ...refused, ...assessment.unread, ...assessment.omitted])
    log.rejected(rejected);
  for (const { message, error } of failed) {
    const fate = failureKind(error) === 'passing' ? 'will be retried' : 'is not finished';
    log.warn(`${nameOf(message)} ${fate}: ${messageOf(error)}`);
  }
  for (const line of [...mailLines(acted.sent), ...mailLines(released)]) log.note(line);
  return input.rejected.length + assessment.omitted.length + failed.length + collected.failed.length;
}

async function inboxOf(
  watched: Watched,
  { once = false }: WatchCommandOptions,
  connect: Connect,
  { ledger, source }: { readonly ledger: OpenLedger | undefined; readonly source: InventorySource },
  onRejected: (input: { readonly path: string; readonly reason: string }) => void,
): Promise<{ readonly inbox: Inbox; readonly logs: DeliverPorts['logs'] }> {
  if ('queue' in watched) {
    const { queueInbox } = await import('../../aws/queue-inbox.ts');
    const { queues, logs } = await connect();
    return { inbox: queueInbox(queues, watched.queue, once ? 1 : WAIT_SECONDS), logs };
  }
  const [{ folderInbox }, { lostRechecks, pendingRechecks }, held, { thisProcess }] = await Promise.all([
    import('../../local/inbox/folder-inbox.ts'),
    import('../../pipeline/recheck.ts'),
    import('../../pipeline/mails/held-findings.ts'),
    import('../watching/process-owner.ts'),
  ]);
  const now = (): Date => new Date();
  const owner = await thisProcess();
  const options = { now, onRejected, ledger, owner };
  if (ledger === undefined) {
    const inbox = folderInbox(watched.folder, options);
    return { inbox, logs: inbox.logs };
  }
  const scopes = await source.scopes();
  const inbox = folderInbox(watched.folder, {
    ...options,
    rechecks: [...(await pendingRechecks(ledger, scopes, now())), ...(await held.releasesToCome(ledger, now()))],
    lost: async () => [
      ...(await lostRechecks(scopes, { ledger, now: now(), owner: owner.name })),
      ...(await held.lostReleases(ledger, now())),
    ],
  });
  return { inbox, logs: inbox.logs };
}

/** What becomes of the work on a folder that is not done when the process is stopped. */
function leftOnStop(ledger: string | undefined): string {
  const files = 'stopping: files in work are finished, or else processed again by the next run';
  return ledger === undefined
    ? `${files}; without --ledger it processes every file again, and re-checks that are due later are lost`
    : `${files}, which also takes up the re-checks that are due later (${ledger})`;
}

/** As `mailOf`, but on a queue mail goes to the configured topic by default. */
function mailFor(
  { mail, ledger }: WatchCommandOptions,
  watched: Watched,
  { alertTopicArn }: Config,
): string | undefined {
  const usual = 'queue' in watched && alertTopicArn !== undefined ? true : undefined;
  return mailOf({ mail: mail ?? usual, ledger });
}

function nameOf({ messageId, body }: Message): string {
  if (messageId !== undefined) return `message ${messageId}`;
  const { bucket, key } = Object(body) as { readonly bucket?: unknown; readonly key?: unknown };
  return typeof bucket === 'string' && typeof key === 'string'
    ? `${bucket}/${key}`
    : JSON.stringify(body).slice(0, 200);
}

function heartbeatText(counts: WatchCounts | undefined, now: Date): string {
  if (counts === undefined) return 'alive: nothing has been delivered yet';
  const { messages, failed, files, records, findings, sessions, newestEvent } = counts;
  const parts = [
    `${plural(messages, 'message')} (${grouped(failed)} to retry)`,
    plural(files, 'file'),
    plural(records, 'record'),
    plural(findings, 'open finding'),
    `${plural(sessions, 'session')} created`,
  ];
  if (newestEvent !== undefined) {
    const seconds = Math.max(0, (now.getTime() - newestEvent.getTime()) / 1000);
    parts.push(`newest event ${durationWords(seconds)} ago`);
  }
  return `alive: ${parts.join(', ')}`;
}
