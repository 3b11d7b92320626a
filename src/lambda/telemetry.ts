/** What a function says of its work: structured logs and EMF metrics. */

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { messageOf, PipelineError } from '../errors.ts';
import type { Delivered } from '../pipeline/deliver.ts';
import type { Swept } from '../pipeline/sweep.ts';

export interface Telemetry {
  /** Begins an invocation: its request id goes into every line. */
  begin(context: Context): void;
  delivered(delivered: Delivered, now: Date): void;
  swept(swept: Swept): void;
  note(message: string, more?: Readonly<Record<string, unknown>>): void;
  /** A fault that concerns a part of the work; the rest went on. */
  failed(error: unknown, more?: Readonly<Record<string, unknown>>): void;
  /** Writes the metrics of the invocation; called once, in every case. */
  end(): void;
}

/** Telemetry of one function. */
export function telemetryOf(service: string): Telemetry {
  const logger = new Logger({ serviceName: `mirrorwatch-${service}` });
  const metrics = new Metrics({ namespace: 'Mirrorwatch', serviceName: service });
  const count = (name: string, value: number): void => {
    metrics.addMetric(name, MetricUnit.Count, value);
  };
  const acted = ({ outcomes, changes, findings }: Delivered['acted']): void => {
    count('FindingsOpened', (changes?.opened.length ?? 0) + (changes?.reopened.length ?? 0));
    count('FindingsResolved', changes?.resolved.length ?? 0);
    count('FindingsSeen', findings.length);
    count(
      'SessionsCreated',
      outcomes.filter(({ result, step }) => result === 'done' && step.kind === 'create-session').length,
    );
    count('SessionsFailed', outcomes.filter(({ result }) => result === 'failed').length);
  };
  return {
    begin: (context) => logger.addContext(context),
    delivered({ collected, acted: done, failed, assessment }, now) {
      const { files, records, sightings, rejected } = collected.input;
      count('ObjectsScanned', files);
      count('RecordsRead', records);
      count('Sightings', sightings);
      count('ParseErrors', rejected.length);
      count('MessagesFailed', failed.length);
      acted(done);
      const newest = collected.sightings.at(-1)?.eventTime;
      if (newest !== undefined)
        metrics.addMetric('LagSeconds', MetricUnit.Seconds, Math.max(0, (now.getTime() - newest.getTime()) / 1000));
      logger.info('deliveries worked off', {
        ...collected.input,
        refused: collected.refused,
        unread: assessment.unread,
        findings: done.findings.length,
        outcomes: done.outcomes.length,
        mailed: done.sent?.messageId,
      });
    },
    swept({ assessment, acted: done, skipped }) {
      acted(done);
      logger.info('sweep done', {
        scopes: assessment.scopes.length,
        skipped: skipped.length,
        failed: assessment.failed.length,
        unread: assessment.unread,
        findings: done.findings.length,
      });
    },
    note: (message, more = {}) => logger.info(message, { ...more }),
    failed(error, more = {}) {
      const code = error instanceof PipelineError ? (error.concerns.awsCode ?? error.code) : 'internal';
      count(`Error.${code.replace(/[^\w.]/g, '_').slice(0, 200)}`, 1);
      logger.error(messageOf(error), {
        ...more,
        code,
        ...(error instanceof PipelineError && { concerns: error.concerns }),
        ...(error instanceof Error && { error }),
      });
    },
    end: () => {
      metrics.publishStoredMetrics();
      logger.resetKeys();
    },
  };
}
