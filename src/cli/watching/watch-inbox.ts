/** Watches an inbox, and tells people: in the log, and in the live view. */

import { plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import type { Delivered, DeliverPorts } from '../../pipeline/deliver.ts';
import type { Inbox, WatchCounts, WatchOptions } from '../../pipeline/watch.ts';
import type { OpenLedger } from '../ledger-and-mail.ts';
import type { Stop } from '../terminal/stop.ts';
import { liveBatch } from './live-batch.ts';
import type { LiveView } from './live-view.ts';
import { followOpenFindings, type OpenFindings } from './open-findings.ts';
import { heartbeatText, logDelivered, notGivenBack } from './words.ts';

const HEARTBEAT_MS = 60_000;
const KEEP_EVERY_MS = 50_000;

/** Counts failures, for the exit code. */
export interface FailureCounter {
  add(count: number): void;
  count(): number;
}

/** A counter that begins with none. */
export function failureCounter(): FailureCounter {
  let failures = 0;
  return {
    add: (count) => {
      failures += count;
    },
    count: () => failures,
  };
}

/** How an inbox is watched. */
export interface WatchRun
  extends Pick<WatchOptions, 'once' | 'now' | 'commandOptions' | 'configFile' | 'callerArn' | 'current'> {
  readonly watched: 'queue' | 'folder';
  readonly stop: Stop;
  readonly view: LiveView;
  /** True if anybody can look at the view, so that it has to say what is open. */
  readonly isShown: boolean;
  readonly failures: FailureCounter;
}

/** The ports, with the ledger as it is opened here. */
type WatchPorts = Omit<DeliverPorts, 'ledger'> & { readonly ledger?: OpenLedger | undefined };

/**
 * Watches until the signal is aborted, or with `once` until the inbox is empty. Notes the counts at the end, and every minute where the view
 * isn't drawn.
 */
export async function watchInbox(inbox: Inbox, ports: WatchPorts, config: Config, run: WatchRun): Promise<void> {
  const { watched, once, now, stop, view, failures, commandOptions, configFile, callerArn, current } = run;
  const { log, tell } = view;
  const { watch } = await import('../../pipeline/watch.ts');
  let counts: WatchCounts | undefined;
  const open = openFindingsFor(ports.ledger, run);
  const everyMinute = (): void => {
    if (!view.isDrawn) log.note(heartbeatText(counts, new Date()));
    void open?.refresh();
  };
  const heartbeat = setInterval(everyMinute, HEARTBEAT_MS);
  heartbeat.unref();
  void open?.refresh();
  counts = await watch(inbox, ports, config, {
    ...{ ...stop, once, now },
    commandOptions,
    configFile,
    callerArn,
    current,
    repeat: repeatKeep,
    onBatch: (delivered, soFar) => {
      const messages = soFar.messages - (counts?.messages ?? 0);
      counts = soFar;
      failures.add(logDelivered(delivered, log));
      tell({ kind: 'processed', at: new Date(), batch: liveBatch(delivered, messages) });
      for (const acted of actedIn(delivered)) open?.changed(acted);
    },
    onFault: (error, messages) => {
      failures.add(messages.length);
      const isRead = messages.length === 0;
      const what = isRead ? 'reading messages' : plural(messages.length, 'message');
      const text = `${what} will be retried: ${messageOf(error)}`;
      log.warn(text);
      tell({ kind: isRead ? 'read-fault' : 'batch-fault', at: new Date(), text, reason: messageOf(error) });
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

/** What is open, where there is a ledger and anybody who wants to know. */
function openFindingsFor(
  ledger: OpenLedger | undefined,
  { isShown, view: { log, tell } }: WatchRun,
): OpenFindings | undefined {
  if (ledger === undefined || !isShown) return undefined;
  return followOpenFindings({
    ledger,
    tell,
    now: () => new Date(),
    onFault: (error) => log.warn(`what is open could not be read from the ledger: ${messageOf(error)}`),
  });
}

function actedIn({ acted, swept }: Delivered): readonly Delivered['acted'][] {
  return [acted, ...swept.map((one) => one.acted)];
}

/** Calls `keep` well before a message's visibility ends. Returns a function that stops the calls. */
function repeatKeep(keep: () => void): () => void {
  const timer = setInterval(keep, KEEP_EVERY_MS);
  return () => clearInterval(timer);
}
