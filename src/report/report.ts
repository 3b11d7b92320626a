/** The one model every format is rendered from. */

import type { Finding, Judgement } from '../audit/finding.ts';
import type { InputManifestEntry, LedgerEntry, LedgerRun, Period } from '../ledger/ledger.ts';
import type { TargetLoad } from '../remediation/plan.ts';

/** Something that was not read, by name: a file, an object, a record, a list of the account. */
export interface Rejected {
  readonly path: string;
  readonly reason: string;
}

/** What went in; the same figures stand in every format. */
export interface InputCounts {
  readonly files: number;
  readonly records: number;
  /** Inflated bytes. */
  readonly bytes: number;
  readonly sightings: number;
  /** Launches that succeeded. */
  readonly launches: number;
  /** Known kinds that are not judged (digest, insight, aggregated, folder, …) by kind. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly rejected: readonly Rejected[];
}

/** What a report is composed from. Lists that do not apply are empty; `entries` and `runs` come from the ledger. */
export interface ReportSource {
  readonly generatedAt: Date;
  readonly toolVersion: string;
  readonly configHash: string;
  readonly period?: Period;
  readonly input: InputCounts;
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  readonly entries: readonly LedgerEntry[];
  readonly runs: readonly LedgerRun[];
  readonly load: readonly TargetLoad[];
  readonly manifest: readonly InputManifestEntry[];
  readonly exemptions: readonly {
    readonly match: string;
    readonly rule: string;
    readonly reason: string;
    readonly owner: string;
    readonly expires: string;
  }[];
}
