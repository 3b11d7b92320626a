/** The port of the ledger: findings over time, what was processed, what was sent. */

import type { Finding, Judgement, RuleId, Severity } from '../audit/finding.ts';
import type { Outcome } from '../remediation/outcome.ts';

/** What one run saw. Folding the same observation twice changes nothing, and the order of observations does not matter. */
export interface Observation {
  /** When the account was looked at, or the newest event that was read: the time the observation speaks of. */
  readonly at: Date;
  /**
   * What speaks of another time than `at`, by finding id: what records tell is true of the newest of them, however many deliveries
   * later it was read, so that a redelivery says nothing new.
   */
  readonly times?: ReadonlyMap<string, Date> | undefined;
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  readonly outcomes: readonly Outcome[];
  /** How much was looked at and how much of it was in order, by account, region and rule; absent for a run on few resources. */
  readonly coverage?: readonly Coverage[] | undefined;
  /** What was read, for the report's manifest. */
  readonly inputs?: readonly InputManifestEntry[] | undefined;
}

/** Of `checked` resources, `passed` met the rule. */
export interface Coverage {
  readonly accountId: string;
  readonly region: string;
  readonly rule: RuleId;
  readonly checked: number;
  readonly passed: number;
}

/** One object that was read: where, and its SHA-256 as it lay there. */
export interface InputManifestEntry {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly records: number;
}

/** A finding with its history. `status` is what it is now; times are those of the finding's own contract. */
export interface LedgerEntry {
  readonly finding: Finding;
  readonly openedAt: Date;
  /** Null while open or muted. */
  readonly resolvedAt: Date | null;
  /** Who or what resolved it, where a record shows it. */
  readonly resolvedBy?: string | undefined;
  /** How often it was opened: 1, or more when it came back. */
  readonly generation: number;
  /** Absent when it was opened once, at `openedAt`, and open until `resolvedAt`; `openSpansOf` answers for both. */
  readonly openSpans?: readonly OpenSpan[] | undefined;
  readonly notified: Readonly<Partial<Record<AlertStage, Date>>>;
  readonly outcomes: readonly { readonly at: Date; readonly result: Outcome['result']; readonly reason: string }[];
}

/** A time in which a finding was open: `to` is null while it is, `resolved` is false when it ended by an exemption. */
export interface OpenSpan {
  readonly from: Date;
  readonly to: Date | null;
  readonly resolved: boolean;
}

export type AlertStage = 'notified' | 'reminded-day' | 'reminded-week' | 'resolved';

/** What an observation changed; ids in the order of the observation. */
export interface Changes {
  readonly opened: readonly string[];
  readonly reopened: readonly string[];
  readonly resolved: readonly string[];
  readonly unchanged: readonly string[];
}

/** Everything in the query must hold; an absent part does not restrict. */
export interface LedgerQuery {
  readonly ids?: readonly string[] | undefined;
  readonly status?: readonly Finding['status'][] | undefined;
  readonly accountIds?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly rules?: readonly RuleId[] | undefined;
  readonly minSeverity?: Severity | undefined;
  /** Entries that were open at some time in the period. */
  readonly period?: Period | undefined;
}

/** From `since` (inclusive) to `until` (exclusive). */
export interface Period {
  readonly since: Date;
  readonly until: Date;
}

/** A run's coverage and inputs as they were recorded. */
export interface LedgerRun {
  readonly at: Date;
  readonly coverage: readonly Coverage[];
  readonly inputs: readonly InputManifestEntry[];
}

/**
 * The right to do something once. `kind` is what (`delivery`, `alert`, `task`, `sweep`), `key` which one. A claim that was
 * not finished within its lease can be taken again, so that a crash between the deed and its record is repaired.
 */
export interface Claim {
  readonly kind: 'delivery' | 'alert' | 'task' | 'sweep' | 'digest';
  readonly key: string;
}

export interface Ledger {
  /** Folds an observation into the history, atomically. */
  record(observation: Observation): Promise<Changes>;
  /** Entries that match, by urgency. */
  entries(query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  /** Runs of the period, by time. */
  runs(period: Period): Promise<readonly LedgerRun[]>;
  /** Of these claims, the ones that were free and are now ours until `leaseSeconds` after `now`. */
  claim(claims: readonly Claim[], now: Date, leaseSeconds: number): Promise<readonly Claim[]>;
  /** Settles claims: done for ever, or given back. An `alert` claim's key is `findingId:generation:stage`. */
  settle(claims: readonly Claim[], now: Date, how: 'done' | 'released'): Promise<void>;
}
