/** `report.handler`: on schedule, writes the report of a period to the bucket and mails the digest. */

import type { Context } from 'aws-lambda';
import { sendDigest } from '../alert/send-alert.ts';
import { PipelineError } from '../errors.ts';
import type { Ledger, Period } from '../ledger/ledger.ts';
import { zipParts } from '../local/zip-writer.ts';
import { reportFromLedger, withoutSecrets } from '../pipeline/report-source.ts';
import { evidenceFiles } from '../report/evidence.ts';
import { render } from '../report/format.ts';
import { FORMATS } from '../report/formats/registry.ts';
import { inputOver } from '../report/period-input.ts';
import { lazyRuntime, type Runtime } from './function.ts';
import { reporting, telemetryOf } from './telemetry.ts';

declare const MIRRORWATCH_VERSION: string;

const open = lazyRuntime(process.env);
const telemetry = telemetryOf('report');
const DAY_MS = 86_400_000;

/** The formats written to the bucket: for people, for spreadsheets, for programs, and for the next diff. */
const WRITTEN = [
  { name: 'report.html', format: 'html', type: 'text/html; charset=utf-8' },
  { name: 'report.json', format: 'json', type: 'application/json' },
  { name: 'findings.csv', format: 'csv', type: 'text/csv; charset=utf-8' },
  { name: 'findings.jsonl', format: 'jsonl', type: 'application/x-ndjson' },
] as const;

type Every = 'daily' | 'weekly';

/** Runs daily. With a weekly digest the report covers the last seven days, and the first run of a week mails the digest. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  await reporting(telemetry, context, async () => writeAndMail(await open(), new Date()));
}

async function writeAndMail(runtime: Runtime, now: Date): Promise<void> {
  const { config, settings } = runtime;
  const { ledger } = runtime.ports;
  if (ledger === undefined || settings.ledgerTable === undefined) {
    throw new PipelineError('config-invalid', 'a report needs the ledger: set MIRRORWATCH_LEDGER_TABLE');
  }
  const every = config.alerts.digest === 'weekly' ? 'weekly' : 'daily';
  const periodMs = every === 'daily' ? DAY_MS : 7 * DAY_MS;
  const reportUrl = await writeReport(runtime, ledger, every, {
    since: new Date(now.getTime() - periodMs),
    until: now,
  });
  // The digest's trend covers seven periods.
  await mailDigest(runtime, ledger, every, { since: new Date(now.getTime() - 7 * periodMs), until: now }, reportUrl);
}

/** Writes the report in every format, and the evidence archive for an auditor. Returns the address of the first; undefined if there is no bucket. */
async function writeReport(
  { config, aws, settings }: Runtime,
  ledger: Ledger,
  every: Every,
  period: Period,
): Promise<string | undefined> {
  if (settings.reportBucket === undefined) return undefined;
  const now = period.until;
  const report = await reportFromLedger(ledger, config, { period, now, toolVersion: MIRRORWATCH_VERSION });
  const store = aws.reportStore(settings.reportBucket);
  const folder = `${every}/${now.toISOString().slice(0, 10)}`;
  const locations: string[] = [];
  for (const { name, format, type } of WRITTEN)
    locations.push(await store.put(`${folder}/${name}`, render(await FORMATS[format](), report, {}), type));
  const evidence = zipParts(evidenceFiles(report, withoutSecrets(config)), { level: 1 });
  await store.put(`${folder}/evidence.zip`, await bytesOf(evidence), 'application/zip');
  const [location] = locations;
  telemetry.note('report written', { location, findings: report.findings.length });
  return location;
}

async function bytesOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

async function mailDigest(
  { config, ports }: Runtime,
  ledger: Ledger,
  every: Every,
  period: Period,
  reportUrl: string | undefined,
): Promise<void> {
  const { publisher } = ports;
  if (publisher === undefined || config.alerts.digest === 'off') return;
  const [entries, runs] = [await ledger.entries({ period }), await ledger.runs(period)];
  const lastLogAt = runs.findLast(({ inputs }) => inputs.length > 0)?.at ?? null;
  const since = period.until.getTime() - (every === 'daily' ? DAY_MS : 7 * DAY_MS);
  const { rejected } = inputOver(runs.filter(({ at }) => at.getTime() >= since)).input;
  const source = { every, entries, runs, lastLogAt, failures: rejected };
  const sent = await sendDigest({ ledger, publisher }, source, { now: period.until, reportUrl });
  telemetry.note('digest', { messageId: sent?.messageId });
}
