/** Makes a report from the ledger and the configuration. */

import type { Exemption } from '../audit/exemptions.ts';
import type { Config } from '../config.ts';
import type { Scope } from '../inventory/inventory.ts';
import { entryAt } from '../ledger/entry-at.ts';
import type { FreshnessLog } from '../ledger/freshness/freshness-log.ts';
import type { Ledger, LedgerEntry, LedgerRun, Period } from '../ledger/ledger.ts';
import { openSpansOf } from '../ledger/open-spans.ts';
import {
  CLOSED_BY_CONFIGURATION,
  CLOSED_BY_TIME,
  isClosedByConfiguration,
  isClosedByTime,
} from '../ledger/sight/closed.ts';
import { type Freshness, freshnessOf } from '../report/freshness/freshness.ts';
import { gapsOver } from '../report/gaps.ts';
import { inputOver } from '../report/period-input.ts';
import { composeReport, type Rejected, type Report, type ReportSource } from '../report/report.ts';
import { isJudged } from './freshness/judge-silence.ts';

/** Returns the entries with the evidence that is proven, and names what was left out and what failed. */
export type ProveEntries = (
  entries: readonly LedgerEntry[],
) => Promise<{ readonly entries: readonly LedgerEntry[]; readonly rejected: readonly Rejected[] }>;

/** The ledger that a report is made from. One that does not know when accounts and regions spoke makes one without that. */
export type ReportLedger = Ledger & Partial<Pick<FreshnessLog, 'freshness'>>;

/** Which report to make. */
export interface LedgerReportOptions {
  readonly period: Period;
  readonly now: Date;
  readonly toolVersion: string;
  /** Limits the report to these accounts. @default all */
  readonly accounts?: readonly string[] | undefined;
  /** Limits the report to these regions. @default all */
  readonly regions?: readonly string[] | undefined;
  /** Proves the evidence. @default all of it is taken as it was recorded */
  readonly prove?: ProveEntries | undefined;
}

/**
 * The report of a period by the ledger: findings with the status they had at its end, what its runs read, and what they could not read
 * or judge. An object that several runs read counts as one input. What was exempted until its resource passed or was gone, or until a call
 * ended it, is left out.
 */
export async function reportFromLedger(
  ledger: ReportLedger,
  config: Config,
  options: LedgerReportOptions,
): Promise<Report> {
  const { period, now, toolVersion, accounts, regions, prove = unproven } = options;
  const entries = await ledger.entries({ period, accountIds: accounts, regions });
  const runs = (await ledger.runs(period)).map((run) => limitedTo(options, run));
  const shown = entries.map((entry) => entryAt(entry, period.until)).filter((entry) => isShown(entry, period));
  const proven = await prove(shown);
  const { input, ...read } = inputOver(runs);
  return composeReport({
    generatedAt: now,
    toolVersion,
    configHash: config.hash,
    period,
    ...read,
    input: { ...input, rejected: [...input.rejected, ...proven.rejected] },
    findings: [],
    judgements: [],
    entries: proven.entries.map(asReported),
    runs,
    gaps: gapsOver(runs),
    freshness: await freshnessNow(ledger, config, options),
    load: [],
    exemptions: exemptionRows(config),
  });
}

/** How long ago a report may end to be about now. */
const ABOUT_NOW_MS = 3_600_000;

/** The freshness of the accounts and regions that are reported on; undefined for a report on an earlier time, of which nothing is kept. */
async function freshnessNow(
  ledger: ReportLedger,
  config: Config,
  { period, now, accounts, regions }: LedgerReportOptions,
): Promise<Freshness | undefined> {
  if (ledger.freshness === undefined || period.until.getTime() < now.getTime() - ABOUT_NOW_MS) return undefined;
  const isAsked = ({ accountId, region }: Scope): boolean =>
    (accounts?.includes(accountId) ?? true) && (regions?.includes(region) ?? true);
  const spoken = await ledger.freshness();
  return freshnessOf(
    spoken.filter((each) => isAsked(each) && isJudged(each, config)),
    now,
  );
}

const unproven: ProveEntries = async (entries) => ({ entries, rejected: [] });

/**
 * False for a finding that was resolved and not open in the period: nobody resolved an exempted one, and the chart shows none. One that was
 * closed while it was exempted is as muted as before.
 */
function isShown(entry: LedgerEntry, { since }: Period): boolean {
  if (entry.finding.status !== 'resolved' || closedAsMuted(entry) !== undefined) return true;
  return openSpansOf(entry).some(({ to }) => to === null || to >= since);
}

/**
 * The entry as reports have it: muted if it was closed and not resolved, or was exempted until time closed it. Nobody looks after such a
 * finding, and nothing says that it is over.
 */
export function asReported(entry: LedgerEntry): LedgerEntry {
  const { finding } = entry;
  const closedBy = closedAsMuted(entry);
  if (closedBy === undefined) return entry;
  const detail = { ...finding.detail, closedBy };
  return { ...entry, finding: { ...finding, status: 'muted', detail }, openSpans: openSpansOf(entry) };
}

/** What closed a finding that reports show as muted; undefined for any other. */
function closedAsMuted(entry: LedgerEntry): string | undefined {
  if (entry.finding.status !== 'resolved') return undefined;
  if (isClosedByConfiguration(entry)) return CLOSED_BY_CONFIGURATION;
  const wasOpen = openSpansOf(entry).at(-1)?.to?.getTime() === entry.resolvedAt?.getTime();
  return isClosedByTime(entry) && !wasOpen ? CLOSED_BY_TIME : undefined;
}

/** The run, with only the coverage and the looks of the requested accounts and regions. */
function limitedTo({ accounts, regions }: LedgerReportOptions, run: LedgerRun): LedgerRun {
  if (accounts === undefined && regions === undefined) return run;
  const isAsked = ({ accountId, region }: Scope): boolean =>
    (accounts?.includes(accountId) ?? true) && (regions?.includes(region) ?? true);
  const { reading } = run;
  return {
    ...run,
    coverage: run.coverage.filter(isAsked),
    ...(reading !== undefined && { reading: { ...reading, looks: reading.looks.filter(isAsked) } }),
  };
}

/** The configuration without the external id, which keeps other accounts from assuming the role; it belongs in no report. */
export function withoutSecrets({ assumeRole, ...config }: Config): unknown {
  if (assumeRole === undefined) return config;
  const { externalId: _, ...shown } = assumeRole;
  return { ...config, assumeRole: shown };
}

/** The exemptions as a report lists them. */
export function exemptionRows({ exemptions }: Config): ReportSource['exemptions'] {
  return exemptions.map(({ match, rule, reason, owner, expires, still }) => ({
    match: matchText(match),
    rule,
    reason,
    owner,
    expires,
    still,
  }));
}

function matchText({ resource, tag, vpc, account }: Exemption['match']): string {
  const parts = [
    resource,
    tag === undefined ? undefined : `tag ${tag.key}${tag.value === undefined ? '' : `=${tag.value}`}`,
    vpc,
    account === undefined ? undefined : `account ${account}`,
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}
