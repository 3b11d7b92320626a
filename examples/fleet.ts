/** The machines of the example account: workloads, sensors, and the interfaces they have. */

import { ACCOUNT_ID, GROUPS, REGION, SUBNETS, type SubnetName, zoneId } from './network.ts';
import type { Seeded } from './seeded.ts';

export type Tags = Readonly<Record<string, string>>;

/** An interface as the example needs it: what DescribeNetworkInterfaces answers is made of it. */
export interface Eni {
  readonly id: string;
  readonly subnet: SubnetName;
  readonly address: string;
  readonly groups: readonly string[];
}

/** A machine: `primary` comes with it, `more` were attached later. */
export interface Machine {
  readonly name: string;
  readonly instanceId: string;
  readonly type: string;
  readonly state: 'running' | 'stopped' | 'terminated';
  readonly launchTime: Date;
  readonly imageId: string;
  readonly tags: Tags;
  readonly primary: Eni;
  readonly more: readonly Eni[];
  readonly requesterId?: string;
}

/** What a machine is made of; the rest is the same for all. */
export interface MachineParts {
  readonly name: string;
  readonly subnet: SubnetName;
  readonly host: number;
  readonly type?: string;
  readonly state?: Machine['state'];
  readonly launched?: string;
  readonly tags?: Tags;
  readonly groups?: readonly string[];
  /** The last number of a second interface's address. */
  readonly secondHost?: number;
  readonly requesterId?: string;
}

export const IMAGE = 'ami-0e1a5e00000000001';

/** Tags that satisfy the example's policy. */
export const TAGGED: Tags = { CostCenter: 'CC-1042', Owner: 'shop-team@example.com' };

export function eni(random: Seeded, subnet: SubnetName, host: number, groups: readonly string[]): Eni {
  return { id: random.id('eni'), subnet, address: `${SUBNETS[subnet].prefix}.${host}`, groups };
}

export function machine(random: Seeded, parts: MachineParts): Machine {
  const groups = parts.groups ?? [GROUPS.app];
  return {
    name: parts.name,
    instanceId: random.id('i'),
    type: parts.type ?? 'm6i.large',
    state: parts.state ?? 'running',
    launchTime: new Date(parts.launched ?? '2026-02-02T07:00:00Z'),
    imageId: IMAGE,
    tags: { Name: parts.name, ...(parts.tags ?? TAGGED) },
    primary: eni(random, parts.subnet, parts.host, groups),
    more: parts.secondHost === undefined ? [] : [eni(random, parts.subnet, parts.secondHost, groups)],
    ...(parts.requesterId === undefined ? {} : { requesterId: parts.requesterId }),
  };
}

export function tagList(tags: Tags): readonly object[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

const STATES = {
  running: { Code: 16, Name: 'running' },
  stopped: { Code: 80, Name: 'stopped' },
  terminated: { Code: 48, Name: 'terminated' },
} as const;

/** A reservation of one instance, as DescribeInstances answers. A terminated instance keeps neither network nor addresses. */
export function reservationOf(random: Seeded, machine: Machine): object {
  const { subnetId, vpcId, zone } = SUBNETS[machine.primary.subnet];
  const network =
    machine.state === 'terminated'
      ? { NetworkInterfaces: [] }
      : {
          SubnetId: subnetId,
          VpcId: vpcId,
          PrivateIpAddress: machine.primary.address,
          NetworkInterfaces: interfacesOf(machine),
        };
  return {
    ReservationId: random.id('r'),
    OwnerId: ACCOUNT_ID,
    ...(machine.requesterId === undefined ? {} : { RequesterId: machine.requesterId }),
    Instances: [
      {
        InstanceId: machine.instanceId,
        InstanceType: machine.type,
        ImageId: machine.imageId,
        State: STATES[machine.state],
        LaunchTime: machine.launchTime.toISOString(),
        Placement: { AvailabilityZone: `${REGION}${zone}`, Tenancy: 'default' },
        ...network,
        Tags: tagList(machine.tags),
      },
    ],
  };
}

/** A machine's interfaces, as DescribeNetworkInterfaces answers; none for a terminated one. */
export function interfacesOf(machine: Machine): readonly object[] {
  if (machine.state === 'terminated') return [];
  return [machine.primary, ...machine.more].map((eni, deviceIndex) =>
    describeEni(eni, {
      Attachment: {
        AttachmentId: `eni-attach-${eni.id.slice(4)}`,
        InstanceId: machine.instanceId,
        InstanceOwnerId: ACCOUNT_ID,
        DeviceIndex: deviceIndex,
        NetworkCardIndex: 0,
        Status: 'attached',
        DeleteOnTermination: deviceIndex === 0,
      },
    }),
  );
}

/** An interface with what sets it apart. */
export function describeEni({ id, subnet, address, groups }: Eni, parts: object = {}): object {
  const { subnetId, vpcId, zone } = SUBNETS[subnet];
  return {
    NetworkInterfaceId: id,
    InterfaceType: 'interface',
    OwnerId: ACCOUNT_ID,
    SubnetId: subnetId,
    VpcId: vpcId,
    AvailabilityZone: `${REGION}${zone}`,
    AvailabilityZoneId: zoneId(zone),
    PrivateIpAddress: address,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: address }],
    Groups: groups.map((GroupId) => ({ GroupId })),
    Status: 'in-use',
    Description: '',
    RequesterManaged: false,
    TagSet: [],
    ...parts,
  };
}
