/** The state of a process that watches in the OpenMetrics text format. Labels have only values of our own, so there are never more series. */

import { SEVERITIES } from '../../audit/finding.ts';
import { healthOf } from './health.ts';
import type { LiveState } from './state.ts';

/** The media type of OpenMetrics text. */
export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** A metric family: every series of one name. The samples of a counter end in `_total`, those of an info in `_info`. */
interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'info';
  /** The name ends in it. */
  readonly unit?: 'seconds' | undefined;
  readonly help: string;
  /** A sample without a value is left out: the figure is not known. */
  readonly samples: readonly {
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly value: number | undefined;
  }[];
}

const SUFFIX = { counter: '_total', gauge: '', info: '_info' } as const;

/**
 * The metrics at this time. Figures that are not known (what is open before the ledger was read, times of what has not happened) are absent.
 *
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function renderOpenMetrics(state: LiveState, now: Date): string {
  return `${familiesOf(state, now).flatMap(linesOf).join('\n')}\n# EOF\n`;
}

function familiesOf(state: LiveState, now: Date): readonly Family[] {
  const { counts, open, version } = state;
  return [
    info('mirrorwatch_build', 'The version that runs.', { version }),
    gauge('mirrorwatch_healthy', '1 if /healthz answers 200, 0 if not.', healthOf(state, now).ok ? 1 : 0),
    time('mirrorwatch_start_time_seconds', 'When the process started.', state.startedAt),
    time('mirrorwatch_inbox_read_time_seconds', 'When the queue or folder was last read.', state.lastRead),
    time('mirrorwatch_newest_delivery_time_seconds', 'When the newest delivery came.', state.newestDelivery),
    time(
      'mirrorwatch_newest_record_time_seconds',
      'The eventTime of the newest record that was judged.',
      state.newestRecord,
    ),
    gauge('mirrorwatch_messages_in_work', 'The messages of the batch in work.', state.work?.messages ?? 0),
    counter('mirrorwatch_batches', 'Batches by what became of them.', [
      [{ result: 'done' }, counts.batches],
      [{ result: 'failed' }, counts.failedBatches],
    ]),
    counter('mirrorwatch_messages', 'Messages that were processed.', [[{}, counts.messages]]),
    counter('mirrorwatch_messages_retried', 'Messages that are delivered again.', [[{}, counts.retried]]),
    counter('mirrorwatch_files', 'Log files that were read.', [[{}, counts.files]]),
    counter('mirrorwatch_records', 'Records that were read.', [[{}, counts.records]]),
    counter('mirrorwatch_inputs_rejected', 'Inputs that were not read or were refused.', [[{}, counts.rejected]]),
    counter('mirrorwatch_inbox_read_failures', 'Failed attempts to read the queue or folder.', [
      [{}, counts.readFaults],
    ]),
    counter(
      'mirrorwatch_findings_opened',
      'Findings that were opened or reopened; without a ledger, open findings in batches, repeats included.',
      SEVERITIES.map((severity) => [{ severity }, counts.opened[severity]]),
    ),
    counter('mirrorwatch_findings_resolved', 'Findings that were resolved.', [[{}, counts.resolved]]),
    counter('mirrorwatch_sessions_created', 'Mirror sessions that were created.', [[{}, counts.sessions]]),
    counter('mirrorwatch_repairs_failed', 'Repairs that failed.', [[{}, counts.failedRepairs]]),
    counter('mirrorwatch_mails_sent', 'Mails that were sent.', [[{}, counts.mails]]),
    {
      name: 'mirrorwatch_open_findings',
      type: 'gauge',
      help: 'Open findings in the ledger.',
      samples: SEVERITIES.map((severity) => ({ labels: { severity }, value: open?.bySeverity[severity] })),
    },
    time('mirrorwatch_ledger_read_time_seconds', 'When the open findings were last read in the ledger.', open?.readAt),
  ];
}

function gauge(name: string, help: string, value: number): Family {
  return { name, type: 'gauge', help, samples: [{ value }] };
}

/** A time in seconds since 1970. */
function time(name: string, help: string, at: Date | undefined): Family {
  return { name, type: 'gauge', unit: 'seconds', help, samples: [{ value: at && at.getTime() / 1000 }] };
}

function counter(
  name: string,
  help: string,
  samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[],
): Family {
  return { name, type: 'counter', help, samples: samples.map(([labels, value]) => ({ labels, value })) };
}

function info(name: string, help: string, labels: Readonly<Record<string, string>>): Family {
  return { name, type: 'info', help, samples: [{ labels, value: 1 }] };
}

function linesOf({ name, type, unit, help, samples }: Family): readonly string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.flatMap(({ labels = {}, value }) =>
      value === undefined ? [] : [`${name}${SUFFIX[type]}${labelsText(labels)} ${value}`],
    ),
  ];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
