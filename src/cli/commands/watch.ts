/** `mirrorwatch watch`: the pipeline as a plain process, on a queue or a folder. */

import type { Command } from 'commander';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { Rejected } from '../../report/report.ts';
import { nothingToJudge } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { openChannelsFor, openLedger, openPublisher } from '../ledger-and-mail.ts';
import { loadConfig } from '../load-config.ts';
import {
  type CommonOptions,
  commandOptions,
  configFileOf,
  mailOf,
  withAccount,
  withMail,
  withSave,
} from '../options.ts';
import { withMembers } from '../organization-members.ts';
import { isLoopback, readServeAddress, type ServeAddress } from '../serving/address.ts';
import type { LiveServer } from '../serving/server.ts';
import { stopBySignal } from '../terminal/stop.ts';
import { toolVersion } from '../version.ts';
import { type LiveView, openLiveView } from '../watching/live-view.ts';
import { folderProbe, observedInbox } from '../watching/observed-inbox.ts';
import { openInbox, type Watched } from '../watching/open-inbox.ts';
import { failureCounter, watchInbox } from '../watching/watch-inbox.ts';
import { leftOnStop } from '../watching/words.ts';
import { judgeableConfig, openWorld, openWorldOrRecords } from '../world.ts';

interface WatchCommandOptions extends CommonOptions {
  readonly once?: boolean | undefined;
  readonly mail?: string | true | undefined;
  readonly save?: string | undefined;
  readonly serve?: string | undefined;
  readonly serveAnyHost?: boolean | undefined;
}

/** Adds `watch`. */
export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('Run the pipeline on each delivery of a queue, or on each new log file in a folder.')
    .option('--queue <url>', 'long-poll this SQS queue')
    .option('--folder <dir>', 'watch this folder (the local world)')
    .option('--once', 'process what is there, then exit')
    .option(
      '--serve <address>',
      'a live page with /metrics and /healthz at this port, or IP address:port (loopback only)',
    )
    .option('--serve-any-host', 'for --serve: any address and any Host header; whoever reaches it reads the page');
  withAccount(withSave(withMail(command, ' (the default on a queue)')), { records: true })
    .addHelpText(
      'after',
      `
On SIGTERM and SIGINT it exits within two seconds: it finishes the current
batch, or gives its messages back for others to take. A second signal ends it
at once. On a terminal it shows what it does; piped, it prints lines.

Examples:
  mirrorwatch watch --queue $QUEUE_URL --ledger dynamodb://mirrorwatch
  mirrorwatch watch --folder in/ --account account.json \\
    --ledger history.sqlite --mail mail/
  mirrorwatch watch --queue $QUEUE_URL --serve 9464`,
    )
    .action(run);
}

async function run(
  options: WatchCommandOptions & { readonly queue?: string | undefined; readonly folder?: string | undefined },
): Promise<void> {
  const watched = watchedBy(options);
  const address = serveAddressOf(options);
  const view = openLiveView(options, {
    version: toolVersion(),
    watched:
      'queue' in watched ? { kind: 'queue', name: queueName(watched.queue) } : { kind: 'folder', name: watched.folder },
    hasLedger: options.ledger !== undefined,
    startedAt: new Date(),
  });
  const config = await loadConfig(options, view.log);
  const mail = mailFor(options, watched, config);
  const server = address && (await openServer(address, options, view));
  try {
    await watchWith(options, { watched, config, mail, view });
  } finally {
    server?.close();
    view.close();
  }
}

/** What a run of `watch` was asked for. */
interface Asked {
  readonly watched: Watched;
  readonly config: Config;
  readonly mail: string | undefined;
  readonly view: LiveView;
}

async function watchWith(options: WatchCommandOptions, { watched, config, mail, view }: Asked): Promise<void> {
  const { log } = view;
  const failures = failureCounter();
  const connect = connectionTo(config);
  const open = 'queue' in watched && options.account !== 'none' ? openWorld : openWorldOrRecords;
  const world = await open(options, config, connect, log);
  const nothing = nothingToJudge(config, world, { records: true });
  if (nothing !== undefined) log.warn(nothing);
  const reject = (input: Rejected): void => {
    log.rejected(input);
    view.tell({ kind: 'rejected', at: new Date(), text: `${input.path}: ${input.reason}` });
    failures.add(1);
  };
  world.problems.forEach(reject);
  const ledger = options.ledger === undefined ? undefined : await openLedger(options.ledger, connect);
  const stop = stopBySignal((name) => {
    view.tell({ kind: 'stopping', at: new Date() });
    log.note(`${name}: stopping; a second signal ends it at once`);
  });
  if ('folder' in watched)
    stop.signal.addEventListener('abort', () => log.note(leftOnStop(options.ledger)), { once: true });
  try {
    const { inbox, logs } = await openInbox(watched, options, connect, { ledger, source: world.source }, reject);
    const time = 'queue' in watched ? (await connect()).time : undefined;
    const now = (): Date => options.now ?? time?.(new Date()) ?? new Date();
    const publisher = mail === undefined ? undefined : await openPublisher(mail, config, now, connect);
    const channels = mail === undefined ? undefined : await openChannelsFor(mail, config, connect);
    const { source: inventory, writer, launcher } = world;
    const ports = { logs, inventory, writer, launcher, ledger, publisher, channels };
    view.begin();
    const probe = 'folder' in watched ? folderProbe(watched.folder) : undefined;
    await watchInbox(observedInbox(inbox, view.tell, probe), ports, judgeableConfig(config, world), {
      watched: 'queue' in watched ? 'queue' : 'folder',
      once: options.once ?? false,
      now,
      stop,
      view,
      isShown: view.isDrawn || options.serve !== undefined,
      failures,
      commandOptions: commandOptions(options),
      configFile: configFileOf(options),
      current: (before) => withMembers(before, world, connect),
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

/** As `mailOf`, but on a queue mail goes to the configured topic by default. */
function mailFor(
  { mail, ledger }: WatchCommandOptions,
  watched: Watched,
  { alertTopicArn }: Config,
): string | undefined {
  const usual = 'queue' in watched && alertTopicArn !== undefined ? true : undefined;
  return mailOf({ mail: mail ?? usual, ledger });
}

/** Where to serve, if it was asked for. */
function serveAddressOf({ serve, serveAnyHost = false }: WatchCommandOptions): ServeAddress | undefined {
  if (serve !== undefined) return readServeAddress(serve, serveAnyHost);
  if (serveAnyHost) throw new PipelineError('usage', '--serve-any-host is for --serve, which is missing');
  return undefined;
}

/** Serves before anything is read: an address that cannot be had must not be found out after work was done. */
async function openServer(
  address: ServeAddress,
  { serveAnyHost: anyHost = false }: WatchCommandOptions,
  { log, state }: LiveView,
): Promise<LiveServer> {
  const { serveLive } = await import('../serving/server.ts');
  const server = await serveLive(address, { state, anyHost });
  log.note(`serving the live view at ${server.url} (also /metrics and /healthz)`);
  if (!isLoopback(address.host))
    log.warn(`whoever reaches ${server.url} reads accounts, resources and findings: there is no password`);
  else if (anyHost) log.warn('every Host is believed: a site that you visit can read the page through your browser');
  return server;
}

/** The queue's name, without the account in its URL. */
function queueName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
