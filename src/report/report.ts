/** The report model that every format renders. */

import { byUrgency, type Finding, type Judgement } from '../audit/finding.ts';
import { isOnCalls } from '../audit/rule-book.ts';
import { byText, compareText } from '../collections.ts';
import { withKnownCause } from '../ledger/attribution.ts';
import type { InputManifestEntry, LedgerEntry, LedgerRun, Period } from '../ledger/ledger.ts';
import type { InputCounts } from '../ledger/reading.ts';
import type { TargetLoad } from '../remediation/plan.ts';
import type { Freshness } from './freshness/freshness.ts';
import type { Gaps } from './gaps.ts';
import type { AsOf } from './past/as-of.ts';
import { withResolution } from './resolution/resolution.ts';
import { type Summary, summarize } from './summary.ts';

export type { InputCounts, Rejected, RejectedKind } from '../ledger/reading.ts';

/** The data a report is made from. Lists that do not apply are empty; `entries` and `runs` come from the ledger. */
export interface ReportSource {
  readonly generatedAt: Date;
  readonly toolVersion: string;
  readonly configHash: string;
  readonly period?: Period | undefined;
  readonly input: InputCounts;
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  readonly entries: readonly LedgerEntry[];
  /** For the coverage: the period's runs from the ledger, or this very run if it was a complete look. */
  readonly runs: readonly LedgerRun[];
  /** From the ledger. @default none: `input.rejected` and `judgements` say what is missing */
  readonly gaps?: Gaps | undefined;
  /** When accounts and regions spoke last, of a report until now from the ledger. @default not known */
  readonly freshness?: Freshness | undefined;
  readonly load: readonly TargetLoad[];
  /** For a report about an earlier time. */
  readonly asOf?: AsOf | undefined;
  readonly manifest: readonly InputManifestEntry[];
  readonly exemptions: readonly {
    readonly match: string;
    readonly rule: string;
    readonly reason: string;
    readonly owner: string;
    readonly expires: string;
    readonly still?: 'repair' | undefined;
  }[];
}

/** An exemption as of the report's day. `daysLeft` is negative once it has expired. */
export interface ReportExemption {
  readonly match: string;
  readonly rule: string;
  readonly reason: string;
  readonly owner: string;
  /** As configured: a day (`2027-01-31`), the last on which it applies, or an instant. */
  readonly expires: string;
  /** `repair`: what it mutes is repaired all the same. */
  readonly still?: 'repair' | undefined;
  readonly state: 'active' | 'expiring' | 'expired';
  readonly daysLeft: number;
}

/** A finding's history from the ledger. Times are ISO 8601 UTC. */
export interface FindingHistory {
  readonly openedAt: string;
  readonly resolvedAt: string | null;
  readonly resolvedBy?: string | undefined;
  readonly generation: number;
  readonly outcomes: readonly { readonly at: string; readonly result: string; readonly reason: string }[];
}

/**
 * The report model. It holds JSON values only, in an order that does not depend on the order of the source. `schema`, `input`,
 * `summary` and `findings` are the contract of `-o json`; the rest may grow.
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
  readonly period?: { readonly since: string; readonly until: string } | undefined;
  /** By finding id. */
  readonly history: Readonly<Record<string, FindingHistory>>;
  readonly judgements: readonly Judgement[];
  readonly exemptions: readonly ReportExemption[];
  readonly manifest: readonly InputManifestEntry[];
  /** What the period's runs could not read or judge. Absent in a report that no ledger contributes to. */
  readonly gaps?: Gaps | undefined;
  /** When accounts and regions spoke last. Absent in a report that no ledger contributes to, and about an earlier time. */
  readonly freshness?: Freshness | undefined;
  /** The time that the report looks back at; absent in a report about now or about a period. */
  readonly asOf?: AsOf | undefined;
}

/** How to render a report. Every option has a default. */
export interface RenderOptions {
  /** Shows muted findings in the formats for people (table, markdown). Machine formats always carry them. @default false */
  readonly showMuted?: boolean | undefined;
  /** ANSI colours in the table. @default false */
  readonly color?: boolean | undefined;
  /** The terminal's width in columns, for the table. @default 100 */
  readonly columns?: number | undefined;
  /** Adds rows for what was checked and passed, in OCSF, ASFF, JUnit and JSON. @default false */
  readonly includePass?: boolean | undefined;
  /** `metadata.version` of OCSF. @default '1.5.0' */
  readonly ocsfVersion?: OcsfVersion | undefined;
  /** Starts the CSV with a byte order mark, which Excel needs to read UTF-8. @default false */
  readonly excel?: boolean | undefined;
  /** Maximum size of the HTML file. The least urgent findings are left out above it, and the page says so. @default 9_500_000 */
  readonly maxHtmlBytes?: number | undefined;
}

/** OCSF versions. Our records are valid in all of them. */
export type OcsfVersion = '1.5.0' | '1.6.0' | '1.7.0' | '1.8.0';

const DAY_MS = 86_400_000;
/** An exemption that ends within this many days is `expiring`. */
export const EXPIRING_DAYS = 14;

/**
 * Makes the report: findings by urgency, their history by id, the summary, and exemptions by their end.
 *
 * A finding known only to the ledger is taken from there. One that was also seen now is reported as seen now, with the older
 * `firstSeen` and the cause that the ledger knows. Each says how it ended, if it did. The order of the source does not change the report. What rules on calls judged besides
 * their findings is left out: no resource passed them.
 */
export function composeReport(source: ReportSource): Report {
  const findings = findingsOf(source);
  const judgements = source.judgements.filter(isOfResource).toSorted(byId);
  return {
    schema: 'mirrorwatch.report/1',
    input: { ...source.input, rejected: source.input.rejected.toSorted(byPath) },
    summary: summarize({ ...source, findings, judgements }),
    findings,
    generatedAt: source.generatedAt.toISOString(),
    toolVersion: source.toolVersion,
    configHash: source.configHash,
    period: source.period && {
      since: source.period.since.toISOString(),
      until: source.period.until.toISOString(),
    },
    history: historyOf(source.entries),
    judgements,
    exemptions: exemptionsOf(source),
    manifest: source.manifest.toSorted(byPath),
    gaps: source.gaps,
    freshness: source.freshness,
    asOf: source.asOf,
  };
}

/** False for a call that would end a finding: whether or not there was one, no resource was judged. */
function isOfResource({ rule, result }: Judgement): boolean {
  return result === 'unknown' || !isOnCalls(rule);
}

function findingsOf({ findings, entries }: ReportSource): Finding[] {
  const known = new Map(entries.map((entry) => [entry.finding.id, entry]));
  const byFindingId = new Map(entries.map((entry) => [entry.finding.id, withResolution(entry.finding, entry)]));
  for (const finding of findings) {
    const entry = known.get(finding.id);
    byFindingId.set(finding.id, withResolution(withKnownCause(finding, entry), entry));
  }
  return [...byFindingId.values()].sort((a, b) => byUrgency(a, b) || byId(a, b));
}

function historyOf(entries: readonly LedgerEntry[]): Record<string, FindingHistory> {
  const pairs = entries.map((entry): [string, FindingHistory] => [
    entry.finding.id,
    {
      openedAt: entry.openedAt.toISOString(),
      resolvedAt: entry.resolvedAt?.toISOString() ?? null,
      resolvedBy: entry.resolvedBy,
      generation: entry.generation,
      outcomes: entry.outcomes.map(({ at, result, reason }) => ({ at: at.toISOString(), result, reason })),
    },
  ]);
  return Object.fromEntries(pairs.sort(byText(([id]) => id)));
}

function exemptionsOf({ exemptions, generatedAt }: ReportSource): ReportExemption[] {
  return exemptions
    .map((exemption) => {
      const daysLeft = Math.floor((endOf(exemption.expires) - generatedAt.getTime()) / DAY_MS);
      const state = daysLeft < 0 ? 'expired' : daysLeft < EXPIRING_DAYS ? 'expiring' : 'active';
      return { ...exemption, state, daysLeft } as const;
    })
    .sort((a, b) => compareText(a.expires, b.expires) || compareText(a.match, b.match) || compareText(a.rule, b.rule));
}

/** A plain day lasts until midnight UTC. An unreadable date counts as past: an exemption without a valid end must not last forever. */
function endOf(expires: string): number {
  const time = Date.parse(expires);
  if (Number.isNaN(time)) return Number.MIN_SAFE_INTEGER;
  return /^\d{4}-\d{2}-\d{2}$/.test(expires) ? time + DAY_MS : time;
}

const byId = byText(({ id }: { readonly id: string }) => id);
const byPath = byText(({ path }: { readonly path: string }) => path);
