/** Filters, targets, sessions and what is behind targets, by EC2, read to the last page. */

import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { PipelineError } from '../../errors.ts';
import { type Inventory, type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { InterfaceSeen, MirrorReads } from '../../pipeline/doctor/reads.ts';
import type { Clients } from '../clients.ts';
import { describeEc2, type Ec2Lists, type Item } from '../ec2/describe.ts';
import { toInventory } from '../ec2/to-inventory.ts';
import { ask, onceEach } from './ask.ts';

/** Enough to find one that is no target: the fewest that a page may have. */
const SOME = 50;

/** Reads in an account and region. What several checks ask for is read once. */
export function mirrorReads(clients: Clients): MirrorReads {
  const lists = async (scope: Scope): Promise<Ec2Lists> => describeEc2(await clients.in(EC2Client, scope), scope);
  return {
    filters: onceEach(scopeKey, (scope) =>
      ask('DescribeTrafficMirrorFilters', async () => {
        const TrafficMirrorFilters = await (await lists(scope)).list('TrafficMirrorFilters');
        return whole(toInventory(scope, { TrafficMirrorFilters }), 'trafficMirrorFilters');
      }),
    ),
    targets: onceEach(scopeKey, (scope) =>
      ask('DescribeTrafficMirrorTargets', async () => {
        const TrafficMirrorTargets = await (await lists(scope)).list('TrafficMirrorTargets');
        return whole(toInventory(scope, { TrafficMirrorTargets }), 'trafficMirrorTargets');
      }),
    ),
    sessions: onceEach(scopeKey, (scope) =>
      ask('DescribeTrafficMirrorSessions', async () => {
        const TrafficMirrorSessions = await (await lists(scope)).trafficMirrorSessions();
        return whole(toInventory(scope, { TrafficMirrorSessions }), 'trafficMirrorSessions');
      }),
    ),
    interfaces: onceEach(
      (scope, ids) => `${scopeKey(scope)} ${ids.join(' ')}`,
      (scope, ids) =>
        ask('DescribeNetworkInterfaces', async () => {
          const ec2 = await lists(scope);
          return seen(ec2, await ec2.networkInterfaces({ name: 'network-interface-id', values: ids }));
        }),
    ),
    someInterfaces: (scope) =>
      ask('DescribeNetworkInterfaces', async () => {
        const client = await clients.in(EC2Client, scope);
        const { NetworkInterfaces = [] } = await client.send(
          new DescribeNetworkInterfacesCommand({
            MaxResults: SOME,
            Filters: [
              { Name: 'status', Values: ['in-use'] },
              { Name: 'interface-type', Values: ['interface'] },
            ],
          }),
        );
        return NetworkInterfaces.flatMap((item) => interfaceOf(item) ?? []);
      }),
  };
}

/** A list of which every item could be read: an item that could not be is not known to be absent. */
function whole<K extends 'trafficMirrorFilters' | 'trafficMirrorTargets' | 'trafficMirrorSessions'>(
  inventory: Inventory,
  key: K,
): NonNullable<Inventory[K]> {
  const list = inventory[key];
  const why = inventory.unread?.[key] ?? inventory.incomplete?.[key];
  if (list === undefined || why !== undefined)
    throw new PipelineError('inventory-unreadable', why ?? `AWS's answer has no list ${key}`);
  return list;
}

interface SdkInterface {
  readonly NetworkInterfaceId?: string;
  readonly Status?: string;
  readonly SubnetId?: string;
  readonly Attachment?: { readonly InstanceId?: string };
}

function interfaceOf(item: Item): InterfaceSeen | undefined {
  const { NetworkInterfaceId, Status = 'in an unknown state', SubnetId, Attachment } = item as SdkInterface;
  return NetworkInterfaceId === undefined
    ? undefined
    : {
        networkInterfaceId: NetworkInterfaceId,
        status: Status,
        subnetId: SubnetId,
        instanceId: Attachment?.InstanceId,
      };
}

interface SdkReservation {
  readonly Instances?: readonly {
    readonly InstanceId?: string;
    readonly InstanceType?: string;
    readonly State?: { readonly Name?: string };
  }[];
}

/** The interfaces with the state and type of their instances. */
async function seen(ec2: Ec2Lists, items: readonly Item[]): Promise<readonly InterfaceSeen[]> {
  const interfaces = items.flatMap((item) => interfaceOf(item) ?? []);
  const ids = interfaces.flatMap(({ instanceId }) => instanceId ?? []);
  const reservations = (await ec2.reservations({ name: 'instance-id', values: ids })) as readonly SdkReservation[];
  const instances = new Map(
    reservations.flatMap(({ Instances = [] }) => Instances).map((one) => [one.InstanceId, one] as const),
  );
  return interfaces.map((one) => {
    const instance = one.instanceId === undefined ? undefined : instances.get(one.instanceId);
    return { ...one, instanceState: instance?.State?.Name, instanceType: instance?.InstanceType };
  });
}
