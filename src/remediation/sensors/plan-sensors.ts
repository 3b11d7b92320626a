/** Which sensors to launch for sources that no target has room for, and which idle ones to use or terminate. */

import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../../mirror/account-index.ts';
import { poolOf } from '../../mirror/destinations.ts';
import { eligibilityOf } from '../../mirror/eligibility.ts';
import { assign } from '../../mirror/placement/assign.ts';
import type { CreateTargetStep, TerminateSensorStep } from '../plan.ts';
import {
  type IdleSensor,
  idleSensors,
  launchedSensor,
  type PlannedSensor,
  reusedSensor,
  type SensorDemand,
  sensorTags,
  withSensor,
} from './pool.ts';

export interface SensorPlan {
  /** In order of application; empty when there is nothing to launch. */
  readonly steps: readonly CreateTargetStep[];
  /** The account as if the steps were applied: their targets are judged for each source like any other. */
  readonly account: AccountIndex;
}

/**
 * The sensors for sources that no target takes, where their rule launches some. Idle sensors are used first; then as many are launched
 * as the sources need, at most the rule's `maxPerRun`. Each is judged before its launch: a sensor that would serve none of the sources (its
 * security group is closed, the account's sessions are used up) is not launched. Nor is one for a source whose targets could not all
 * be checked.
 */
export function sensorsFor(sources: readonly NetworkInterface[], account: AccountIndex): SensorPlan {
  const wanted = sources.flatMap((source) => demandOf(source, account) ?? []);
  if (wanted.length === 0) return { steps: [], account };
  const refused = new Set(
    assign(account, sources).unplaced.flatMap((one) => (one.unknown ? [] : [one.networkInterfaceId])),
  );
  const candidates = sources.filter(({ networkInterfaceId }) => refused.has(networkInterfaceId));
  const demands = wanted.filter(({ source }) => refused.has(source.networkInterfaceId));
  const idle = demands.length === 0 ? [] : idleSensors(account);
  const reusable = idle.flatMap(reusedSensor);
  const launches = new Map<string, number>();
  const useless = new Set<string>();
  const steps: CreateTargetStep[] = [];
  let extended = account;
  let waiting: ReadonlySet<string> = refused;
  for (;;) {
    const demand = demands.find(
      ({ source, pool, rule, launch }) =>
        waiting.has(source.networkInterfaceId) && !useless.has(pool) && (launches.get(rule) ?? 0) < launch.maxPerRun,
    );
    if (demand === undefined) return { steps, account: extended };
    const { pool, rule } = demand;
    const at = reusable.findIndex((one) => one.pool === pool);
    const sensor = reusable[at] ?? launchedSensor(demand, sensorCount(pool, account, idle, steps), account);
    const tried = withSensor(extended, pool, sensor);
    const left = new Set(assign(tried, candidates).unplaced.map(({ networkInterfaceId }) => networkInterfaceId));
    if (left.size === waiting.size) {
      useless.add(pool);
      continue;
    }
    if (at >= 0) reusable.splice(at, 1);
    else launches.set(rule, (launches.get(rule) ?? 0) + 1);
    steps.push(createTargetStep(sensor, demand, account, waiting.size - left.size));
    extended = tried;
    waiting = left;
  }
}

/** A younger sensor without a target may be one that another run is creating right now. */
const SETTLING_MS = 15 * 60_000;

/**
 * Terminates sensors of ours that never became targets, as an interrupted run leaves them behind, unless one of the `used` steps
 * takes them. Empty unless the whole account was read: only then is it certain that no target uses them.
 */
export function terminationsOf(
  account: AccountIndex,
  used: readonly CreateTargetStep[],
  now: Date,
): readonly TerminateSensorStep[] {
  const { partial, incomplete, accountId, region } = account.inventory;
  if (partial !== undefined || incomplete?.networkInterfaces !== undefined) return [];
  const kept = new Set(used.flatMap((step) => ('instanceId' in step ? [step.instanceId] : [])));
  return idleSensors(account)
    .filter(({ instance: { instanceId, launchTime } }) => {
      const ageMs = launchTime === undefined ? 0 : now.getTime() - launchTime.getTime();
      return ageMs > SETTLING_MS && !kept.has(instanceId);
    })
    .map(({ instance: { instanceId }, networkInterface, pool }) => ({
      kind: 'terminate-sensor',
      ...{ accountId, region, pool, instanceId, resourceId: instanceId },
      networkInterfaceId: networkInterface?.networkInterfaceId ?? instanceId,
      ...{ trafficMirrorTargetId: '', trafficMirrorFilterId: '', sessionNumber: 0 },
      reason: `${instanceId} was launched as a sensor, but no target uses it: it is billed and serves no source`,
    }));
}

function demandOf(source: NetworkInterface, account: AccountIndex): SensorDemand | undefined {
  const eligibility = eligibilityOf(source, account);
  if (eligibility.kind !== 'source') return undefined;
  const { onDemand: launch, filterId, rule = '' } = eligibility.destination;
  const subnetId = launch?.subnetId ?? source.subnetId;
  if (launch === undefined || subnetId === undefined) return undefined;
  return { source, launch, pool: poolOf(launch, source.subnetId), subnetId, filterId, rule };
}

/** How many sensors a pool has: those that are targets, the idle ones, and those that this plan launches. */
function sensorCount(
  pool: string,
  account: AccountIndex,
  idle: readonly IdleSensor[],
  steps: readonly CreateTargetStep[],
): number {
  const targets = [...account.poolTargets.values()].filter(({ proof }) => proof.kind === 'ours' && proof.pool === pool);
  const launched = steps.filter((step) => step.pool === pool && 'ordinal' in step);
  return targets.length + idle.filter((one) => one.pool === pool).length + launched.length;
}

function createTargetStep(
  sensor: PlannedSensor,
  { launch, pool, subnetId, filterId, rule }: SensorDemand,
  account: AccountIndex,
  served: number,
): CreateTargetStep {
  const { accountId, region } = account.inventory;
  const { placeholder, networkInterface, instance } = sensor;
  const sources =
    served === 1 ? 'source that no target of its rule takes' : 'sources that no target of their rule takes';
  const common = {
    kind: 'create-target' as const,
    ...{ accountId, region, trafficMirrorTargetId: placeholder, pool },
    ...{ networkInterfaceId: networkInterface.networkInterfaceId, resourceId: instance.instanceId },
    ...{ trafficMirrorFilterId: filterId, sessionNumber: 0, tags: sensorTags(pool, launch.tags) },
  };
  if (sensor.kind === 'reuse') {
    const { instanceId } = instance;
    const reason = `sensor ${instanceId} exists but has no target yet; it will serve ${served} ${sources}`;
    return { ...common, instanceId, reason };
  }
  const { imageId, instanceType, securityGroupIds } = launch;
  return {
    ...common,
    ...{ ordinal: sensor.ordinal, imageId, instanceType, subnetId, securityGroupIds },
    reason: `${instanceType} from ${imageId} in ${subnetId} is launched by rule ${rule} to serve ${served} ${sources}`,
  };
}
