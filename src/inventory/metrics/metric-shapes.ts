/** How snapshots write what CloudWatch counted: by its names, a sum for each period. */

import { at, id, listOf, need, type OptionalField, object, type Shape, scalar, time } from '../shape.ts';
import { type InstanceMetrics, METRIC_NAMES, METRICS, type Sums } from './instance-metrics.ts';

const period: Shape<number> = scalar('a number of seconds', (value) =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined,
);

const sum: Shape<number | null> = scalar('a sum or null', (value) =>
  value === null || (typeof value === 'number' && Number.isFinite(value) && value >= 0) ? value : undefined,
);

const counts = Object.fromEntries(METRICS.map((name) => [name, at(METRIC_NAMES[name], listOf(sum))])) as {
  readonly [K in keyof typeof METRIC_NAMES]: OptionalField<Sums>;
};

/**
 * The counts of an instance: `{"InstanceId": "i-…", "Period": 300, "StartTime": …, "EndTime": …, "NetworkPacketsIn": [12, null, 0], …}`.
 */
export const instanceMetricsShape: Shape<InstanceMetrics> = object<InstanceMetrics>({
  instanceId: need('InstanceId', id),
  period: need('Period', period),
  startTime: need('StartTime', time),
  endTime: need('EndTime', time),
  ...counts,
});
