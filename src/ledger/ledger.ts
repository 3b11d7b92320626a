/** The port of the ledger: findings over time, what was processed, and what was mailed. */

import type { Finding, Judgement, RuleId, Severity } from '../audit/finding.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { Outcome } from '../remediation/outcome.ts';
import type { RunReading } from './reading.ts';

/** What one run saw. Recording the same observation twice changes nothing, and the order of observations does not matter. */
export interface Observation {
  /** The time of the observation: when the account was read, or the newest event in the logs. */
  readonly at: Date;
  /**
   * Times that differ from `at`, by finding id. What a look at the account shows is dated at the look. What records alone show is
   * dated at the newest record that decides it, however late it was delivered: it does not overturn a later look.
   */
  readonly times?: ReadonlyMap<string, Date> | undefined;
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  /**
   * The ids of judgements that rest on a look at the account. They resolve an open finding, and are not kept otherwise: a complete look
   * says the same for everything it judged. Judgements by records alone are kept, since an older record may still be delivered.
   * @default none
   */
  readonly looked?: ReadonlySet<string> | undefined;
  readonly outcomes: readonly Outcome[];
  /** The time of outcomes without their own. @default at */
  readonly repairedAt?: Date | undefined;
  /** How many resources were checked and passed, by account, region and rule. Absent for a run on a few resources. */
  readonly coverage?: readonly Coverage[] | undefined;
  /** The objects that were read, for the report's manifest. */
  readonly inputs?: readonly InputManifestEntry[] | undefined;
  /** What the run read, and what it could not read, reach or judge. */
  readonly reading?: RunReading | undefined;
}

/** Of `checked` resources, `passed` complied with the rule. */
export interface Coverage {
  readonly accountId: string;
  readonly region: string;
  readonly rule: RuleId;
  readonly checked: number;
  readonly passed: number;
  /** Resources that could not be judged; they are not among the `checked`. Absent means none. */
  readonly unknown?: number | undefined;
}

/** One object that was read, or found to be empty: its location, and the SHA-256 of its bytes as stored there. */
export interface InputManifestEntry {
  readonly path: string;
  readonly sha256: string;
  /** The size as stored: compressed, if the object is. */
  readonly bytes: number;
  readonly records: number;
  /** The size after decompression. Absent in entries of older versions. */
  readonly inflatedBytes?: number | undefined;
  /** What was found in it, before repeats in other objects are left out. Absent in entries of older versions. */
  readonly sightings?: number | undefined;
  readonly launches?: number | undefined;
  /** How many of its values are not records. Absent means none. */
  readonly rejected?: number | undefined;
  /** Why records may be missing: it is cut off or damaged, or longer than the limit. */
  readonly damage?: string | undefined;
  /** `empty` for an object of zero bytes. It was skipped, and counts as no file. */
  readonly skipped?: 'empty' | undefined;
}

/** A finding with its history. `finding.status` is the current status. */
export interface LedgerEntry {
  readonly finding: Finding;
  /** When it was last opened. */
  readonly openedAt: Date;
  /** Null while open or muted. */
  readonly resolvedAt: Date | null;
  /** Who resolved it, if a record shows it; or that the configuration no longer judges it (`closed.ts`). */
  readonly resolvedBy?: string | undefined;
  /** When it was last judged to be in order: what a later opening is due to came after that. Absent if it never was, or not since rows keep it. */
  readonly inOrderAt?: Date | undefined;
  /** How often it was opened: 1, or more if it was reopened. */
  readonly generation: number;
  /** Absent if it was opened only once, at `openedAt`, and never muted. Use `openSpansOf`, which handles both cases. */
  readonly openSpans?: readonly OpenSpan[] | undefined;
  /** When a mail of each stage was first sent about the last opening (`noted-mails.ts`). */
  readonly notified: Told;
  /** When the same was first told in the other channels. Absent for a channel that was told nothing about the last opening, and if none was. */
  readonly toldIn?: Readonly<Partial<Record<Channel, Told>>> | undefined;
  /**
   * True if the last that Security Hub was told of the finding, about whichever opening, is that it is active: what was opened, resolved and
   * opened again between two runs may be noted there for its first opening alone. Absent otherwise.
   */
  readonly activeInHub?: true | undefined;
  /** The newest repairs that were tried, oldest first. */
  readonly outcomes: readonly { readonly at: Date; readonly result: Outcome['result']; readonly reason: string }[];
}

/** A period in which a finding was open. `to` is null while it still is. `resolved` is false if it ended with an exemption, or as the configuration no longer judges it. */
export interface OpenSpan {
  readonly from: Date;
  readonly to: Date | null;
  readonly resolved: boolean;
  /** True if it is over because time passed, and nobody remediated anything. @default false */
  readonly inTime?: true | undefined;
}

/** The mails a finding may cause in one generation, in order. */
export const ALERT_STAGES = ['notified', 'reminded-day', 'reminded-week', 'resolved'] as const;

export type AlertStage = (typeof ALERT_STAGES)[number];

/** When each stage was first told. */
export type Told = Readonly<Partial<Record<AlertStage, Date>>>;

/**
 * Where findings are told besides mail: a chat channel, a bus of events, and AWS Security Hub. Each is told of each stage once, whatever the
 * others were told.
 */
export const CHANNELS = ['chat', 'events', 'hub'] as const;

export type Channel = (typeof CHANNELS)[number];

/** A stage of a mail, or of another channel, as the ledger notes it. */
export type NotedStage = AlertStage | `${Channel}/${AlertStage}`;

/** What an observation changed, by finding id, in the order of the observation. A finding about which it says nothing new is in no list. */
export interface Changes {
  readonly opened: readonly string[];
  readonly reopened: readonly string[];
  readonly resolved: readonly string[];
  readonly unchanged: readonly string[];
}

/** A part of what is in sight: an account and region, or the findings by rules that judge no account and region. */
export type Sight = Scope | 'other-rules';

/** An entry must match every part of the query. An absent part matches all entries. */
export interface LedgerQuery {
  readonly ids?: readonly string[] | undefined;
  readonly status?: readonly Finding['status'][] | undefined;
  readonly accountIds?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly rules?: readonly RuleId[] | undefined;
  readonly minSeverity?: Severity | undefined;
  /**
   * Matches what is open or muted, or resolved and still to be told, in one account and region; or of the rules that judge none. It is
   * read without reading anything else.
   */
  readonly inSight?: Sight | undefined;
  /** Matches entries that were open, or were resolved, at some time in the period. */
  readonly period?: Period | undefined;
}

/** From `since` (inclusive) to `until` (exclusive). */
export interface Period {
  readonly since: Date;
  readonly until: Date;
}

/** What was recorded of one run. */
export interface LedgerRun {
  readonly at: Date;
  readonly coverage: readonly Coverage[];
  readonly inputs: readonly InputManifestEntry[];
  /** Absent for a run of an older version, which did not keep it: what it could not read is not known. */
  readonly reading?: RunReading | undefined;
}

/** Which runs to read. */
export interface RunQuery extends Period {
  /** Only the newest complete looks at this account and region, at most `count`, each as a run with nothing but that look. */
  readonly looksAt?: (Scope & { readonly count: number }) | undefined;
}

/**
 * The right to do something. `kind` says what, `key` which one. It has one owner at a time, until the owner settles it or its lease
 * ends: then another run can finish what a crashed one left behind.
 */
export interface Claim {
  readonly kind: 'delivery' | 'alert' | 'task' | 'sweep' | 'digest' | 'recheck' | 'hand-over';
  /** For an `alert`: `findingId:stage`, and in another channel than mail `findingId:channel/stage`. */
  readonly key: string;
  /** For an `alert`: the moment in the finding's history that the mail tells of. @default when the claim is settled */
  readonly of?: Date | undefined;
}

/** How claims are taken. */
export interface Claiming {
  readonly now: Date;
  readonly leaseSeconds: number;
  /** Whose the claims are. Whoever asks under the same name has them already: a retry, or one whose answer was lost. */
  readonly owner: string;
}

/** How claims are settled. */
export interface Settling {
  readonly now: Date;
  readonly owner: string;
  /**
   * `released`: free for others, if the owner still has it. `done`: nobody can claim it again, whoever had it last. An alert that
   * is done is noted as a mail about its finding, and its claim is free for the next opening.
   */
  readonly how: 'done' | 'released';
}

/** The port. Each ledger keeps the newest `MAX_EVIDENCE` events and `MAX_OUTCOMES` outcomes of a finding. */
export interface Ledger {
  /** Adds an observation to the history. Each finding is updated atomically. */
  record(observation: Observation): Promise<Changes>;
  /** The entries that match, most urgent first. */
  entries(query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  /** The runs of the period, oldest first. */
  runs(query: RunQuery): Promise<readonly LedgerRun[]>;
  /** Claims those that are free or the owner's already, until `leaseSeconds` after `now`, and returns them. */
  claim(claims: readonly Claim[], claiming: Claiming): Promise<readonly Claim[]>;
  /** Settles claims. Settling them again changes nothing. */
  settle(claims: readonly Claim[], settling: Settling): Promise<void>;
}
