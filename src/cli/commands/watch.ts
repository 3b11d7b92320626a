/** `mirrorwatch watch`: the pipeline as a plain process, on a queue or a folder. */

import type { Command } from 'commander';
import { plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { DeliverPorts } from '../../pipeline/deliver.ts';
import type { Inbox, WatchCounts, WatchOptions } from '../../pipeline/watch.ts';
import { nothingToJudge } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { openLedger, openPublisher } from '../ledger-and-mail.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import {
  type CommonOptions,
  commandOptions,
  configFileOf,
  mailOf,
  withAccount,
  withMail,
  withSave,
} from '../options.ts';
import { type Stop, stopBySignal } from '../terminal/stop.ts';
import { openInbox, type Watched } from '../watching/open-inbox.ts';
import { heartbeatText, leftOnStop, logDelivered, notGivenBack } from '../watching/words.ts';
import { judgeableConfig, openWorld, openWorldOrRecords } from '../world.ts';

interface WatchCommandOptions extends CommonOptions {
  readonly once?: boolean | undefined;
  readonly mail?: string | true | undefined;
  readonly save?: string | undefined;
}

const HEARTBEAT_MS = 60_000;
const KEEP_EVERY_MS = 50_000;

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
    const { inbox, logs } = await openInbox(watched, options, connect, { ledger, source: world.source }, (input) => {
      log.rejected(input);
      failures.add(1);
    });
    const time = 'queue' in watched ? (await connect()).time : undefined;
    const now = (): Date => options.now ?? time?.(new Date()) ?? new Date();
    const publisher = mail === undefined ? undefined : await openPublisher(mail, config, now, connect);
    const ports = { logs, inventory: world.source, writer: world.writer, launcher: world.launcher, ledger, publisher };
    await watchInbox(inbox, ports, judgeableConfig(config, world), {
      watched: 'queue' in watched ? 'queue' : 'folder',
      once: options.once ?? false,
      now,
      stop,
      log,
      failures,
      commandOptions: commandOptions(options),
      configFile: configFileOf(options),
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

interface WatchRun extends Pick<WatchOptions, 'once' | 'now' | 'commandOptions' | 'configFile' | 'callerArn'> {
  readonly watched: 'queue' | 'folder';
  readonly stop: Stop;
  readonly log: Log;
  readonly failures: FailureCounter;
}

/** Watches until the signal is aborted, or with `once` until the inbox is empty, and notes the counts every minute and at the end. */
async function watchInbox(
  inbox: Inbox,
  ports: DeliverPorts,
  config: Config,
  { watched, once, now, stop, log, failures, commandOptions, configFile, callerArn }: WatchRun,
): Promise<void> {
  const { watch } = await import('../../pipeline/watch.ts');
  let counts: WatchCounts | undefined;
  const heartbeat = setInterval(() => log.note(heartbeatText(counts, new Date())), HEARTBEAT_MS);
  heartbeat.unref();
  counts = await watch(inbox, ports, config, {
    ...{ ...stop, once, now },
    commandOptions,
    configFile,
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
      if (failed.length > 0) log.warn(notGivenBack(failed.length, watched));
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

/** As `mailOf`, but on a queue mail goes to the configured topic by default. */
function mailFor(
  { mail, ledger }: WatchCommandOptions,
  watched: Watched,
  { alertTopicArn }: Config,
): string | undefined {
  const usual = 'queue' in watched && alertTopicArn !== undefined ? true : undefined;
  return mailOf({ mail: mail ?? usual, ledger });
}
