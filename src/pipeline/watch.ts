/** The pipeline as a process: takes deliveries from an inbox, works each off, acknowledges what is done. */

import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import { type Delivered, type DeliverPorts, deliver } from './deliver.ts';
import type { Recheck } from './recheck.ts';

/** Where deliveries come from: a queue, or a folder. */
export interface Inbox {
  /** The next messages; empty when there is none for now. Waits a while for one, and stops waiting when `signal` is aborted. */
  next(signal: AbortSignal): Promise<readonly Message[]>;
  /** Acknowledges: it is not handed out again. */
  done(message: Message): Promise<void>;
  /** It was not worked off and is to come again: later, or to whoever asks next. */
  left(message: Message): Promise<void>;
  /** Keeps messages from being handed to others while they are worked on; called again and again until `done`. */
  keep(messages: readonly Message[]): Promise<void>;
  /** Brings a message of our own back after its delay. */
  later(recheck: Recheck): Promise<void>;
}

/** What happened so far, for the heartbeat. */
export interface WatchCounts {
  readonly batches: number;
  readonly messages: number;
  readonly failed: number;
  readonly files: number;
  readonly records: number;
  readonly findings: number;
  readonly sessions: number;
  /** The newest event that was read. */
  readonly newestEvent?: Date | undefined;
}

export interface WatchOptions {
  /** Ends when nothing is left, rather than waiting for more. */
  readonly once: boolean;
  /** Aborted to stop: the batch at hand is finished, nothing half done. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** How often `keep` is called while a batch is worked on. */
  readonly keepEveryMs: number;
  readonly onBatch: (delivered: Delivered, counts: WatchCounts) => void;
  /** A batch that could not be recorded or told: its messages come again. */
  readonly onFault: (error: unknown, messages: readonly Message[]) => void;
}

/** Works until stopped, or with `once` until the inbox is empty, and returns the counts. Throws what the inbox throws when it cannot be read. */
export async function watch(
  inbox: Inbox,
  ports: DeliverPorts,
  config: Config,
  options: WatchOptions,
): Promise<WatchCounts> {
  let counts: WatchCounts = { batches: 0, messages: 0, failed: 0, files: 0, records: 0, findings: 0, sessions: 0 };
  while (!options.signal.aborted) {
    const messages = await inbox.next(options.signal);
    if (messages.length === 0) {
      if (options.once) break;
      continue;
    }
    const kept = setInterval(
      () => void inbox.keep(messages).catch((error: unknown) => options.onFault(error, messages)),
      options.keepEveryMs,
    );
    try {
      const delivered = await deliver(messages, ports, config, { now: options.now() });
      const failed = new Set(delivered.failed.map(({ message }) => message));
      for (const recheck of delivered.rechecks) await inbox.later(recheck);
      for (const message of messages) await (failed.has(message) ? inbox.left(message) : inbox.done(message));
      counts = added(counts, messages, delivered);
      options.onBatch(delivered, counts);
    } catch (error) {
      counts = { ...counts, failed: counts.failed + messages.length };
      options.onFault(error, messages);
      for (const message of messages) await inbox.left(message);
      // With `once` the same messages would come at once and fail alike; they stay for the next run.
      if (options.once) break;
    } finally {
      clearInterval(kept);
    }
  }
  return counts;
}

function added(
  counts: WatchCounts,
  messages: readonly Message[],
  { collected, acted, failed }: Delivered,
): WatchCounts {
  const newest = collected.sightings.at(-1)?.eventTime;
  return {
    batches: counts.batches + 1,
    messages: counts.messages + messages.length,
    failed: counts.failed + failed.length,
    files: counts.files + collected.input.files,
    records: counts.records + collected.input.records,
    findings: counts.findings + acted.findings.filter(({ status }) => status === 'open').length,
    sessions:
      counts.sessions +
      acted.outcomes.filter(({ result, step }) => result === 'done' && step.kind === 'create-session').length,
    ...((newest ?? counts.newestEvent) !== undefined && { newestEvent: newest ?? counts.newestEvent }),
  } as WatchCounts;
}
