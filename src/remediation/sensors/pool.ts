/** The sensors of a pool: those that no target uses yet, those to launch, and the account with one more of them as a target. */

import { byText } from '../../collections.ts';
import { type Instance, isLiving, isRunning } from '../../inventory/instance.ts';
import { NOTHING_OURS } from '../../inventory/inventory.ts';
import { type TrafficMirrorTarget, targetInterfaceId } from '../../inventory/mirror.ts';
import { isPrimary, type NetworkInterface } from '../../inventory/network-interface.ts';
import { type AccountIndex, indexAccount } from '../../mirror/account-index.ts';
import { POOL_TAG } from '../../mirror/destinations.ts';
import { sensorProof, sensorToken } from '../../mirror/ours/sensors.ts';
import { MANAGED_TAG, type SensorLaunch } from '../../mirror/policy.ts';
import type { Tag } from '../../sighting/sighting.ts';
import { placeholderOf } from './sensor-launcher.ts';

/** A sensor of ours that no target uses. */
export interface IdleSensor {
  readonly pool: string;
  readonly instance: Instance;
  /** Absent when the interface is gone, or was not read. */
  readonly networkInterface: NetworkInterface | undefined;
}

/** A sensor that is to become a target, under a placeholder until then. */
export type PlannedSensor = LaunchedSensor | ReusedSensor;

interface CommonSensor {
  readonly placeholder: string;
  readonly instance: Instance;
  readonly networkInterface: NetworkInterface;
}

/** Not launched yet: the instance and interface are what we expect EC2 to create. */
interface LaunchedSensor extends CommonSensor {
  readonly kind: 'launch';
  readonly ordinal: number;
}

/** Launched earlier. */
export interface ReusedSensor extends CommonSensor {
  readonly kind: 'reuse';
  readonly pool: string;
}

/** What to launch, for a source that no target takes. */
export interface SensorDemand {
  readonly source: NetworkInterface;
  readonly launch: SensorLaunch;
  readonly pool: string;
  readonly subnetId: string;
  readonly filterId: string;
  readonly rule: string;
}

/**
 * Our sensors that no target uses, by instance id. Empty if instances or targets were not read. An instance is ours only if the launch is
 * proven: one that carries our tags, or was launched with our client token, may be anybody's.
 */
export function idleSensors(account: AccountIndex): readonly IdleSensor[] {
  const { instances = [], trafficMirrorTargets } = account.inventory;
  if (trafficMirrorTargets === undefined) return [];
  const used = new Set(trafficMirrorTargets.map(targetInterfaceId));
  return instances.toSorted(byText(({ instanceId }) => instanceId)).flatMap((instance) => {
    const proof = sensorProof(instance, account.inventory);
    if (proof.kind !== 'ours') return [];
    const { pool } = proof;
    const interfaces = account.interfacesOf(instance.instanceId);
    const serves = interfaces.some(({ networkInterfaceId }) => used.has(networkInterfaceId));
    if (serves || !isLiving(instance)) return [];
    return [{ pool, instance, networkInterface: interfaces.find(isPrimary) }];
  });
}

/** The idle sensor as a target; nothing for one that does not run or has no interface. */
export function reusedSensor({ pool, instance, networkInterface }: IdleSensor): readonly ReusedSensor[] {
  if (networkInterface === undefined || !isRunning(instance)) return [];
  const placeholder = placeholderOf(pool, instance.instanceId);
  return [{ kind: 'reuse', pool, instance, networkInterface, placeholder }];
}

/** The sensor we expect a demand to launch. */
export function launchedSensor(demand: SensorDemand, ordinal: number, account: AccountIndex): LaunchedSensor {
  const { source, launch, pool, subnetId } = demand;
  const placeholder = placeholderOf(pool, ordinal);
  const found = account.subnet(subnetId);
  const subnet = typeof found === 'object' ? found : undefined;
  // If the subnet was not read, a source in it still shows its zone and VPC.
  const { vpcId, availabilityZone, availabilityZoneId } = {
    ...(source.subnetId === subnetId ? source : undefined),
    ...subnet,
  };
  const place = { subnetId, vpcId, availabilityZone, availabilityZoneId };
  const { imageId, instanceType, securityGroupIds: groupIds } = launch;
  return {
    ...{ kind: 'launch', placeholder, ordinal },
    instance: {
      ...{ instanceId: placeholder, state: 'running', imageId, instanceType, tags: [] },
      clientToken: sensorToken(pool, ordinal),
      ...{ networkInterfaceIds: [placeholder], ...place },
    },
    networkInterface: {
      ...{ networkInterfaceId: placeholder, interfaceType: 'interface', status: 'in-use', groupIds, tags: [] },
      attachment: { instanceId: placeholder, deviceIndex: 0, networkCardIndex: 0, status: 'attached' },
      ...place,
      // The subnet's first address stands in for the one to come: few rules distinguish addresses within a subnet.
      privateIpAddress: subnet?.cidrBlock?.split('/')[0],
    },
  };
}

/** The account with the sensor as a target; unchanged when a list it belongs in was not read. */
export function withSensor(account: AccountIndex, pool: string, sensor: PlannedSensor): AccountIndex {
  const { inventory, policy, unsupported, compiled } = account;
  const { instances, networkInterfaces, trafficMirrorTargets, accountId } = inventory;
  if (instances === undefined || networkInterfaces === undefined || trafficMirrorTargets === undefined) return account;
  const { networkInterface, instance, placeholder } = sensor;
  const target: TrafficMirrorTarget = {
    ...{ trafficMirrorTargetId: placeholder, type: 'network-interface', ownerId: accountId },
    ...{ networkInterfaceId: networkInterface.networkInterfaceId, tags: sensorTags(pool) },
  };
  const launched =
    sensor.kind === 'launch'
      ? { instances: [...instances, instance], networkInterfaces: [...networkInterfaces, networkInterface] }
      : {};
  const known = inventory.ours ?? NOTHING_OURS;
  const ours = { ...known, instanceIds: new Set([...known.instanceIds, instance.instanceId]) };
  const extended = { ...inventory, ...launched, ours, trafficMirrorTargets: [...trafficMirrorTargets, target] };
  return indexAccount(extended, policy, { unsupported, compiled });
}

/** Tags of the instance, its interface and its target. All sensors of a pool share them, because a repeated launch must not differ. */
export function sensorTags(pool: string, more: readonly Tag[] = []): readonly Tag[] {
  const own = [
    { key: MANAGED_TAG, value: 'true' },
    { key: POOL_TAG, value: pool },
    { key: 'Name', value: `mirrorwatch-sensor-${pool}` },
  ];
  return [...own, ...more.filter(({ key }) => !own.some((tag) => tag.key === key))];
}
