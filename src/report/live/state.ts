/** What a process that watches is doing now: one value, made from what happened to it, and shown on a terminal, a page and as metrics. */

import { SEVERITIES, type Severity } from '../../audit/finding.ts';
import { truncate } from '../../collections.ts';
import type { LiveAction, LiveBatch, LiveEvent } from './events.ts';

export type { LiveAction } from './events.ts';

/** What is watched: `name` is the queue's name or the folder's path. */
export interface LiveWatched {
  readonly kind: 'queue' | 'folder';
  readonly name: string;
}

/** Totals since the process started. */
export interface LiveCounts {
  /** Batches that were processed to their end. */
  readonly batches: number;
  /** Batches that could not be recorded or mailed, so that all their messages are retried. */
  readonly failedBatches: number;
  readonly messages: number;
  /** Messages that are delivered again: they were not finished. */
  readonly retried: number;
  readonly files: number;
  readonly records: number;
  readonly sessions: number;
  readonly failedRepairs: number;
  readonly mails: number;
  readonly resolved: number;
  /** Findings that were opened or reopened; without a ledger, open findings in batches, repeats included. */
  readonly opened: Readonly<Record<Severity, number>>;
  /** Inputs that were not read: files, records, deliveries that were refused. */
  readonly rejected: number;
  /** Failed attempts to read the inbox. */
  readonly readFaults: number;
}

/** Something that went wrong. */
export interface LiveFailure {
  readonly at: Date;
  readonly text: string;
}

/** The state. All times are those of the machine's clock, except `newestRecord`. */
export interface LiveState {
  readonly version: string;
  readonly watched: LiveWatched;
  /** False without a ledger: then nobody knows what is open. */
  readonly hasLedger: boolean;
  readonly startedAt: Date;
  readonly counts: LiveCounts;
  /** What is open by the ledger, and when all of it was last read there. Undefined until it was read. */
  readonly open?: { readonly bySeverity: Readonly<Record<Severity, number>>; readonly readAt: Date } | undefined;
  /** When the inbox last answered, also that nothing is there. */
  readonly lastRead?: Date | undefined;
  readonly newestDelivery?: Date | undefined;
  /** The `eventTime` of the newest record that concerned anything that is judged. */
  readonly newestRecord?: Date | undefined;
  /** The batch in work. */
  readonly work?: { readonly since: Date; readonly messages: number } | undefined;
  /** Since when every attempt to read the inbox fails, and why the last one did. */
  readonly readFault?: { readonly since: Date; readonly reason: string } | undefined;
  /** Since when every batch fails, and why the last one did. */
  readonly batchFault?: { readonly since: Date; readonly reason: string } | undefined;
  /** The newest, newest first. */
  readonly actions: readonly LiveAction[];
  readonly failures: readonly LiveFailure[];
  readonly isStopping: boolean;
}

/** How many actions and failures are kept. */
export const MOST_KEPT = 20;
/** The most characters of a text that are kept: what records say may be long. */
const MOST_TEXT = 400;

const NONE: Readonly<Record<Severity, number>> = { low: 0, medium: 0, high: 0, critical: 0 };

const NO_COUNTS: LiveCounts = {
  batches: 0,
  failedBatches: 0,
  messages: 0,
  retried: 0,
  files: 0,
  records: 0,
  sessions: 0,
  failedRepairs: 0,
  mails: 0,
  resolved: 0,
  opened: NONE,
  rejected: 0,
  readFaults: 0,
};

/** The state of a process that has just started. */
export function liveStart(begun: Pick<LiveState, 'version' | 'watched' | 'hasLedger' | 'startedAt'>): LiveState {
  return { ...begun, counts: NO_COUNTS, actions: [], failures: [], isStopping: false };
}

/** The state after something happened. */
export function afterEvent(state: LiveState, event: LiveEvent): LiveState {
  const { at } = event;
  switch (event.kind) {
    case 'asking':
      return afterAsking(state);
    case 'answered': {
      const read = { ...state, lastRead: at, readFault: undefined };
      return event.messages === 0
        ? read
        : { ...read, newestDelivery: at, work: { since: at, messages: event.messages } };
    }
    case 'processed':
      return afterBatch(state, at, event.batch);
    case 'batch-fault':
      return {
        ...withFailures(state, [{ at, text: event.text }]),
        batchFault: { since: state.batchFault?.since ?? at, reason: truncate(event.reason, MOST_TEXT) },
      };
    case 'read-fault':
      return {
        ...withFailures(state, [{ at, text: event.text }]),
        counts: { ...state.counts, readFaults: state.counts.readFaults + 1 },
        readFault: { since: state.readFault?.since ?? at, reason: truncate(event.reason, MOST_TEXT) },
      };
    case 'rejected':
      return {
        ...withFailures(state, [{ at, text: event.text }]),
        counts: { ...state.counts, rejected: state.counts.rejected + 1 },
      };
    case 'open':
      return { ...state, open: { bySeverity: event.bySeverity, readAt: event.readAt } };
    case 'stopping':
      return { ...state, isStopping: true };
  }
}

/** How many findings are open, all severities together. */
export function totalOf(bySeverity: Readonly<Record<Severity, number>>): number {
  return SEVERITIES.reduce((sum, severity) => sum + bySeverity[severity], 0);
}

/** The inbox is asked again, so the batch before has ended. If it wasn't processed, all of it is retried. */
function afterAsking(state: LiveState): LiveState {
  const { work, counts } = state;
  if (work === undefined) return state;
  return {
    ...state,
    work: undefined,
    counts: {
      ...counts,
      failedBatches: counts.failedBatches + 1,
      retried: counts.retried + work.messages,
    },
  };
}

function afterBatch(state: LiveState, at: Date, batch: LiveBatch): LiveState {
  const { counts, newestRecord } = state;
  const newest = batch.newestRecord;
  const opened = Object.fromEntries(
    SEVERITIES.map((severity) => [severity, counts.opened[severity] + (batch.opened[severity] ?? 0)]),
  );
  return {
    ...withFailures(
      state,
      batch.failures.map((text) => ({ at, text })),
    ),
    counts: {
      ...counts,
      batches: counts.batches + 1,
      messages: counts.messages + batch.messages,
      retried: counts.retried + batch.retried,
      files: counts.files + batch.files,
      records: counts.records + batch.records,
      sessions: counts.sessions + batch.sessions,
      failedRepairs: counts.failedRepairs + batch.failedRepairs,
      mails: counts.mails + batch.mails,
      resolved: counts.resolved + batch.resolved,
      opened: { ...NONE, ...opened },
      rejected: counts.rejected + batch.rejected,
    },
    newestRecord: newest !== undefined && (newestRecord === undefined || newest > newestRecord) ? newest : newestRecord,
    work: undefined,
    batchFault: undefined,
    actions: [...newestFirst(batch.actions, at), ...state.actions].slice(0, MOST_KEPT),
  };
}

function withFailures(state: LiveState, failures: readonly LiveFailure[]): LiveState {
  if (failures.length === 0) return state;
  const newest = failures.map(({ at, text }) => ({ at, text: truncate(text, MOST_TEXT) })).toReversed();
  // What fails again and again in the same way takes one line.
  const last = newest.at(-1);
  const before = state.failures[0]?.text === last?.text ? state.failures.slice(1) : state.failures;
  return { ...state, failures: [...newest, ...before].slice(0, MOST_KEPT) };
}

function newestFirst(actions: LiveBatch['actions'], at: Date): readonly LiveAction[] {
  return actions.map((action) => ({ ...action, at, text: truncate(action.text, MOST_TEXT) })).toReversed();
}
