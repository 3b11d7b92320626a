/** Reads from CloudWatch what it counted of instances: one request for each fifty of them. */

import {
  CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import type { Scope } from '../../inventory/inventory.ts';
import { type InstanceMetrics, METRIC_NAMES, METRICS } from '../../inventory/metrics/instance-metrics.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';

/** EC2 publishes figures of mirrored traffic every five minutes, whatever monitoring an instance has. */
const PERIOD_SECONDS = 300;
/** Two hours: enough to tell what stopped a while ago from what never was. */
const PERIODS = 24;
/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_PER_CALL = 500;
const INSTANCES_PER_CALL = Math.floor(QUERIES_PER_CALL / METRICS.length);

/**
 * The figures of these instances up to now, in their order. One that CloudWatch knows nothing of has no counts. The calls are made one
 * after the other, which keeps below AWS's limits of calls and of figures a second.
 *
 * @throws AwsCallError
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
 */
export async function readMetrics(
  clients: Clients,
  scope: Scope,
  instanceIds: readonly string[],
  now: Date,
): Promise<readonly InstanceMetrics[]> {
  if (instanceIds.length === 0) return [];
  const client = await clients.in(CloudWatchClient, scope);
  const periodMs = PERIOD_SECONDS * 1000;
  const startTime = new Date((Math.floor(now.getTime() / periodMs) - PERIODS) * periodMs);
  const read: InstanceMetrics[] = [];
  for (let from = 0; from < instanceIds.length; from += INSTANCES_PER_CALL) {
    const some = instanceIds.slice(from, from + INSTANCES_PER_CALL);
    const results = await seriesOf(client, scope, { startTime, endTime: now, queries: some.flatMap(queriesFor) });
    for (const [index, instanceId] of some.entries())
      read.push({
        instanceId,
        period: PERIOD_SECONDS,
        startTime,
        endTime: now,
        ...countsOf(index, results, startTime),
      });
  }
  return read;
}

interface Asked {
  readonly startTime: Date;
  readonly endTime: Date;
  readonly queries: MetricDataQuery[];
}

/** The figures by the ids of their queries. A page may hold parts of any of them. */
async function seriesOf(
  client: CloudWatchClient,
  scope: Scope,
  { startTime: StartTime, endTime: EndTime, queries: MetricDataQueries }: Asked,
): Promise<ReadonlyMap<string, readonly MetricDataResult[]>> {
  const byId = new Map<string, MetricDataResult[]>();
  let NextToken: string | undefined;
  do {
    const page = await awsCall('GetMetricData', scope, () =>
      client.send(
        new GetMetricDataCommand({ StartTime, EndTime, MetricDataQueries, ScanBy: 'TimestampAscending', NextToken }),
      ),
    );
    for (const result of page.MetricDataResults ?? []) {
      const parts = byId.get(result.Id ?? '') ?? [];
      byId.set(result.Id ?? '', [...parts, result]);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== '');
  return byId;
}

function queriesFor(instanceId: string, index: number): readonly MetricDataQuery[] {
  return METRICS.map((name) => ({
    Id: idOf(index, name),
    MetricStat: {
      Metric: {
        Namespace: 'AWS/EC2',
        MetricName: METRIC_NAMES[name],
        Dimensions: [{ Name: 'InstanceId', Value: instanceId }],
      },
      Period: PERIOD_SECONDS,
      Stat: 'Sum',
    },
  }));
}

/** An id of a query must begin with a small letter. */
function idOf(index: number, name: string): string {
  return `${name}_${index}`;
}

/** The counts of one instance. One without any figure is left out, and one that CloudWatch could not read whole. */
function countsOf(
  index: number,
  results: ReadonlyMap<string, readonly MetricDataResult[]>,
  startTime: Date,
): Partial<InstanceMetrics> {
  const counts = METRICS.flatMap((name) => {
    const parts = results.get(idOf(index, name)) ?? [];
    if (parts.some(({ StatusCode }) => StatusCode === 'InternalError' || StatusCode === 'Forbidden')) return [];
    const sums: (number | null)[] = new Array(PERIODS).fill(null);
    for (const { Timestamps = [], Values = [] } of parts)
      for (const [at, time] of Timestamps.entries()) {
        const place = (time.getTime() - startTime.getTime()) / (PERIOD_SECONDS * 1000);
        const value = Values[at];
        if (value !== undefined && value >= 0 && Number.isInteger(place) && place >= 0 && place < PERIODS)
          sums[place] = value;
      }
    return sums.every((sum) => sum === null) ? [] : [[name, sums] as const];
  });
  return Object.fromEntries(counts);
}
