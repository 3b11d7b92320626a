/** Launches and terminates instances in an account in a file. */

import type { Instance } from '../../inventory/instance.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isPrimary, type NetworkInterface } from '../../inventory/network-interface.ts';
import type { LaunchRequest, Sensor } from '../../remediation/sensors/sensor-launcher.ts';
import { type Refusal, throwRefusal } from './mirror-quotas.ts';

/** Adds a running instance with one interface, both tagged. Throws AwsCallError as EC2 does if a named resource does not exist. */
export function launchedInto(
  inventory: Inventory,
  { imageId, instanceType, subnetId, securityGroupIds, clientToken, tags }: LaunchRequest,
  ids: { readonly instanceId: string; readonly networkInterfaceId: string; readonly launchTime: Date },
): Partial<Inventory> {
  const { instances, networkInterfaces = [], subnets, securityGroups, accountId } = inventory;
  const { instanceId, networkInterfaceId, launchTime } = ids;
  const subnet = subnets?.find((each) => each.subnetId === subnetId);
  const absent = securityGroupIds.find((id) => securityGroups?.every(({ groupId }) => groupId !== id));
  const subnetIsMissing = subnets !== undefined && subnet === undefined;
  const refusal = refusalOfLaunch(instances === undefined, subnetIsMissing ? subnetId : undefined, absent);
  if (refusal !== undefined) throwRefusal('RunInstances', inventory, refusal);
  const { vpcId, availabilityZone, availabilityZoneId, cidrBlock } = subnet ?? {};
  const where = { subnetId, vpcId, availabilityZone };
  const taken = new Set(networkInterfaces.map(({ privateIpAddress }) => privateIpAddress));
  const privateIpAddress = freeAddress(cidrBlock, taken);
  const instance: Instance = {
    ...{ instanceId, imageId, instanceType, clientToken, tags, launchTime, state: 'running' },
    ...{ ...where, privateIpAddress, networkInterfaceIds: [networkInterfaceId] },
  };
  const networkInterface: NetworkInterface = {
    ...{ networkInterfaceId, interfaceType: 'interface', ownerId: accountId, status: 'in-use', tags },
    ...{ ...where, availabilityZoneId, privateIpAddress, groupIds: securityGroupIds },
    attachment: { instanceId, instanceOwnerId: accountId, deviceIndex: 0, networkCardIndex: 0, status: 'attached' },
  };
  return { instances: [...(instances ?? []), instance], networkInterfaces: [...networkInterfaces, networkInterface] };
}

function refusalOfLaunch(
  lacksInstances: boolean,
  missingSubnet: string | undefined,
  missingGroup: string | undefined,
): Refusal | undefined {
  if (lacksInstances) return { code: 'UnsupportedOperation', message: 'The account file does not list the instances' };
  if (missingSubnet !== undefined)
    return { code: 'InvalidSubnetID.NotFound', message: `The subnet ID '${missingSubnet}' does not exist` };
  if (missingGroup === undefined) return undefined;
  return { code: 'InvalidGroup.NotFound', message: `The security group '${missingGroup}' does not exist` };
}

/** The first free address of the subnet. EC2 reserves the first four and the last. */
function freeAddress(cidrBlock: string | undefined, taken: ReadonlySet<string | undefined>): string | undefined {
  const [, network, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidrBlock ?? '') ?? [];
  if (network === undefined) return undefined;
  const first = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  for (let offset = 4; offset < 2 ** (32 - Number(bits)) - 1; offset += 1) {
    const value = first + offset;
    const address = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
    if (!taken.has(address)) return address;
  }
  return undefined;
}

/** An instance as a sensor; undefined if it does not exist. */
export function sensorIn({ instances, networkInterfaces }: Inventory, instanceId: string): Sensor | undefined {
  const instance = instances?.find((each) => each.instanceId === instanceId);
  if (instance === undefined) return undefined;
  const { state, clientToken, launchTime } = instance;
  const own = networkInterfaces?.find((each) => each.attachment?.instanceId === instanceId && isPrimary(each));
  return {
    instanceId,
    state,
    clientToken,
    launchTime,
    networkInterfaceId: own?.networkInterfaceId,
  };
}

/** Terminates an instance and removes its interfaces and their sessions; undefined if it does not exist. */
export function terminatedIn(inventory: Inventory, instanceId: string): Partial<Inventory> | undefined {
  const { instances = [], networkInterfaces = [], trafficMirrorSessions = [] } = inventory;
  if (instances.every((each) => each.instanceId !== instanceId)) return undefined;
  const gone = new Set(
    networkInterfaces.flatMap((each) => (each.attachment?.instanceId === instanceId ? [each.networkInterfaceId] : [])),
  );
  return {
    instances: instances.map((each) => (each.instanceId === instanceId ? terminated(each) : each)),
    networkInterfaces: networkInterfaces.filter((each) => !gone.has(each.networkInterfaceId)),
    trafficMirrorSessions: trafficMirrorSessions.filter((each) => !gone.has(each.networkInterfaceId)),
  };
}

/** A terminated instance has neither a subnet nor an address. */
function terminated({ subnetId: _subnet, vpcId: _vpc, privateIpAddress: _address, ...instance }: Instance): Instance {
  return { ...instance, state: 'terminated', networkInterfaceIds: [] };
}
