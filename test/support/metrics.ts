/** What CloudWatch counted of instances, for tests: two hours of five-minute periods up to a moment. */

import type { InstanceMetrics, Sums } from '../../src/inventory/metrics/instance-metrics.ts';

/** When CloudWatch was asked, if a test says nothing else. */
export const ASKED_AT = new Date('2026-11-24T12:02:00Z');
export const PERIODS = 24;
const PERIOD = 300;

/** The same sum in every period. */
export const steady = (sum: number | null, periods = PERIODS): Sums => new Array(periods).fill(sum);

/** Figures of `i-1` that is busy, has a session that mirrors everything, and skips nothing. */
export function aMetrics(more: Partial<InstanceMetrics> = {}): InstanceMetrics {
  return {
    instanceId: 'i-1',
    period: PERIOD,
    startTime: new Date((Math.floor(ASKED_AT.getTime() / 1000 / PERIOD) - PERIODS) * PERIOD * 1000),
    endTime: ASKED_AT,
    packetsIn: steady(6000),
    packetsOut: steady(4000),
    mirroredPacketsIn: steady(6000),
    mirroredPacketsOut: steady(4000),
    skippedPacketsIn: steady(0),
    skippedPacketsOut: steady(0),
    mirroredBytesIn: steady(6_000_000),
    mirroredBytesOut: steady(400_000),
    ...more,
  };
}

/** Figures of a busy instance of which nothing is mirrored. */
export function silentMetrics(more: Partial<InstanceMetrics> = {}): InstanceMetrics {
  return aMetrics({
    mirroredPacketsIn: steady(0),
    mirroredPacketsOut: steady(0),
    mirroredBytesIn: steady(0),
    mirroredBytesOut: steady(0),
    ...more,
  });
}
