/** `mirrorwatch watch`: the pipeline as a plain process, on a queue or a folder. */

import type { Command } from 'commander';
import type { Config } from '../../config.ts';
import type { Message } from '../../delivery/envelope.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { DeliverPorts } from '../../pipeline/deliver.ts';
import type { Inbox, WatchCounts } from '../../pipeline/watch.ts';
import { durationWords } from '../../report/words.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { type Log, openLog } from '../log.ts';
import { type CommonOptions, mailOf, withAccount } from '../options.ts';
import {
  type Connect,
  connectionTo,
  followable,
  loadConfig,
  openLedger,
  openPublisher,
  openWorld,
  openWorldOrRecords,
} from '../world.ts';

interface WatchOptions extends CommonOptions {
  readonly queue?: string | undefined;
  readonly folder?: string | undefined;
  readonly once?: boolean | undefined;
  readonly mail?: string | true | undefined;
  readonly save?: string | undefined;
}

const HEARTBEAT_MS = 60_000;
const KEEP_EVERY_MS = 50_000;
/** SQS's longest wait: one call in twenty seconds while nothing happens. */
const WAIT_SECONDS = 20;

/** Adds `watch`. */
export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('Run the pipeline on each delivery of a queue, or on each log file that appears in a folder.')
    .option('--queue <url>', 'long-poll this SQS queue')
    .option('--folder <dir>', 'watch this folder (the local world)')
    .option('--once', 'work off what is there, then end')
    .option(
      '--mail [folder]',
      'mail what is due: into this folder, or to alertTopicArn (the default on a queue); needs --ledger',
    )
    .option('--save <file>', 'where the changed copy of a snapshot goes (default: beside it, as NAME.applied.json)');
  withAccount(command)
    .addHelpText(
      'after',
      `
It stops at SIGTERM and SIGINT when the work at hand is done.

Examples:
  mirrorwatch watch --queue $QUEUE_URL --ledger dynamodb://mirrorwatch
  mirrorwatch watch --folder in/ --account account.json \\
    --ledger history.sqlite --mail mail/`,
    )
    .action(run);
}

async function run(options: WatchOptions): Promise<void> {
  const { queue, folder, once = false } = options;
  if ((queue === undefined) === (folder === undefined))
    throw new PipelineError('usage', 'give either --queue URL or --folder DIR');
  const log = openLog(options);
  const config = await loadConfig(options, log);
  const mail = mailFor(options, config);
  const connect = connectionTo(config);
  const open = queue === undefined ? openWorldOrRecords : openWorld;
  const world = await open(options, config, connect, log);
  for (const input of world.problems) log.rejected(input);
  const ledger = options.ledger === undefined ? undefined : await openLedger(options.ledger, connect);
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  let failures = world.problems.length;
  try {
    const { inbox, logs } = await inboxOf(options, connect, ledger, log, () => {
      failures += 1;
    });
    const now = (): Date => options.now ?? new Date();
    const publisher = mail === undefined ? undefined : await openPublisher(mail, config, now, connect);
    const { watch } = await import('../../pipeline/watch.ts');
    let counts: WatchCounts | undefined;
    const heartbeat = setInterval(() => log.note(heartbeatText(counts, new Date())), HEARTBEAT_MS);
    heartbeat.unref();
    counts = await watch(
      inbox,
      {
        logs,
        inventory: world.source,
        ...(world.writer && { writer: world.writer }),
        ...(world.launcher && { launcher: world.launcher }),
        ...(ledger && { ledger }),
        ...(publisher && { publisher }),
      },
      followable(config, world),
      {
        once,
        signal: stop.signal,
        now,
        keepEveryMs: KEEP_EVERY_MS,
        onBatch: (delivered, soFar) => {
          counts = soFar;
          const { input, refused, failed } = delivered.collected;
          for (const input_ of [...input.rejected, ...refused, ...delivered.assessment.unread]) log.rejected(input_);
          for (const { message, error } of delivered.failed)
            log.warn(`${nameOf(message)} is left for another try: ${messageOf(error)}`);
          failures += input.rejected.length + delivered.failed.length + failed.length;
          if (delivered.acted.sent?.message !== undefined) log.note(`mailed: ${delivered.acted.sent.message.subject}`);
        },
        onFault: (error, messages) => {
          failures += messages.length;
          log.warn(`${messages.length} messages are left for another try: ${messageOf(error)}`);
        },
      },
    );
    clearInterval(heartbeat);
    log.note(heartbeatText(counts, new Date()));
  } finally {
    await ledger?.close();
    await world.close();
  }
  process.exitCode = failures > 0 ? INCOMPLETE : CLEAN;
}

async function inboxOf(
  { queue, folder = '', once = false }: WatchOptions,
  connect: Connect,
  ledger: Ledger | undefined,
  log: Log,
  onRejected: () => void,
): Promise<{ readonly inbox: Inbox; readonly logs: DeliverPorts['logs'] }> {
  if (queue !== undefined) {
    const { queueInbox } = await import('../../aws/queue-inbox.ts');
    const { queues, logs } = await connect();
    return { inbox: queueInbox(queues, queue, once ? 1 : WAIT_SECONDS), logs };
  }
  const [{ folderInbox }, { overdueRechecks }] = await Promise.all([
    import('../../local/folder-inbox.ts'),
    import('../../pipeline/recheck.ts'),
  ]);
  const now = (): Date => new Date();
  const inbox = folderInbox(folder, {
    now,
    rechecks: ledger === undefined ? [] : await overdueRechecks(ledger, now()),
    onRejected: (input) => {
      log.rejected(input);
      onRejected();
    },
    ...(ledger && { ledger }),
  });
  return { inbox, logs: inbox.logs };
}

/** On a queue the configured topic is mailed to without being asked, as long as there is a ledger to know what was sent. */
function mailFor(options: WatchOptions, { alertTopicArn }: Config): string | undefined {
  const asked = options.mail ?? (options.queue !== undefined && alertTopicArn !== undefined ? true : undefined);
  const { mail: _, ...rest } = options;
  return mailOf(asked === undefined ? rest : { ...rest, mail: asked });
}

function nameOf({ messageId, body }: Message): string {
  if (messageId !== undefined) return `message ${messageId}`;
  const { bucket, key } = Object(body) as { readonly bucket?: unknown | undefined; readonly key?: unknown };
  return typeof bucket === 'string' && typeof key === 'string'
    ? `${bucket}/${key}`
    : JSON.stringify(body).slice(0, 200);
}

function heartbeatText(counts: WatchCounts | undefined, now: Date): string {
  if (counts === undefined) return 'alive: nothing was delivered yet';
  const { messages, failed, files, records, findings, sessions, newestEvent } = counts;
  const lag =
    newestEvent === undefined
      ? ''
      : `, newest event ${durationWords(Math.max(0, (now.getTime() - newestEvent.getTime()) / 1000))} ago`;
  return `alive: ${messages} messages (${failed} left), ${files} files, ${records} records, ${findings} open findings, ${sessions} sessions made${lag}`;
}
