/** The machines of the example account: workloads, sensors, and their interfaces. */

import { ACCOUNT_ID, GROUPS, REGION, SUBNETS, type SubnetName, zoneId } from './network.ts';
import type { Seeded } from './seeded.ts';

/** Tag values by key. */
export type Tags = Readonly<Record<string, string>>;

/** An interface; `describeEni` turns it into what DescribeNetworkInterfaces returns. */
export interface Eni {
  readonly id: string;
  readonly subnet: SubnetName;
  readonly address: string;
  readonly groups: readonly string[];
}

/** A machine. `primary` was created with it; `more` were attached later. */
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
  readonly requesterId: string | undefined;
}

/** What differs between machines; the rest is the same for all. */
export interface MachineParts {
  readonly name: string;
  readonly subnet: SubnetName;
  readonly host: number;
  readonly type?: string;
  readonly state?: Machine['state'];
  readonly launched?: string;
  readonly tags?: Tags;
  readonly groups?: readonly string[];
  /** The last octet of a second interface's address. */
  readonly secondHost?: number;
  readonly requesterId?: string;
}

/** The image of every machine. */
export const IMAGE = 'ami-0e1a5e00000000001';

/** Tags that satisfy the example's policy. */
export const TAGGED: Tags = { CostCenter: 'CC-1042', Owner: 'shop-team@example.com' };

/** An interface with a random id; `host` is the last octet of its address. */
export function eni(random: Seeded, subnet: SubnetName, host: number, groups: readonly string[]): Eni {
  return { id: random.id('eni'), subnet, address: `${SUBNETS[subnet].prefix}.${host}`, groups };
}

/** A machine with random ids. */
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
    requesterId: parts.requesterId,
  };
}

/** Tags in EC2's form. */
export function tagList(tags: Tags): readonly object[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

const STATES = {
  running: { Code: 16, Name: 'running' },
  stopped: { Code: 80, Name: 'stopped' },
  terminated: { Code: 48, Name: 'terminated' },
} as const;

/** A reservation of one instance, as DescribeInstances returns it. A terminated instance has no network and no addresses. */
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
    RequesterId: machine.requesterId,
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

/** A machine's interfaces, as DescribeNetworkInterfaces returns them; none for a terminated machine. */
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

/** An interface as DescribeNetworkInterfaces returns it; `parts` override the defaults. */
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
