/** The alarms. Each mails what it says, and when it is over. */

import { type Resource, type Resources, ref, resource, sub, type Value } from './intrinsics.ts';

/** What an alarm looks at, and from when on it rings. */
interface AlarmShape {
  readonly says: string;
  readonly metric: readonly [namespace: string, name: string];
  readonly of: readonly [dimension: string, value: Value];
  readonly statistic: 'Sum' | 'Maximum';
  readonly is: 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  /** In seconds. @default 300 */
  readonly period?: number;
  /** How many periods in a row. @default 1 */
  readonly periods?: number;
  /** Where there are no data. @default notBreaching */
  readonly missing?: 'breaching';
  /** True where nothing says that it is over. */
  readonly isMoment?: true;
}

function alarm(shape: AlarmShape): Resource {
  const { says, metric, of, statistic, is, threshold, period = 300, periods = 1, missing, isMoment } = shape;
  return resource('AWS::CloudWatch::Alarm', {
    AlarmDescription: says,
    Namespace: metric[0],
    MetricName: metric[1],
    Dimensions: [{ Name: of[0], Value: of[1] }],
    Statistic: statistic,
    Period: period,
    EvaluationPeriods: periods,
    Threshold: threshold,
    ComparisonOperator: is,
    TreatMissingData: missing ?? 'notBreaching',
    AlarmActions: [ref('AlertTopic')],
    ...(isMoment !== true && { OKActions: [ref('AlertTopic')] }),
  });
}

const queue = (id: string): AlarmShape['of'] => ['QueueName', sub(`\${${id}.QueueName}`)];

/** Something waits in a dead-letter queue. */
const deadLetters = (id: string, what: string): Resource =>
  alarm({
    says: `${what} failed; they wait in the dead-letter queue`,
    metric: ['AWS/SQS', 'ApproximateNumberOfMessagesVisible'],
    of: queue(id),
    statistic: 'Maximum',
    is: 'GreaterThanThreshold',
    threshold: 0,
  });

/** A function ended with an error. */
const failed = (id: string): Resource =>
  alarm({
    says: `${id} failed`,
    metric: ['AWS/Lambda', 'Errors'],
    of: ['FunctionName', ref(id)],
    statistic: 'Sum',
    is: 'GreaterThanThreshold',
    threshold: 0,
  });

const OF_WATCH: AlarmShape['of'] = ['service', 'watch'];

/** By logical id. */
export const ALARMS: Resources = {
  DeliveryDeadLettersAlarm: deadLetters('DeliveryDeadLetters', 'Log deliveries'),
  RemediationDeadLettersAlarm: deadLetters('RemediationDeadLetters', 'Repairs'),
  EventDeadLettersAlarm: deadLetters('EventDeadLetters', 'Events or schedules'),
  DeliveriesAgeAlarm: alarm({
    says: 'Log deliveries wait longer than 20 minutes',
    metric: ['AWS/SQS', 'ApproximateAgeOfOldestMessage'],
    of: queue('Deliveries'),
    statistic: 'Maximum',
    is: 'GreaterThanOrEqualToThreshold',
    threshold: 1200,
    periods: 2,
  }),
  WatchErrorAlarm: failed('Watch'),
  RespondErrorAlarm: failed('Respond'),
  RemediateErrorAlarm: failed('Remediate'),
  SweepErrorAlarm: failed('Sweep'),
  ReportErrorAlarm: failed('Report'),
  NoLogsAlarm: alarm({
    says: 'No log file was read for an hour; has the trail stopped?',
    metric: ['Mirrorwatch', 'ObjectsScanned'],
    of: OF_WATCH,
    statistic: 'Sum',
    is: 'LessThanThreshold',
    threshold: 1,
    period: 3600,
    missing: 'breaching',
  }),
  ParseErrorsAlarm: alarm({
    says: 'A log file or part of one could not be read; the log of watch names it',
    metric: ['Mirrorwatch', 'ParseErrors'],
    of: OF_WATCH,
    statistic: 'Sum',
    is: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    isMoment: true,
  }),
  NotSweptAlarm: {
    ...alarm({
      says: 'Part of the organization is not swept; the log of sweep names it',
      metric: ['Mirrorwatch', 'NotSwept'],
      of: ['service', 'sweep'],
      statistic: 'Sum',
      is: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      isMoment: true,
    }),
    Condition: 'HasUnits',
  },
  SecurityHubAlarm: {
    ...alarm({
      says: 'Security Hub did not take findings; the log of watch names them',
      metric: ['Mirrorwatch', 'FindingsNotImported'],
      of: OF_WATCH,
      statistic: 'Sum',
      is: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      period: 3600,
    }),
    Condition: 'ImportsFindings',
  },
};
