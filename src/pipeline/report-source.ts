/** Makes a report from the ledger and the configuration. */

import type { Exemption } from '../audit/exemptions.ts';
import { uniqueBy } from '../collections.ts';
import type { Config } from '../config.ts';
import type { Ledger, LedgerRun, Period } from '../ledger/ledger.ts';
import { composeReport, type Report, type ReportSource } from '../report/report.ts';

/** Which report to make. */
export interface LedgerReportOptions {
  readonly period: Period;
  readonly now: Date;
  readonly toolVersion: string;
  /** Limits the report to these accounts. @default all */
  readonly accounts?: readonly string[] | undefined;
  /** Limits the report to these regions. @default all */
  readonly regions?: readonly string[] | undefined;
}

/** The report of a period by the ledger. An object that several runs read counts as one input. */
export async function reportFromLedger(ledger: Ledger, config: Config, options: LedgerReportOptions): Promise<Report> {
  const { period, now, toolVersion, accounts, regions } = options;
  const entries = await ledger.entries({ period, accountIds: accounts, regions });
  const runs = (await ledger.runs(period)).map((run) => limitedTo(options, run));
  const manifest = uniqueBy(
    runs.flatMap(({ inputs }) => inputs),
    ({ path, sha256 }) => `${path}\n${sha256}`,
  );
  return composeReport({
    generatedAt: now,
    toolVersion,
    configHash: config.hash,
    period,
    input: {
      files: manifest.length,
      records: manifest.reduce((total, { records }) => total + records, 0),
      bytes: manifest.reduce((total, { bytes }) => total + bytes, 0),
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

/** The run, with only the coverage of the requested accounts and regions. */
function limitedTo({ accounts, regions }: LedgerReportOptions, run: LedgerRun): LedgerRun {
  const coverage = run.coverage.filter(
    ({ accountId, region }) => (accounts?.includes(accountId) ?? true) && (regions?.includes(region) ?? true),
  );
  return { ...run, coverage };
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
