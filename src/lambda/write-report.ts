/** Writes the report of a period to the bucket, for people, spreadsheets, programs and auditors, and mails the digest. */

import { randomUUID } from 'node:crypto';
import { type Imported, importDaily } from '../alert/channels/hub-import.ts';
import type { Failure } from '../alert/compose-notes.ts';
import { sendDigest } from '../alert/send-alert.ts';
import { uniqueBy } from '../collections.ts';
import { PipelineError } from '../errors.ts';
import type { FullLedger } from '../ledger/change-log.ts';
import type { LedgerRun, Period } from '../ledger/ledger.ts';
import { zipParts } from '../local/zip-writer.ts';
import { isJudged } from '../pipeline/freshness/judge-silence.ts';
import { reportFromLedger, withoutSecrets } from '../pipeline/report-source.ts';
import { evidenceFiles } from '../report/evidence.ts';
import { dailyFigures, type Figure } from '../report/figures/daily-figures.ts';
import { render } from '../report/format.ts';
import { csv } from '../report/formats/csv.ts';
import { html } from '../report/formats/html.ts';
import { json } from '../report/formats/json.ts';
import { jsonl } from '../report/formats/jsonl.ts';
import { freshnessOf } from '../report/freshness/freshness.ts';
import { inputOver } from '../report/period-input.ts';
import type { Runtime } from './function.ts';

const DAY_MS = 86_400_000;
/** For how long what is over is archived in Security Hub, if that failed at first. */
const IMPORTED_DAYS = 7;

/** The formats written to the bucket. The digest links to the first. Imported one by one: the registry would put all in the bundle. */
const WRITTEN = [
  { name: 'report.html', format: html, type: 'text/html; charset=utf-8' },
  { name: 'report.json', format: json, type: 'application/json' },
  { name: 'findings.csv', format: csv, type: 'text/csv; charset=utf-8' },
  { name: 'findings.jsonl', format: jsonl, type: 'application/x-ndjson' },
] as const;

type Every = 'daily' | 'weekly';

/** One run of the function. */
export interface ReportRun {
  /** Throws without a ledger table: a report needs what earlier runs recorded. */
  readonly runtime: Pick<Runtime, 'config' | 'settings' | 'ports'> & {
    readonly aws: Pick<Runtime['aws'], 'reportStore'>;
  };
  readonly now: Date;
  readonly toolVersion: string;
  readonly note: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** True once no more is to be begun. @default never */
  readonly isLate?: (() => boolean) | undefined;
  /** Takes what Security Hub took, and what not. */
  readonly imported: (imported: Imported) => void;
  /** Takes the figures of the report, for a dashboard. */
  readonly figures: (figures: readonly Figure[]) => void;
}

/**
 * Writes the report of the last day, or of the last seven with a weekly digest, mails the digest, and imports into Security Hub what sweeps did
 * not. Throws PipelineError without a ledger.
 */
export async function writeAndMail(run: ReportRun): Promise<void> {
  const { now, runtime } = run;
  const { config, settings } = runtime;
  const { ledger } = runtime.ports;
  if (ledger === undefined || settings.ledgerTable === undefined) {
    throw new PipelineError('config-invalid', 'a report needs the ledger: set MIRRORWATCH_LEDGER_TABLE');
  }
  const every = config.alerts.digest === 'weekly' ? 'weekly' : 'daily';
  const periodMs = every === 'daily' ? DAY_MS : 7 * DAY_MS;
  const period = { since: new Date(now.getTime() - periodMs), until: now };
  const reportUrl = await writeReport(run, ledger, every, period);
  await mailDigest(run, ledger, every, { period, reportUrl });
  await importFindings(run, ledger);
}

/**
 * Imports what is open and what Security Hub would forget, and archives what is over: in every account, also in those that are swept no more, and
 * by rules that no sweep judges, for which the ledger has in sight what is not archived yet.
 */
async function importFindings({ now, runtime, imported, isLate }: ReportRun, ledger: FullLedger): Promise<void> {
  const { hub } = runtime.ports;
  if (hub === undefined) return;
  const since = new Date(now.getTime() - IMPORTED_DAYS * DAY_MS);
  const entries = [
    ...(await ledger.entries({ period: { since, until: now } })),
    ...(await ledger.entries({ inSight: 'other-rules' })),
  ];
  const all = uniqueBy(entries, ({ finding }) => finding.id);
  imported(await importDaily({ ledger, hub, owner: randomUUID(), isLate }, all, now));
}

/** Writes the report in every format, and the evidence archive for an auditor. Returns the address of the first; undefined if there is no bucket. */
async function writeReport(
  { runtime: { config, aws, settings }, toolVersion, note, figures }: ReportRun,
  ledger: FullLedger,
  every: Every,
  period: Period,
): Promise<string | undefined> {
  if (settings.reportBucket === undefined) return undefined;
  const now = period.until;
  const report = await reportFromLedger(ledger, config, { period, now, toolVersion });
  const store = aws.reportStore(settings.reportBucket);
  const folder = `${every}/${now.toISOString().slice(0, 10)}`;
  const locations: string[] = [];
  for (const { name, format, type } of WRITTEN)
    locations.push(await store.put(`${folder}/${name}`, render(format, report, {}), type));
  const evidence = zipParts(evidenceFiles(report, withoutSecrets(config)), { level: 1 });
  await store.put(`${folder}/evidence.zip`, await bytesOf(evidence), 'application/zip');
  figures(dailyFigures(report.summary, await ledger.runs(period)));
  const [location] = locations;
  note('report written', { location, findings: report.findings.length });
  return location;
}

async function bytesOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

async function mailDigest(
  { runtime: { config, ports }, note }: ReportRun,
  ledger: FullLedger,
  every: Every,
  { period, reportUrl }: { readonly period: Period; readonly reportUrl: string | undefined },
): Promise<void> {
  const { publisher } = ports;
  if (publisher === undefined || config.alerts.digest === 'off') return;
  const { since, until } = period;
  // The digest's trend covers seven periods.
  const trend = { since: new Date(until.getTime() - 7 * (until.getTime() - since.getTime())), until };
  const [entries, runs] = [await ledger.entries({ period: trend }), await ledger.runs(trend)];
  const lastLogAt = runs.findLast(({ inputs }) => inputs.some(({ skipped }) => skipped === undefined))?.at ?? null;
  const spoken = (await ledger.freshness()).filter((each) => isJudged(each, config));
  const freshness = freshnessOf(spoken, until);
  const source = { every, entries, runs, lastLogAt, failures: failuresSince(since, runs), freshness };
  const sent = await sendDigest({ ledger, publisher, owner: randomUUID() }, source, { now: until, reportUrl });
  note('digest', { messageId: sent?.messageId });
}

/** The inputs that were not read since then, and not later either. */
function failuresSince(since: Date, runs: readonly LedgerRun[]): readonly Failure[] {
  return inputOver(runs.filter(({ at }) => at >= since)).input.rejected;
}
