/** `mirrorwatch watch`: the pipeline as a plain process, on a queue or a folder. */

import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import { messageOf, PipelineError } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { DeliverPorts } from '../pipeline/deliver.ts';
import type { Inbox, WatchCounts } from '../pipeline/watch.ts';
import { mailOption } from './audit.ts';
import { CLEAN, INCOMPLETE } from './exit-codes.ts';
import { type Log, openLog } from './log.ts';
import { type CommonOptions, withAccount } from './options.ts';
import { loadConfig, openLedger, openPublisher, openWorld, openWorldOrRecords } from './world.ts';

interface WatchOptions extends CommonOptions {
  readonly queue?: string;
  readonly folder?: string;
  readonly once?: boolean;
  readonly mail?: string | true;
  readonly save?: string;
}

const HEARTBEAT_MS = 60_000;
const KEEP_EVERY_MS = 50_000;
/** SQS's longest wait: one call in twenty seconds while nothing happens. */
const WAIT_SECONDS = 20;

/** Adds `watch`. */
export function addWatch(program: Command): void {
  withAccount(
    program
      .command('watch')
      .description('run the pipeline on each delivery of a queue, or on each log file that appears in a folder'),
  )
    .option('--queue <url>', 'long-poll this SQS queue')
    .option('--folder <dir>', 'watch this folder (the local world)')
    .option('--once', 'work off what is there, then end')
    .option(
      '--mail [folder]',
      'mail what is due: into this folder, or to alertTopicArn (the default on a queue); needs --ledger',
    )
    .option('--save <file>', 'where the changed copy of a snapshot goes (default: beside it, as NAME.applied.json)')
    .addHelpText(
      'after',
      '\nExamples:\n  mirrorwatch watch --queue https://sqs.eu-west-1.amazonaws.com/111122223333/deliveries --ledger dynamodb://mirrorwatch\n  mirrorwatch watch --folder incoming/ --account account.json --ledger mirrorwatch.sqlite --mail mail/',
    )
    .action(run);
}

async function run(options: WatchOptions): Promise<void> {
  const { queue, folder, once = false } = options;
  if ((queue === undefined) === (folder === undefined))
    throw new PipelineError('usage', 'give either --queue URL or --folder DIR');
  const log = openLog(options);
  const config = await loadConfig(options, log);
  const world =
    queue === undefined ? await openWorldOrRecords(options, config, log) : await openWorld(options, config, log);
  for (const input of world.problems) log.rejected(input);
  const ledger = options.ledger === undefined ? undefined : await openLedger(options.ledger, config);
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  let failures = world.problems.length;
  try {
    const { inbox, ports } = await open(options, config, ledger, log, () => {
      failures += 1;
    });
    const effective = world.kind === 'records' ? { ...config, mirroring: null } : config;
    const publisher = await publisherOf(options, config, ledger);
    const { watch } = await import('../pipeline/watch.ts');
    let counts: WatchCounts | undefined;
    const heartbeat = setInterval(() => log.note(heartbeatText(counts, new Date())), HEARTBEAT_MS);
    heartbeat.unref();
    counts = await watch(
      inbox,
      {
        ...ports,
        inventory: world.source,
        ...(world.writer && { writer: world.writer }),
        ...(ledger && { ledger }),
        ...(publisher && { publisher }),
      },
      effective,
      {
        once,
        signal: stop.signal,
        now: () => options.now ?? new Date(),
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

async function open(
  { queue, folder, once = false }: WatchOptions,
  config: Config,
  ledger: Ledger | undefined,
  log: Log,
  onRejected: () => void,
): Promise<{ inbox: Inbox; ports: Pick<DeliverPorts, 'logs'> }> {
  if (queue !== undefined) {
    const [{ openAws }, { queueInbox }] = await Promise.all([
      import('../aws/ports.ts'),
      import('../aws/queue-inbox.ts'),
    ]);
    const aws = await openAws(config);
    return { inbox: queueInbox(aws.queues, queue, once ? 1 : WAIT_SECONDS), ports: { logs: aws.logs } };
  }
  const [{ folderInbox }, { folderLogStore }, { overdueRechecks }] = await Promise.all([
    import('../local/folder-inbox.ts'),
    import('../local/folder-log-store.ts'),
    import('../pipeline/recheck.ts'),
  ]);
  const now = (): Date => new Date();
  const rechecks = ledger === undefined ? [] : await overdueRechecks(ledger, now());
  const inbox = folderInbox(folder ?? '', {
    now,
    rechecks,
    onRejected: (input) => {
      log.rejected(input);
      onRejected();
    },
    ...(ledger && { ledger }),
  });
  return { inbox, ports: { logs: folderLogStore(inbox.root) } };
}

async function publisherOf(
  options: WatchOptions,
  config: Config,
  ledger: Ledger | undefined,
): Promise<DeliverPorts['publisher']> {
  const { mail } = mailOption(options.mail);
  const wanted = mail !== undefined || (options.queue !== undefined && config.alertTopicArn !== undefined);
  if (!wanted) return undefined;
  if (ledger === undefined)
    throw new PipelineError('usage', 'mail needs --ledger, which knows what was mailed already');
  return openPublisher(mail === '' ? undefined : mail, config, () => options.now ?? new Date());
}

function nameOf({ messageId, body }: Message): string {
  return messageId === undefined ? JSON.stringify(body).slice(0, 200) : `message ${messageId}`;
}

function heartbeatText(counts: WatchCounts | undefined, now: Date): string {
  if (counts === undefined) return 'alive: nothing was delivered yet';
  const { messages, failed, files, records, findings, sessions, newestEvent } = counts;
  const lag =
    newestEvent === undefined
      ? ''
      : `, newest event ${Math.max(0, Math.round((now.getTime() - newestEvent.getTime()) / 1000))} s ago`;
  return `alive: ${messages} messages (${failed} left), ${files} files, ${records} records, ${findings} open findings, ${sessions} sessions made${lag}`;
}
