/** The figures of an instance, period by period, and what they add up to. */

import type { InstanceMetrics, MetricName } from '../../inventory/metrics/instance-metrics.ts';

/** One period. A sum is null where CloudWatch has no figure of a part of it. */
export interface Period {
  /** In milliseconds since 1970, like `end`. */
  readonly start: number;
  readonly end: number;
  /** True if its figures are complete: CloudWatch has had the time to publish them. */
  readonly isSettled: boolean;
  /** Packets of the instance itself, in both directions. */
  readonly packets: number | null;
  /** Those of the directions in which the filter takes every packet; null without such a direction. */
  readonly wanted: number | null;
  readonly mirrored: number | null;
  readonly skipped: number | null;
}

/** What was counted in some periods, added up. */
export interface Figures {
  /** ISO 8601 UTC, like `until`. */
  readonly since: string;
  readonly until: string;
  /** Packets that the instance received and sent; null where that was never counted. */
  readonly packets: number | null;
  readonly mirroredPackets: number | null;
  /** Packets that the filter takes and that were not mirrored, as the instance's bandwidth was spent. */
  readonly skippedPackets: number | null;
}

/** The directions in which a filter takes every packet of an interface. */
export interface Taken {
  readonly inbound: boolean;
  readonly outbound: boolean;
}

/**
 * How long CloudWatch may take to publish figures of EC2: they come every five minutes, and late ones have been seen after more than ten.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
 */
export const PUBLISHED_WITHIN_MS = 15 * 60_000;

/** The periods of an instance's figures, in order of time. */
export function periodsOf(metrics: InstanceMetrics, taken: Taken): readonly Period[] {
  const { period, startTime, endTime } = metrics;
  const count = Math.max(0, ...Object.values(metrics).map((sums) => (Array.isArray(sums) ? sums.length : 0)));
  const wanted: readonly MetricName[] = [
    ...(taken.inbound ? (['packetsIn'] as const) : []),
    ...(taken.outbound ? (['packetsOut'] as const) : []),
  ];
  return Array.from({ length: count }, (_, index) => {
    const sum = (...names: readonly MetricName[]): number | null => sumAt(metrics, names, index);
    const start = startTime.getTime() + index * period * 1000;
    const end = start + period * 1000;
    return {
      start,
      end,
      isSettled: end + PUBLISHED_WITHIN_MS <= endTime.getTime(),
      packets: sum('packetsIn', 'packetsOut'),
      wanted: wanted.length === 0 ? null : sum(...wanted),
      mirrored: sum('mirroredPacketsIn', 'mirroredPacketsOut'),
      skipped: sum('skippedPacketsIn', 'skippedPacketsOut'),
    };
  });
}

/** Null if one of the counts has no figure, unless the others show some packets: then at least these were counted. */
function sumAt(metrics: InstanceMetrics, names: readonly MetricName[], index: number): number | null {
  const sums = names.map((name) => metrics[name]?.[index] ?? null);
  const known = sums.reduce<number>((total, sum) => total + (sum ?? 0), 0);
  return known > 0 || !sums.includes(null) ? known : null;
}

/** What the periods add up to; a count without any figure is null. Undefined without periods. */
export function figuresOf(periods: readonly Period[]): Figures | undefined {
  const [first, last] = [periods[0], periods.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const total = (name: 'packets' | 'mirrored' | 'skipped'): number | null => {
    const sums = periods.flatMap((each) => each[name] ?? []);
    return sums.length === 0 ? null : sums.reduce((sum, each) => sum + each, 0);
  };
  return {
    since: new Date(first.start).toISOString(),
    until: new Date(last.end).toISOString(),
    packets: total('packets'),
    mirroredPackets: total('mirrored'),
    skippedPackets: total('skipped'),
  };
}
