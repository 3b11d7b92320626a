/** What a function reports about its work: structured logs, and metrics in the embedded metric format. */

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { type Imported, importFailures, joinImports } from '../alert/channels/hub-import.ts';
import type { SentAlert } from '../alert/send-alert.ts';
import { missingInAccount } from '../config/against-account.ts';
import { messageOf, PipelineError, type Problem } from '../errors.ts';
import type { Delivered } from '../pipeline/deliver.ts';
import type { JudgedSilence } from '../pipeline/freshness/judge-silence.ts';
import type { Swept } from '../pipeline/sweep.ts';
import type { Figure } from '../report/figures/daily-figures.ts';

/** Further fields of a log line. */
type LogFields = Readonly<Record<string, unknown>>;

/** The reports of one function. */
export interface Telemetry {
  /** Starts an invocation. Its request id is added to every log line. */
  begin(context: Context): void;
  delivered(delivered: Delivered, now: Date): void;
  swept(swept: Swept): void;
  note(message: string, fields?: LogFields): void;
  /** Reports a fault under its code: AWS's if it has one, otherwise the program's, `internal` for a defect. */
  failed(error: unknown, fields?: LogFields): void;
  /** Reports a message that goes back to its queue. Only a fault that a retry is not expected to fix counts as an error. */
  messageFailed(error: unknown, fields?: LogFields): void;
  /** Writes the metrics. To be called once at the end of every invocation. */
  end(): void;
}

/** Telemetry of the function that says what is to be swept. */
export interface SweepTelemetry extends Telemetry {
  /** Counts what sweeps leave out of the organization although there may be something to judge. */
  notSwept(parts: number): void;
}

/** Telemetry of the function that writes reports. */
export interface ReportTelemetry extends Telemetry {
  /** Figures of a report, each a metric with dimensions of its own. */
  reported(figures: readonly Figure[]): void;
  /** What Security Hub took, and what not, each named. */
  imported(imported: Imported): void;
}

type LogLine = (message: string, fields: Record<string, unknown>) => void;

/** Where telemetry is written. */
export interface TelemetrySinks {
  readonly logger: Pick<Logger, 'addContext' | 'resetKeys'> & {
    readonly info: LogLine;
    readonly warn: LogLine;
    readonly error: LogLine;
  };
  readonly metrics: {
    readonly addMetric: (name: string, unit: 'Count' | 'Seconds', value: number) => unknown;
    readonly publishStoredMetrics: () => void;
    /** Writes one metric at once, with dimensions of its own. */
    readonly addAlone: (name: string, dimensions: Readonly<Record<string, string>>, value: number) => unknown;
  };
}

/** Telemetry of the function `service`. @default `sinks` CloudWatch Logs, by way of stdout */
export function telemetryOf(
  service: string,
  sinks: TelemetrySinks = cloudWatchSinks(service),
): ReportTelemetry & SweepTelemetry {
  const { logger, metrics } = sinks;
  const count: Count = (name, value) => metrics.addMetric(name, MetricUnit.Count, value);
  const failed = (error: unknown, fields: LogFields = {}): void => {
    count(`Error.${metricNameOf(error)}`, 1);
    logger.error(messageOf(error), { ...fields, ...faultFields(error), ...(error instanceof Error && { error }) });
  };
  const noteImported = (all: Imported | undefined): void => {
    if (all === undefined) return;
    const { imported, failed: notTaken } = all;
    count('FindingsImported', imported);
    count('FindingsNotImported', notTaken.length);
    for (const line of importFailures(notTaken)) logger.warn(`Security Hub did not take: ${line}`, {});
  };
  return {
    begin: (context) => logger.addContext(context),
    delivered(delivered, now) {
      countDelivered(delivered, count);
      const newest = delivered.collected.sightings.at(-1)?.eventTime;
      if (newest !== undefined)
        metrics.addMetric('LagSeconds', MetricUnit.Seconds, Math.max(0, (now.getTime() - newest.getTime()) / 1000));
      countSilent(delivered.silence, metrics);
      noteImported(joinImports(delivered.swept.map(({ imported }) => imported)));
      logger.info('deliveries processed', deliveredFields(delivered));
    },
    swept({ assessment, acted, skipped, silence, imported }) {
      countActed(acted, count);
      countSilent(silence, metrics);
      noteImported(imported);
      for (const { path, message } of assessment.scopes.flatMap(missingSettings)) logger.warn(message, { scope: path });
      logger.info('sweep done', {
        scopes: assessment.scopes.length,
        skipped: skipped.length,
        failed: assessment.failed.length,
        unread: assessment.unread,
        findings: acted.findings.length,
        imported: imported?.imported,
        ...mailFields(acted.sent),
      });
    },
    reported(figures) {
      for (const { name, of, value } of figures) metrics.addAlone(name, of, value);
    },
    notSwept: (parts) => count('NotSwept', parts),
    imported: noteImported,
    note: (message, fields = {}) => logger.info(message, { ...fields }),
    failed,
    messageFailed(error, fields = {}) {
      if (!isExpectedRetry(error)) {
        failed(error, fields);
        return;
      }
      count(`Retry.${metricNameOf(error)}`, 1);
      logger.warn(messageOf(error), { ...fields, ...faultFields(error) });
    },
    end: () => {
      metrics.publishStoredMetrics();
      logger.resetKeys();
    },
  };
}

/** Configured targets and filters that an account does not have. */
function missingSettings({ audited: { account } }: Swept['assessment']['scopes'][number]): readonly Problem[] {
  return account === null ? [] : missingInAccount(account);
}

type Count = (name: string, value: number) => void;

function countDelivered({ collected, acted, failed }: Delivered, count: Count): void {
  const { files, records, sightings, rejected } = collected.input;
  count('ObjectsScanned', files);
  count('RecordsRead', records);
  count('Sightings', sightings);
  count('ParseErrors', rejected.length);
  count('MessagesFailed', failed.length);
  countActed(acted, count);
}

/** Silent accounts and regions that have a metric each: every one is a metric of its own that CloudWatch charges for. */
const MOST_DIMENSIONS = 50;

/** How many are silent, when that was judged, and each of the first of them by account and region. Those that speak have no metric. */
function countSilent(silence: JudgedSilence | undefined, metrics: TelemetrySinks['metrics']): void {
  if (silence === undefined) return;
  metrics.addMetric('SilentScopes', MetricUnit.Count, silence.silent.length);
  for (const { accountId, region } of silence.silent.slice(0, MOST_DIMENSIONS))
    metrics.addAlone('SilentScopes', { AccountId: accountId, Region: region }, 1);
}

function countActed({ outcomes, changes, findings }: Delivered['acted'], count: Count): void {
  const created = outcomes.filter(({ result, step }) => result === 'done' && step.kind === 'create-session');
  count('FindingsOpened', (changes?.opened.length ?? 0) + (changes?.reopened.length ?? 0));
  count('FindingsResolved', changes?.resolved.length ?? 0);
  count('FindingsSeen', findings.length);
  count('SessionsCreated', created.length);
  count('SessionsFailed', outcomes.filter(({ result }) => result === 'failed').length);
}

function deliveredFields({ collected, assessment, acted, released }: Delivered): Record<string, unknown> {
  return {
    ...collected.input,
    refused: collected.refused,
    ...(assessment.omitted.length > 0 && { omitted: assessment.omitted }),
    unread: assessment.unread,
    findings: acted.findings.length,
    outcomes: acted.outcomes.length,
    ...mailFields(acted.sent),
    ...(released !== undefined && { released: released.messageId }),
  };
}

/** The mail that was sent, and how many new findings wait until when, after a flood. */
function mailFields(sent: SentAlert | undefined): Record<string, unknown> {
  const { messageId, held = 0, heldUntil } = sent ?? {};
  return { mailed: messageId, ...(held > 0 && { held, heldUntil: heldUntil?.toISOString() }) };
}

function cloudWatchSinks(service: string): TelemetrySinks {
  const metrics = new Metrics({ namespace: 'Mirrorwatch', serviceName: service });
  return {
    logger: new Logger({ serviceName: `mirrorwatch-${service}` }),
    metrics: {
      addMetric: (...metric) => metrics.addMetric(...metric),
      publishStoredMetrics: () => metrics.publishStoredMetrics(),
      addAlone: (name, dimensions, value) => {
        const alone = metrics.singleMetric();
        alone.addDimensions({ ...dimensions });
        alone.addMetric(name, MetricUnit.Count, value);
      },
    },
  };
}

/**
 * True for a fault that goes away by itself: an object that S3 does not have yet, a mail that another run has claimed, a repair that will
 * be retried, a throttled call. If it does not go away, the message ends up in the dead-letter queue, which has an alarm.
 */
function isExpectedRetry(error: unknown): boolean {
  return error instanceof PipelineError && (error.retryable || error.code === 'log-missing');
}

/** AWS's code if there is one, otherwise the program's; `internal` for anything not thrown on purpose. */
export function codeOf(error: unknown): string {
  return error instanceof PipelineError ? (error.concerns.awsCode ?? error.code) : 'internal';
}

function metricNameOf(error: unknown): string {
  return codeOf(error)
    .replace(/[^\w.]/g, '_')
    .slice(0, 200);
}

function faultFields(error: unknown): LogFields {
  return { code: codeOf(error), ...(error instanceof PipelineError && { concerns: error.concerns }) };
}

/** Runs one invocation: starts its telemetry, reports a fault before rethrowing it, and always writes the metrics. */
export async function reporting<T>(telemetry: Telemetry, context: Context, invocation: () => Promise<T>): Promise<T> {
  telemetry.begin(context);
  try {
    return await invocation();
  } catch (error) {
    telemetry.failed(error);
    throw error;
  } finally {
    telemetry.end();
  }
}
