/** `report.handler`: on schedule, the report of a period into the bucket, and the digest by mail. */

import type { Context } from 'aws-lambda';
import { sendDigest } from '../alert/send-alert.ts';
import { PipelineError } from '../errors.ts';
import { reportFromLedger } from '../pipeline/report-source.ts';
import { render } from '../report/format.ts';
import { FORMATS } from '../report/formats/registry.ts';
import { opener } from './function.ts';
import { telemetryOf } from './telemetry.ts';

declare const MIRRORWATCH_VERSION: string;

const open = opener(process.env);
const telemetry = telemetryOf('report');
const DAY_MS = 86_400_000;

/** The formats that are laid into the bucket, for people, programs and the next diff. */
const KEPT = [
  { name: 'report.html', format: 'html', type: 'text/html; charset=utf-8' },
  { name: 'report.json', format: 'json', type: 'application/json' },
  { name: 'findings.jsonl', format: 'jsonl', type: 'application/x-ndjson' },
] as const;

/** Called daily. With a weekly digest the report is of the last seven days, and the digest goes out with the first call of a week. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  telemetry.begin(context);
  try {
    await report();
  } catch (error) {
    telemetry.failed(error);
    throw error;
  } finally {
    telemetry.end();
  }
}

async function report(): Promise<void> {
  const { config, ports, aws, settings } = await open();
  const every = config.alerts.digest === 'weekly' ? 'weekly' : 'daily';
  const { ledger, publisher } = ports;
  if (ledger === undefined || settings.ledgerTable === undefined) {
    throw new PipelineError('config-invalid', 'a report is made from the ledger: set MIRRORWATCH_LEDGER_TABLE');
  }
  const now = new Date();
  const period = { since: new Date(now.getTime() - (every === 'daily' ? DAY_MS : 7 * DAY_MS)), until: now };
  let location: string | undefined;
  if (settings.reportBucket !== undefined) {
    const made = await reportFromLedger(ledger, config, { period, now, toolVersion: MIRRORWATCH_VERSION });
    const store = aws.reportStore(settings.reportBucket);
    const day = now.toISOString().slice(0, 10);
    for (const { name, format, type } of KEPT) {
      const text = render(await FORMATS[format](), made, {});
      const put = await store.put(`${every}/${day}/${name}`, text, type);
      location ??= put;
    }
    telemetry.note('report written', { location, findings: made.findings.length });
  }
  if (publisher === undefined || config.alerts.digest === 'off') return;
  // The trend looks seven periods back.
  const wide = { since: new Date(now.getTime() - 7 * (period.until.getTime() - period.since.getTime())), until: now };
  const [entries, runs] = [await ledger.entries({ period: wide }), await ledger.runs(wide)];
  const lastLogAt = runs.filter(({ inputs }) => inputs.length > 0).at(-1)?.at ?? null;
  const sent = await sendDigest(
    { ledger, publisher },
    { every, entries, runs, lastLogAt },
    { now, ...(location !== undefined && { reportUrl: location }) },
  );
  telemetry.note('digest', { messageId: sent?.messageId });
}
