/** What happens to a process that watches, as far as people who look at it want to know. */

import type { Severity } from '../../audit/finding.ts';

/** Something that was done or found. */
export interface LiveAction {
  readonly at: Date;
  readonly what: 'opened' | 'reopened' | 'found' | 'resolved' | 'done' | 'failed' | 'mailed';
  /** Of a finding. */
  readonly severity?: Severity | undefined;
  readonly text: string;
}

/** Something that happened at a time of the machine's clock. */
export type LiveEvent = { readonly at: Date } & (
  | { readonly kind: 'asking' }
  /** The inbox answered, perhaps that nothing is there. */
  | { readonly kind: 'answered'; readonly messages: number }
  | { readonly kind: 'processed'; readonly batch: LiveBatch }
  /** The inbox could not be read, or a batch not be recorded or mailed. `text` says it in a line, `reason` only why. */
  | { readonly kind: 'read-fault' | 'batch-fault'; readonly text: string; readonly reason: string }
  | { readonly kind: 'rejected'; readonly text: string }
  /** What is open, as the ledger said at `readAt`, and with what this process changed since. */
  | { readonly kind: 'open'; readonly bySeverity: Readonly<Record<Severity, number>>; readonly readAt: Date }
  | { readonly kind: 'stopping' }
);

/** What became of a batch. Lists hold the newest last, and no more than the state keeps. */
export interface LiveBatch {
  readonly messages: number;
  readonly retried: number;
  readonly files: number;
  readonly records: number;
  readonly sessions: number;
  readonly failedRepairs: number;
  readonly mails: number;
  readonly resolved: number;
  readonly rejected: number;
  readonly opened: Readonly<Partial<Record<Severity, number>>>;
  readonly newestRecord?: Date | undefined;
  readonly actions: readonly Omit<LiveAction, 'at'>[];
  readonly failures: readonly string[];
}
