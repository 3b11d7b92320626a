/** The pipeline as a process: takes deliveries from an inbox, processes each batch, and acknowledges what is done. */

import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import { JUDGE_EVERY_MS } from '../ledger/freshness/freshness-log.ts';
import type { RunClock } from '../remediation/apply-plan.ts';
import type { ActRequest } from './act.ts';
import { type Delivered, type DeliverOptions, type DeliverPorts, deliver } from './deliver.ts';
import { sendRechecks } from './holds/send-rechecks.ts';
import type { OwnIdentity } from './looks/own-callers.ts';
import { failureKind } from './retry/retry-delay.ts';
import { type BatchOptions, batchOf } from './watching/batch.ts';
import type { Inbox } from './watching/inbox.ts';
import { untilStopped } from './watching/until-stopped.ts';

export type { Inbox } from './watching/inbox.ts';

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

/** How a process watches. Abort `signal` to stop it: that takes at most `STOP_MS` and `GIVE_BACK_MS`. */
export interface WatchOptions extends BatchOptions {
  /** Ends when the inbox is empty instead of waiting for more. */
  readonly once: boolean;
  readonly now: () => Date;
  /** As in `ActRequest`. */
  readonly commandOptions?: ActRequest['commandOptions'];
  readonly configFile?: ActRequest['configFile'];
  /** The configuration for the next batch, with what only AWS knows of it. Throws if that cannot be found out. @default the same */
  readonly current?: ((config: Config) => Promise<Config>) | undefined;
  /** The ARN with which this process calls AWS. @default not known */
  readonly callerArn?: OwnIdentity['callerArn'];
  /** Starts the clock of a batch. Its sleep ends when `signal` is aborted. */
  readonly startClock: () => RunClock;
  readonly onBatch: (delivered: Delivered, counts: WatchCounts) => void;
}

const NO_COUNTS: WatchCounts = { batches: 0, messages: 0, failed: 0, files: 0, records: 0, findings: 0, sessions: 0 };

/** Before an inbox is read again that could not be read. */
const PAUSE_MS = 5_000;

/**
 * Processes batches until it is stopped, or with `once` until the inbox is empty, and returns the totals. Throws what the inbox throws
 * when it cannot be read, unless that passes: then it is read again. Every `JUDGE_EVERY_MS` it judges who is silent, also if nothing
 * arrives: perhaps all of them are.
 *
 * When it is stopped, the current batch begins no change and no mail any more. What of it is finished in time is acknowledged, and the rest
 * is given back. Work that goes on even then must be ended with the process; it acknowledges nothing more.
 */
export async function watch(
  inbox: Inbox,
  ports: DeliverPorts,
  config: Config,
  options: WatchOptions,
): Promise<WatchCounts> {
  const { once, signal, onBatch, onFault, current = async (same) => same } = options;
  let counts = NO_COUNTS;
  let askedAt = options.now().getTime();
  while (!signal.aborted) {
    const messages = await received(inbox, options);
    const isQuiet = messages.length === 0;
    if (isQuiet && once) break;
    const nowMs = options.now().getTime();
    const asksForSilence = nowMs - askedAt >= JUDGE_EVERY_MS;
    if (isQuiet && !asksForSilence) continue;
    if (asksForSilence) askedAt = nowMs;
    const batch = batchOf(messages, inbox, options);
    const work = async (): Promise<void> => {
      const delivered = await deliverBatch(messages, ports, await current(config), { ...options, asksForSilence });
      if (isQuiet && delivered.acted.findings.length === 0) return;
      await sendRechecks(delivered.rechecks, (recheck) => inbox.later(recheck), ports.ledger, options.now());
      await batch.settle(delivered);
      counts = withBatch(counts, messages, delivered);
      onBatch(delivered, counts);
    };
    const error = await batch.run(work);
    if (error === undefined) continue;
    counts = { ...counts, failed: counts.failed + messages.length };
    onFault(error, messages);
    // With `once` the same messages would return immediately and fail again. They stay for the next run.
    if (once) break;
  }
  return counts;
}

/** The next messages. Empty after a fault that passes, and a pause. */
async function received(
  inbox: Inbox,
  { once, signal, startClock, onFault }: WatchOptions,
): Promise<readonly Message[]> {
  try {
    return await inbox.next(signal);
  } catch (error) {
    if (once || failureKind(error) !== 'passing') throw error;
    onFault(error, []);
    await startClock().sleep(PAUSE_MS);
    return [];
  }
}

function deliverBatch(
  messages: readonly Message[],
  ports: DeliverPorts,
  config: Config,
  { signal, now, startClock, asksForSilence, ...named }: WatchOptions & Pick<DeliverOptions, 'asksForSilence'>,
): Promise<Delivered> {
  const clock = { ...startClock(), isStopped: () => signal.aborted };
  return deliver(messages, untilStopped(ports, signal), config, {
    now: now(),
    clock,
    asksForSilence,
    commandOptions: named.commandOptions,
    configFile: named.configFile,
    callerArn: named.callerArn,
  });
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
