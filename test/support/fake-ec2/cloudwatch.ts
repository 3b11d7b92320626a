/** CloudWatch's figures: those of the account's `Metrics`, as a snapshot has them, by `GetMetricData` with AWS's limits. */

import { FakeFault, type Item, type Params } from './account.ts';
import type { Given } from './other-services.ts';

/** Answers as AWS does: at most 500 queries a call, results in pages that may end within a series, times in seconds. */
export function getMetricData({ account }: Given, params: Params): object {
  const { MetricDataQueries = [], NextToken, StartTime, EndTime } = params;
  if (MetricDataQueries.length > 500)
    throw new FakeFault(
      'ValidationError',
      'The collection MetricDataQueries must not have a size greater than 500.',
      400,
    );
  const metrics: readonly Item[] = account.lists.Metrics ?? [];
  const series = MetricDataQueries.map(({ Id, MetricStat }: Item) => {
    const { Dimensions, MetricName } = MetricStat.Metric;
    const [{ Value }] = Dimensions;
    const item = metrics.find(({ InstanceId }) => InstanceId === Value);
    const sums: readonly (number | null)[] = item?.[MetricName] ?? [];
    const start = Date.parse(item?.StartTime ?? 0) / 1000;
    const points = sums
      .map((sum, at) => ({ time: start + at * MetricStat.Period, sum }))
      .filter(({ time, sum }) => sum !== null && time >= StartTime && time < EndTime);
    return { Id, Label: MetricName, points };
  });
  const size = account.page;
  const all = series.flatMap(({ Id, Label, points }: Item) =>
    (points.length === 0 ? [undefined] : points).map((point: Item | undefined) => ({ Id, Label, point })),
  );
  const from = Number(NextToken ?? 0);
  const page = all.slice(from, from + size);
  const next = from + size < all.length ? String(from + size) : undefined;
  const results = new Map<string, Item>();
  for (const { Id, Label, point } of page) {
    const result = results.get(Id) ?? { Id, Label, Timestamps: [], Values: [], StatusCode: 'Complete' };
    if (point !== undefined) {
      result.Timestamps.push(point.time);
      result.Values.push(point.sum);
    }
    results.set(Id, result);
  }
  const last = page.at(-1)?.Id;
  if (next !== undefined && all[from + size]?.Id === last && last !== undefined)
    (results.get(last) as Item).StatusCode = 'PartialData';
  return { MetricDataResults: [...results.values()], NextToken: next };
}
