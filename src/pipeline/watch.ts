/** The pipeline as a process: takes deliveries from an inbox, processes each batch, and acknowledges what is done. */

import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import type { RunClock } from '../remediation/apply-plan.ts';
import type { ActRequest } from './act.ts';
import { type Delivered, type DeliverPorts, deliver } from './deliver.ts';
import { sendRechecks } from './holds/send-rechecks.ts';
import type { OwnIdentity } from './looks/own-callers.ts';
import type { Recheck } from './recheck.ts';

/** Where deliveries come from: a queue or a folder. */
export interface Inbox {
  /** The next messages. Waits a while for one, and stops waiting when `signal` is aborted. Empty when none has arrived. */
  next(signal: AbortSignal): Promise<readonly Message[]>;
  /** Acknowledges a message; it is not delivered again. */
  done(message: Message): Promise<void>;
  /** Gives a message back because of this error. It is delivered again, to this reader or another, when that may help. */
  left(message: Message, error: unknown): Promise<void>;
  /** Keeps other readers from getting these messages. Called repeatedly while they are processed. */
  keep(messages: readonly Message[]): Promise<void>;
  /** Delivers one of our own messages after its delay. */
  later(recheck: Recheck): Promise<void>;
}

/** The totals so far, for the heartbeat. */
export interface WatchCounts {
  readonly batches: number;
  readonly messages: number;
  readonly failed: number;
  readonly files: number;
  readonly records: number;
  readonly findings: number;
  readonly sessions: number;
  /** The time of the last event in the latest batch that had any. */
  readonly newestEvent?: Date | undefined;
}

/** How a process watches. */
export interface WatchOptions {
  /** Ends when the inbox is empty instead of waiting for more. */
  readonly once: boolean;
  /** Abort it to stop. The current batch is finished first. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** As in `ActRequest`. */
  readonly commandOptions?: ActRequest['commandOptions'];
  /** The ARN with which this process calls AWS. @default not known */
  readonly callerArn?: OwnIdentity['callerArn'];
  /** Starts the clock of a batch. */
  readonly startClock: () => RunClock;
  /** Calls `keep` at intervals until the returned function is called. */
  readonly repeat: (keep: () => void) => () => void;
  readonly onBatch: (delivered: Delivered, counts: WatchCounts) => void;
  /** Called when a batch could not be recorded or mailed, so its messages are retried, or when `keep` failed. */
  readonly onFault: (error: unknown, messages: readonly Message[]) => void;
}

const NO_COUNTS: WatchCounts = { batches: 0, messages: 0, failed: 0, files: 0, records: 0, findings: 0, sessions: 0 };

/**
 * Processes batches until it is stopped, or with `once` until the inbox is empty, and returns the totals. Throws what the inbox throws
 * when it cannot be read.
 */
export async function watch(
  inbox: Inbox,
  ports: DeliverPorts,
  config: Config,
  options: WatchOptions,
): Promise<WatchCounts> {
  const { once, signal, now, startClock, repeat, onBatch, onFault, commandOptions, callerArn } = options;
  let counts = NO_COUNTS;
  while (!signal.aborted) {
    const messages = await inbox.next(signal);
    if (messages.length === 0) {
      if (once) break;
      continue;
    }
    const stopKeeping = repeat(() => void inbox.keep(messages).catch((error: unknown) => onFault(error, messages)));
    try {
      const delivered = await deliver(messages, ports, config, {
        now: now(),
        clock: startClock(),
        commandOptions,
        callerArn,
      });
      await sendRechecks(delivered.rechecks, (recheck) => inbox.later(recheck), ports.ledger, now());
      await settle(messages, delivered, inbox);
      counts = withBatch(counts, messages, delivered);
      onBatch(delivered, counts);
    } catch (error) {
      counts = { ...counts, failed: counts.failed + messages.length };
      onFault(error, messages);
      for (const message of messages) await inbox.left(message, error);
      // With `once` the same messages would return immediately and fail again. They stay for the next run.
      if (once) break;
    } finally {
      stopKeeping();
    }
  }
  return counts;
}

/** Acknowledges the messages that are done and gives the others back. */
async function settle(messages: readonly Message[], { failed }: Delivered, inbox: Inbox): Promise<void> {
  const errors = new Map(failed.map(({ message, error }) => [message, error]));
  for (const message of messages)
    await (errors.has(message) ? inbox.left(message, errors.get(message)) : inbox.done(message));
}

function withBatch(
  counts: WatchCounts,
  messages: readonly Message[],
  { collected: { input, sightings }, acted: { findings, outcomes }, failed }: Delivered,
): WatchCounts {
  const open = findings.filter(({ status }) => status === 'open');
  const created = outcomes.filter(({ result, step }) => result === 'done' && step.kind === 'create-session');
  return {
    batches: counts.batches + 1,
    messages: counts.messages + messages.length,
    failed: counts.failed + failed.length,
    files: counts.files + input.files,
    records: counts.records + input.records,
    findings: counts.findings + open.length,
    sessions: counts.sessions + created.length,
    newestEvent: sightings.at(-1)?.eventTime ?? counts.newestEvent,
  };
}
