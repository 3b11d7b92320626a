/** The one model every format is rendered from. */

import { byUrgency, type Finding, type Judgement } from '../audit/finding.ts';
import type { InputManifestEntry, LedgerEntry, LedgerRun, Period } from '../ledger/ledger.ts';
import type { TargetLoad } from '../remediation/plan.ts';
import { type Summary, summarize } from './summary.ts';

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
  readonly period?: Period | undefined;
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

/** An exemption seen from the day of the report. `daysLeft` is negative once it is over. */
export interface ReportExemption {
  readonly match: string;
  readonly rule: string;
  readonly reason: string;
  readonly owner: string;
  /** As configured: a day (`2027-01-31`), which is included, or an instant. */
  readonly expires: string;
  readonly state: 'active' | 'expiring' | 'expired';
  readonly daysLeft: number;
}

/** What happened to a finding, from the ledger. Times are ISO 8601 UTC. */
export interface FindingHistory {
  readonly openedAt: string;
  readonly resolvedAt: string | null;
  readonly resolvedBy?: string | undefined;
  readonly generation: number;
  readonly outcomes: readonly { readonly at: string; readonly result: string; readonly reason: string }[];
}

/**
 * The one model: JSON values only, in a stable order for any order of the source. `schema`, `input`, `summary` and `findings`
 * are the contract of `-o json`; the rest may grow.
 */
export interface Report {
  readonly schema: 'mirrorwatch.report/1';
  readonly input: InputCounts;
  readonly summary: Summary;
  /** By urgency. */
  readonly findings: readonly Finding[];
  readonly generatedAt: string;
  readonly toolVersion: string;
  readonly configHash: string;
  readonly period?: { readonly since: string; readonly until: string };
  /** By finding id. */
  readonly history: Readonly<Record<string, FindingHistory>>;
  readonly judgements: readonly Judgement[];
  readonly exemptions: readonly ReportExemption[];
  readonly manifest: readonly InputManifestEntry[];
}

/** How a report is rendered. Every part has a default, so that `{}` will do. */
export interface RenderOptions {
  /** Muted findings in the formats for people (table, markdown); machine formats always carry them. @default false */
  readonly showMuted?: boolean | undefined;
  /** ANSI colours in the table. @default false */
  readonly color?: boolean | undefined;
  /** Width of the terminal in columns, for the table. @default 100 */
  readonly columns?: number | undefined;
  /** Rows for what was checked and passed, in OCSF, ASFF, JUnit and JSON. @default false */
  readonly includePass?: boolean | undefined;
  /** `metadata.version` of OCSF. @default '1.5.0' */
  readonly ocsfVersion?: OcsfVersion | undefined;
  /** A byte order mark before the CSV, which Excel needs to read UTF-8. @default false */
  readonly excel?: boolean | undefined;
  /** Size of the HTML file above which less urgent findings are left out and it says where they are. @default 9_500_000 */
  readonly maxHtmlBytes?: number | undefined;
}

/** Versions of OCSF that one and the same record satisfies. */
export type OcsfVersion = '1.5.0' | '1.6.0' | '1.7.0' | '1.8.0';

const DAY_MS = 86_400_000;
/** An exemption that ends within so many days is said to be expiring. */
export const EXPIRING_DAYS = 14;

/**
 * The report of a source: findings by urgency, their history by id, the summary, exemptions by the day they end.
 *
 * A finding that only the ledger knows is taken from there; one that was also seen now is as it was seen now, with the older
 * `firstSeen`. The same source in any order gives the same report.
 */
export function composeReport(source: ReportSource): Report {
  const findings = findingsOf(source);
  const judgements = source.judgements.toSorted(byId);
  return {
    schema: 'mirrorwatch.report/1',
    input: { ...source.input, rejected: source.input.rejected.toSorted(byPath) },
    summary: summarize({ ...source, findings, judgements }),
    findings,
    generatedAt: source.generatedAt.toISOString(),
    toolVersion: source.toolVersion,
    configHash: source.configHash,
    ...(source.period && {
      period: { since: source.period.since.toISOString(), until: source.period.until.toISOString() },
    }),
    history: historyOf(source.entries),
    judgements,
    exemptions: exemptionsOf(source),
    manifest: source.manifest.toSorted(byPath),
  };
}

function findingsOf({ findings, entries }: ReportSource): Finding[] {
  const byFindingId = new Map(entries.map((entry) => [entry.finding.id, entry.finding]));
  for (const finding of findings) {
    const known = byFindingId.get(finding.id);
    const firstSeen = known !== undefined && known.firstSeen < finding.firstSeen ? known.firstSeen : finding.firstSeen;
    byFindingId.set(finding.id, firstSeen === finding.firstSeen ? finding : { ...finding, firstSeen });
  }
  return [...byFindingId.values()].sort((a, b) => byUrgency(a, b) || byId(a, b));
}

function historyOf(entries: readonly LedgerEntry[]): Record<string, FindingHistory> {
  const pairs = entries.map((entry): [string, FindingHistory] => [
    entry.finding.id,
    {
      openedAt: entry.openedAt.toISOString(),
      resolvedAt: entry.resolvedAt?.toISOString() ?? null,
      ...(entry.resolvedBy !== undefined && { resolvedBy: entry.resolvedBy }),
      generation: entry.generation,
      outcomes: entry.outcomes.map(({ at, result, reason }) => ({ at: at.toISOString(), result, reason })),
    },
  ]);
  return Object.fromEntries(pairs.sort(([a], [b]) => compare(a, b)));
}

function exemptionsOf({ exemptions, generatedAt }: ReportSource): ReportExemption[] {
  return exemptions
    .map((exemption) => {
      const daysLeft = Math.floor((endOf(exemption.expires) - generatedAt.getTime()) / DAY_MS);
      const state = daysLeft < 0 ? 'expired' : daysLeft < EXPIRING_DAYS ? 'expiring' : 'active';
      return { ...exemption, state, daysLeft } as const;
    })
    .sort((a, b) => compare(a.expires, b.expires) || compare(a.match, b.match) || compare(a.rule, b.rule));
}

/** A plain day lasts until its midnight UTC. A date that cannot be read counts as over: an exemption never outlives its end. */
function endOf(expires: string): number {
  const time = Date.parse(expires);
  if (Number.isNaN(time)) return Number.MIN_SAFE_INTEGER;
  return /^\d{4}-\d{2}-\d{2}$/.test(expires) ? time + DAY_MS : time;
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return compare(a.id, b.id);
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return compare(a.path, b.path);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
