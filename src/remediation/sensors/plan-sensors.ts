/** Which sensors are to be launched for sources that no target has room for, and which launched ones are put to use or ended. */

import { type Instance, isLiving, isRunning, tagValue } from '../../inventory/instance.ts';
import { type TrafficMirrorTarget, targetInterfaceId } from '../../inventory/mirror.ts';
import { isPrimary, type NetworkInterface } from '../../inventory/network-interface.ts';
import { type AccountIndex, indexAccount } from '../../mirror/account-index.ts';
import { isOnDemandSensor, POOL_TAG, poolOf } from '../../mirror/destinations.ts';
import { eligibilityOf } from '../../mirror/eligibility.ts';
import { assign } from '../../mirror/placement/assign.ts';
import { MANAGED_TAG, type SensorLaunch } from '../../mirror/policy.ts';
import type { PlanStep } from '../plan.ts';
import { isSensorOf, placeholderOf } from './sensor-launcher.ts';

export interface SensorPlan {
  /** `create-target` steps, in their order; empty when nothing is to be launched. */
  readonly steps: readonly PlanStep[];
  /** The account as if they were done: their targets are judged for each source like any other. */
  readonly account: AccountIndex;
}

/**
 * The sensors for sources that no target takes, where their rule launches some. A sensor that is there already and is no target
 * comes first; then as many are launched as the sources need, at most the rule's `maxPerRun`. Each is judged before: one that would
 * serve none of them either (its security group is closed, the account's sessions are used up) is not launched. None is launched
 * for a source of which it is not known whether a target serves.
 */
export function sensorsFor(sources: readonly NetworkInterface[], account: AccountIndex): SensorPlan {
  const refused = new Set(
    assign(account, sources).unplaced.flatMap((one) => (one.unknown ? [] : [one.networkInterfaceId])),
  );
  const candidates = sources.filter(({ networkInterfaceId }) => refused.has(networkInterfaceId));
  const demands = candidates.flatMap((source) => demandOf(source, account) ?? []);
  const idle = demands.length === 0 ? [] : idleSensors(account);
  const usable = idle.flatMap(idleSensor);
  const launches = new Map<string, number>();
  const useless = new Set<string>();
  const steps: PlanStep[] = [];
  let extended = account;
  let waiting: ReadonlySet<string> = refused;
  for (;;) {
    const demand = demands.find(
      ({ source, pool, rule, launch }) =>
        waiting.has(source.networkInterfaceId) && !useless.has(pool) && (launches.get(rule) ?? 0) < launch.maxPerRun,
    );
    if (demand === undefined) return { steps, account: extended };
    const { pool, rule } = demand;
    const at = usable.findIndex((one) => one.pool === pool);
    const sensor = usable[at] ?? newSensor(demand, sensorsIn(pool, account, idle, steps), account);
    const tried = withSensor(extended, pool, sensor);
    const left = new Set(assign(tried, candidates).unplaced.map(({ networkInterfaceId }) => networkInterfaceId));
    if (left.size === waiting.size) {
      useless.add(pool);
      continue;
    }
    if (at >= 0) usable.splice(at, 1);
    else launches.set(rule, (launches.get(rule) ?? 0) + 1);
    steps.push(stepFor(sensor, demand, account, waiting.size - left.size));
    extended = tried;
    waiting = left;
  }
}

/** So long a sensor without a target may be one that another run is just making. */
const SETTLING_MS = 15 * 60_000;

/**
 * Steps that end sensors of ours which never became targets, as a run that was cut off leaves them, where `used` does not make use of
 * them. Empty unless the whole account was read: only then is it known that no target stands on them.
 */
export function terminationsOf(account: AccountIndex, used: readonly PlanStep[], now: Date): readonly PlanStep[] {
  const { partial, incomplete, accountId, region } = account.inventory;
  if (partial !== undefined || incomplete?.networkInterfaces !== undefined) return [];
  const kept = new Set(used.map(({ instanceId }) => instanceId));
  return idleSensors(account)
    .filter(({ instance: { instanceId, launchTime } }) => {
      const age = launchTime === undefined ? 0 : now.getTime() - launchTime.getTime();
      return age > SETTLING_MS && !kept.has(instanceId);
    })
    .map(({ instance: { instanceId }, networkInterface, pool }) => ({
      kind: 'terminate-sensor',
      ...{ accountId, region, pool, instanceId, resourceId: instanceId },
      networkInterfaceId: networkInterface?.networkInterfaceId ?? instanceId,
      ...{ trafficMirrorTargetId: '', trafficMirrorFilterId: '', sessionNumber: 0 },
      reason: `${instanceId} was launched as a sensor and is no target: it is billed and serves nobody`,
    }));
}

/** What a source would have launched. */
interface Demand {
  readonly source: NetworkInterface;
  readonly launch: SensorLaunch;
  readonly pool: string;
  readonly subnetId: string;
  readonly filterId: string;
  readonly rule: string;
}

function demandOf(source: NetworkInterface, account: AccountIndex): Demand | undefined {
  const eligibility = eligibilityOf(source, account);
  if (eligibility.kind !== 'source') return undefined;
  const { onDemand: launch, filterId, rule = '' } = eligibility.destination;
  const subnetId = launch?.subnetId ?? source.subnetId;
  if (launch === undefined || subnetId === undefined) return undefined;
  return { source, launch, pool: poolOf(launch, source.subnetId), subnetId, filterId, rule };
}

/** A sensor of ours that no target stands on. */
interface IdleSensor {
  readonly pool: string;
  readonly instance: Instance;
  readonly networkInterface: NetworkInterface | undefined;
}

/** By instance id. Where instances or targets were not read, none is known. */
function idleSensors(account: AccountIndex): readonly IdleSensor[] {
  const { instances = [], trafficMirrorTargets, accountId } = account.inventory;
  if (trafficMirrorTargets === undefined) return [];
  const used = new Set(trafficMirrorTargets.map(targetInterfaceId));
  return instances
    .filter(({ tags, ownerId = accountId }) => isOnDemandSensor(tags) && ownerId === accountId)
    .toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1))
    .flatMap((instance) => {
      const pool = tagValue(instance.tags, POOL_TAG) ?? '';
      const own = account.interfacesOf(instance.instanceId);
      const serves = own.some(({ networkInterfaceId }) => used.has(networkInterfaceId));
      if (serves || !isLiving(instance) || !isSensorOf(pool, instance)) return [];
      return [{ pool, instance, networkInterface: own.find(isPrimary) }];
    });
}

/** A sensor that is to become a target. `ordinal` when it is to be launched, `instance` when it is there. */
interface PlannedSensor {
  readonly placeholder: string;
  readonly networkInterface: NetworkInterface;
  readonly instance: Instance;
  readonly ordinal?: number | undefined;
}

function idleSensor({ pool, instance, networkInterface }: IdleSensor): readonly (PlannedSensor & { pool: string })[] {
  if (networkInterface === undefined || !isRunning(instance)) return [];
  return [{ pool, instance, networkInterface, placeholder: placeholderOf(pool, instance.instanceId) }];
}

function newSensor({ source, launch, pool, subnetId }: Demand, ordinal: number, account: AccountIndex): PlannedSensor {
  const placeholder = placeholderOf(pool, ordinal);
  const found = account.subnet(subnetId);
  // Of a subnet that was not read the source says what it can, when it is in it.
  const own = source.subnetId === subnetId ? source : {};
  const place: Pick<NetworkInterface, 'vpcId' | 'availabilityZone' | 'availabilityZoneId'> =
    typeof found === 'object' ? { ...own, ...found } : own;
  const { vpcId, availabilityZone, availabilityZoneId } = place;
  const where = {
    subnetId,
    ...(vpcId !== undefined && { vpcId }),
    ...(availabilityZone !== undefined && { availabilityZone }),
    ...(availabilityZoneId !== undefined && { availabilityZoneId }),
  };
  // Rules that tell the addresses of one subnet apart are rare: its first address stands for the one it will get.
  const privateIpAddress = typeof found === 'object' ? found.cidrBlock?.split('/')[0] : undefined;
  const { imageId, instanceType, securityGroupIds: groupIds } = launch;
  const state = { state: 'running', imageId, instanceType, tags: [], networkInterfaceIds: [placeholder] } as const;
  const attachment = { instanceId: placeholder, deviceIndex: 0, networkCardIndex: 0, status: 'attached' };
  return {
    ...{ placeholder, ordinal },
    instance: { instanceId: placeholder, ...state, ...where },
    networkInterface: {
      ...{ networkInterfaceId: placeholder, interfaceType: 'interface', status: 'in-use', attachment, groupIds },
      ...{ ...where, ...(privateIpAddress !== undefined && { privateIpAddress }), tags: [] },
    },
  };
}

/** How many sensors the pool has: those that are targets, those that are to become ones, and those that this plan launches. */
function sensorsIn(
  pool: string,
  account: AccountIndex,
  idle: readonly IdleSensor[],
  steps: readonly PlanStep[],
): number {
  const targets = (account.inventory.trafficMirrorTargets ?? []).filter(
    ({ tags }) => tagValue(tags, POOL_TAG) === pool,
  );
  const planned = steps.filter((step) => step.pool === pool && step.ordinal !== undefined);
  return targets.length + idle.filter((one) => one.pool === pool).length + planned.length;
}

/** The account with the sensor as a target, or as it was when it is not known what is in it. */
function withSensor(account: AccountIndex, pool: string, sensor: PlannedSensor): AccountIndex {
  const { inventory, policy, unsupported } = account;
  const { instances, networkInterfaces, trafficMirrorTargets, accountId } = inventory;
  if (instances === undefined || networkInterfaces === undefined || trafficMirrorTargets === undefined) return account;
  const { networkInterface, instance, placeholder, ordinal } = sensor;
  const target: TrafficMirrorTarget = {
    ...{ trafficMirrorTargetId: placeholder, type: 'network-interface', ownerId: accountId },
    ...{ networkInterfaceId: networkInterface.networkInterfaceId, tags: tagsOf(pool) },
  };
  const there =
    ordinal === undefined
      ? {}
      : {
          instances: [...instances, instance],
          networkInterfaces: [...networkInterfaces, networkInterface],
        };
  const extendedTargets = [...trafficMirrorTargets, target];
  return indexAccount({ ...inventory, ...there, trafficMirrorTargets: extendedTargets }, policy, { unsupported });
}

/** Of the instance, its interface and its target alike, and the same for every sensor of a pool: a repeated launch must not differ. */
function tagsOf(pool: string, more: SensorLaunch['tags'] = []): NonNullable<PlanStep['tags']> {
  const own = [
    { key: MANAGED_TAG, value: 'true' },
    { key: POOL_TAG, value: pool },
    { key: 'Name', value: `mirrorwatch-sensor-${pool}` },
  ];
  return [...own, ...more.filter(({ key }) => !own.some((tag) => tag.key === key))];
}

function stepFor(
  sensor: PlannedSensor,
  { launch, pool, subnetId, filterId, rule }: Demand,
  account: AccountIndex,
  served: number,
): PlanStep {
  const { accountId, region } = account.inventory;
  const { placeholder, networkInterface, instance, ordinal } = sensor;
  const whom = `${served} ${served === 1 ? 'source that no target of its rule takes' : 'sources that no target of their rule takes'}`;
  const common = {
    kind: 'create-target' as const,
    ...{ accountId, region, trafficMirrorTargetId: placeholder, pool },
    ...{ networkInterfaceId: networkInterface.networkInterfaceId, resourceId: instance.instanceId },
    ...{ trafficMirrorFilterId: filterId, sessionNumber: 0, tags: tagsOf(pool, launch.tags) },
  };
  if (ordinal === undefined) {
    const { instanceId } = instance;
    return { ...common, instanceId, reason: `sensor ${instanceId} is there and no target yet: for ${whom}` };
  }
  const { imageId, instanceType, securityGroupIds } = launch;
  const how = { ordinal, imageId, instanceType, subnetId, securityGroupIds };
  const what = `${instanceType} from ${imageId} in ${subnetId} is launched by rule ${rule}`;
  return { ...common, ...how, reason: `${what}: for ${whom}` };
}
