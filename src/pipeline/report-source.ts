/** From the ledger and the configuration to a report. */

import type { Exemption } from '../audit/exemptions.ts';
import type { Config } from '../config.ts';
import type { InputManifestEntry, Ledger, LedgerRun, Period } from '../ledger/ledger.ts';
import { composeReport, type Report, type ReportSource } from '../report/report.ts';

export interface LedgerReportOptions {
  readonly period: Period;
  readonly now: Date;
  readonly toolVersion: string;
  /** Only these accounts and regions; absent means all. */
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
}

/** The report of a period as the ledger remembers it. An object that was read in several runs is one input. */
export async function reportFromLedger(ledger: Ledger, config: Config, options: LedgerReportOptions): Promise<Report> {
  const { period, now, toolVersion, accounts, regions } = options;
  const entries = await ledger.entries({
    period,
    ...(accounts && { accountIds: accounts }),
    ...(regions && { regions }),
  });
  const runs = (await ledger.runs(period)).map((run) => narrowed(run, options));
  const manifest = distinct(runs.flatMap(({ inputs }) => inputs));
  return composeReport({
    generatedAt: now,
    toolVersion,
    configHash: config.hash,
    period,
    input: {
      files: manifest.length,
      records: sum(manifest, 'records'),
      bytes: sum(manifest, 'bytes'),
      sightings: 0,
      launches: 0,
      skipped: {},
      rejected: [],
    },
    findings: [],
    judgements: [],
    entries,
    runs,
    load: [],
    manifest,
    exemptions: exemptionRows(config),
  });
}

function narrowed(run: LedgerRun, { accounts, regions }: LedgerReportOptions): LedgerRun {
  const coverage = run.coverage.filter(
    ({ accountId, region }) => (accounts?.includes(accountId) ?? true) && (regions?.includes(region) ?? true),
  );
  return { ...run, coverage };
}

function distinct(inputs: readonly InputManifestEntry[]): readonly InputManifestEntry[] {
  return [...new Map(inputs.map((input) => [`${input.path}\n${input.sha256}`, input])).values()];
}

function sum(inputs: readonly InputManifestEntry[], field: 'records' | 'bytes'): number {
  return inputs.reduce((total, input) => total + input[field], 0);
}

/** The exemptions as a report lists them. */
export function exemptionRows({ exemptions }: Config): ReportSource['exemptions'] {
  return exemptions.map(({ match, rule, reason, owner, expires }) => ({
    match: matchText(match),
    rule,
    reason,
    owner,
    expires,
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
