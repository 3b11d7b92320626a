/** Makes a report from the ledger and the configuration. */

import type { Exemption } from '../audit/exemptions.ts';
import type { Config } from '../config.ts';
import type { Scope } from '../inventory/inventory.ts';
import { entryAt } from '../ledger/entry-at.ts';
import type { Ledger, LedgerEntry, LedgerRun, Period } from '../ledger/ledger.ts';
import { openSpansOf } from '../ledger/open-spans.ts';
import { CLOSED_BY_CONFIGURATION, isClosedByConfiguration } from '../ledger/sight/closed.ts';
import { gapsOver } from '../report/gaps.ts';
import { inputOver } from '../report/period-input.ts';
import { composeReport, type Rejected, type Report, type ReportSource } from '../report/report.ts';

/** Returns the entries with the evidence that is proven, and names what was left out and what failed. */
export type ProveEntries = (
  entries: readonly LedgerEntry[],
) => Promise<{ readonly entries: readonly LedgerEntry[]; readonly rejected: readonly Rejected[] }>;

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
 * or judge. An object that several runs read counts as one input. What was exempted until its resource passed or was gone is left out.
 */
export async function reportFromLedger(ledger: Ledger, config: Config, options: LedgerReportOptions): Promise<Report> {
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
    load: [],
    exemptions: exemptionRows(config),
  });
}

const unproven: ProveEntries = async (entries) => ({ entries, rejected: [] });

/** False for a finding that is resolved but was not open in the period: nobody resolved an exempted one, and the chart shows none. */
function isShown(entry: LedgerEntry, { since }: Period): boolean {
  return entry.finding.status !== 'resolved' || openSpansOf(entry).some(({ to }) => to === null || to >= since);
}

/** The entry, muted if it was closed and not resolved: nobody looks after the finding, and nothing says that it is over. */
function asReported(entry: LedgerEntry): LedgerEntry {
  const { finding } = entry;
  if (finding.status !== 'resolved' || !isClosedByConfiguration(entry)) return entry;
  const detail = { ...finding.detail, closedBy: CLOSED_BY_CONFIGURATION };
  return { ...entry, finding: { ...finding, status: 'muted', detail }, openSpans: openSpansOf(entry) };
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
