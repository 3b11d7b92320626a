/** What CloudWatch counted of an instance's traffic, and of what was mirrored of it. */

/**
 * The counts, by our names, each with its name in the namespace `AWS/EC2`. `mirrored` is what was copied; `skipped` is what the filter wants and was
 * not copied, because the instance's own traffic took the bandwidth.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirror-cloudwatch.html
 */
export const METRIC_NAMES = {
  packetsIn: 'NetworkPacketsIn',
  packetsOut: 'NetworkPacketsOut',
  mirroredPacketsIn: 'NetworkPacketsMirrorIn',
  mirroredPacketsOut: 'NetworkPacketsMirrorOut',
  skippedPacketsIn: 'NetworkPacketsSkipMirrorIn',
  skippedPacketsOut: 'NetworkPacketsSkipMirrorOut',
  mirroredBytesIn: 'NetworkMirrorIn',
  mirroredBytesOut: 'NetworkMirrorOut',
  skippedBytesIn: 'NetworkSkipMirrorIn',
  skippedBytesOut: 'NetworkSkipMirrorOut',
} as const;

/** A count that CloudWatch has of an instance. */
export type MetricName = keyof typeof METRIC_NAMES;

/** The names of all counts, in order. */
export const METRICS = Object.keys(METRIC_NAMES) as readonly MetricName[];

/** The sum of each period, in order of time; null where CloudWatch has no figure. */
export type Sums = readonly (number | null)[];

/**
 * The counts of one instance, summed over all its interfaces and over the sessions on them: CloudWatch tells neither apart. A count that
 * CloudWatch has not one figure of is absent.
 */
export interface InstanceMetrics extends Readonly<Partial<Record<MetricName, Sums | undefined>>> {
  readonly instanceId: string;
  /** The length of a period, in seconds. */
  readonly period: number;
  /** When the first period begins. */
  readonly startTime: Date;
  /** When CloudWatch was asked. Figures of periods shortly before may still come. */
  readonly endTime: Date;
}
