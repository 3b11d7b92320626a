/** One account of the world, as EC2's describe calls list it: a network in which every sensor can be reached, sensors, and nothing else. */

import type { FakeAccount, Item } from '../../test/support/fake-ec2/account.ts';

export const HOME = '111122223333';
export const MEMBER = '444455556666';
export const REGION = 'eu-west-1';
export const FILTER = 'tmf-0aaaaaaaaaaaaaaaa';
export const FOREIGN_FILTER = 'tmf-0ffffffffffffffff';
/** For what GuardDuty suspects. */
export const SUSPICION_FILTER = 'tmf-0eeeeeeeeeeeeeeee';

/** A sensor: an instance that receives mirrored packets. */
export interface Sensor {
  readonly targetId: string;
  readonly capacity: number;
}

export const VPC = 'vpc-0aaaaaaaaaaaaaaaa';
const SUBNET = 'subnet-0aaaaaaaaaaaaaaaa';
const ZONE = { AvailabilityZone: 'eu-west-1a', AvailabilityZoneId: 'euw1-az1' };
const APP_GROUP = 'sg-0aaaaaaaaaaaaaaaa';
export const SENSOR_GROUP = 'sg-0bbbbbbbbbbbbbbbb';
const ANYWHERE = { IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [] };

/** A hexadecimal id of AWS's length. */
export function idOf(prefix: string, number: number, kind = '0'): string {
  return `${prefix}-${kind}${number.toString(16).padStart(16, '0')}`;
}

/** What makes an interface of an instance. `index` is 0 for the first. */
export interface InterfaceOptions {
  readonly index: number;
  /** Which interface of the instance it is, counting those that are gone too. @default index */
  readonly ordinal?: number;
  readonly group?: string;
}

/** An interface in use on an instance. */
export function interfaceOf(accountId: string, number: number, options: InterfaceOptions): Item {
  const { index, ordinal = index, group = APP_GROUP } = options;
  const NetworkInterfaceId = idOf('eni', number, ordinal.toString(16));
  const PrivateIpAddress = `10.0.${((number >> 8) & 15) + 16 * ordinal}.${number & 255}`;
  const Attachment = {
    AttachmentId: idOf('eni-attach', number, ordinal.toString(16)),
    InstanceId: idOf('i', number),
    InstanceOwnerId: accountId,
    DeviceIndex: index,
    NetworkCardIndex: 0,
    Status: 'attached',
    DeleteOnTermination: true,
  };
  return {
    ...{ NetworkInterfaceId, InterfaceType: 'interface', OwnerId: accountId, Status: 'in-use' },
    ...{ SubnetId: SUBNET, VpcId: VPC, ...ZONE },
    ...{ PrivateIpAddress, PrivateIpAddresses: [{ Primary: true, PrivateIpAddress }], Groups: [{ GroupId: group }] },
    ...{ Description: '', RequesterManaged: false, TagSet: [], Attachment },
  };
}

/** The interface of a Fargate task: AWS's side holds it, and its description is the ARN of its attachment. */
export function taskInterfaceOf(accountId: string, number: number, description: string, tags: readonly Item[]): Item {
  const { Attachment: _, ...networkInterface } = interfaceOf(accountId, number, { index: 1, ordinal: 15 });
  const Attachment = { AttachmentId: idOf('eni-attach', number, 'f'), DeviceIndex: 1, Status: 'attached' };
  return {
    ...networkInterface,
    ...{ Description: description, RequesterManaged: true, TagSet: [...tags] },
    Attachment: { ...Attachment, InstanceOwnerId: '999999999999', DeleteOnTermination: false },
  };
}

/** An instance, running from the start or pending. */
export function instanceOf(
  accountId: string,
  number: number,
  options: {
    readonly at: number;
    readonly tags: readonly Item[];
    readonly state?: string;
    readonly interfaces?: number;
    readonly group?: string;
  },
): { readonly reservation: Item; readonly networkInterfaces: readonly Item[] } {
  const { at, tags, state = 'pending', interfaces = 1, group = APP_GROUP } = options;
  const networkInterfaces = Array.from({ length: interfaces }, (_, index) =>
    interfaceOf(accountId, number, { index, group }),
  );
  const PrivateIpAddress = networkInterfaces[0]?.PrivateIpAddress;
  const where = { SubnetId: SUBNET, VpcId: VPC };
  const instance = {
    ...{
      InstanceId: idOf('i', number),
      InstanceType: 'm6i.large',
      ImageId: 'ami-0aaaaaaaaaaaaaaaa',
      ...where,
      PrivateIpAddress,
    },
    ...{ State: stateOf(state), LaunchTime: new Date(at).toISOString(), Tags: [...tags] },
    Placement: { AvailabilityZone: ZONE.AvailabilityZone, Tenancy: 'default' },
    NetworkInterfaces: [...networkInterfaces],
  };
  return {
    reservation: { ReservationId: idOf('r', number), OwnerId: accountId, Instances: [instance] },
    networkInterfaces,
  };
}

const STATES: Readonly<Record<string, number>> = { pending: 0, running: 16, terminated: 48, stopping: 64, stopped: 80 };

/** An instance's `State`. */
export function stateOf(Name: string): Item {
  return { Code: STATES[Name] ?? 0, Name };
}

/** A new account with these sensors, each on an instance of its own that is tagged as required. */
export function accountWith(accountId: string, sensors: readonly Sensor[], startAt: number): FakeAccount {
  const made = sensors.map(({ targetId }, index) => ({
    targetId,
    ...instanceOf(accountId, (accountId === HOME ? 0xf00 : 0xf80) + index, {
      ...{ at: startAt - 86_400_000, state: 'running', group: SENSOR_GROUP },
      tags: [{ Key: 'CostCenter', Value: 'security' }],
    }),
  }));
  const entry = (Egress: boolean): Item => ({
    RuleNumber: 100,
    RuleAction: 'allow',
    CidrBlock: '0.0.0.0/0',
    Protocol: '-1',
    Egress,
  });
  const owned = { VpcId: VPC, OwnerId: accountId };
  const lists: Record<string, Item[]> = {
    Reservations: made.map(({ reservation }) => reservation),
    NetworkInterfaces: made.flatMap(({ networkInterfaces }) => networkInterfaces),
    SecurityGroups: [groupOf(APP_GROUP, owned, 443, 'tcp'), groupOf(SENSOR_GROUP, owned, 4789, 'udp')],
    NetworkAcls: [
      {
        ...{ NetworkAclId: 'acl-0aaaaaaaaaaaaaaaa', ...owned, IsDefault: true, Entries: [entry(false), entry(true)] },
        Associations: [
          {
            NetworkAclAssociationId: 'aclassoc-0aaaaaaaaaaaaaaaa',
            NetworkAclId: 'acl-0aaaaaaaaaaaaaaaa',
            SubnetId: SUBNET,
          },
        ],
      },
    ],
    Subnets: [{ SubnetId: SUBNET, ...owned, CidrBlock: '10.0.0.0/16', ...ZONE, State: 'available', Tags: [] }],
    RouteTables: [
      {
        ...{ RouteTableId: 'rtb-0aaaaaaaaaaaaaaaa', ...owned },
        Associations: [
          { Main: true, RouteTableAssociationId: 'rtbassoc-0aaaaaaaaaaaaaaaa', RouteTableId: 'rtb-0aaaaaaaaaaaaaaaa' },
        ],
        Routes: [
          { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' },
        ],
      },
    ],
    TrafficMirrorTargets: made.map(({ targetId, networkInterfaces }) => ({
      ...{ TrafficMirrorTargetId: targetId, Type: 'network-interface', OwnerId: accountId, Tags: [] },
      NetworkInterfaceId: networkInterfaces[0]?.NetworkInterfaceId,
    })),
    TrafficMirrorFilters: [FILTER, FOREIGN_FILTER, SUSPICION_FILTER].map(filterOf),
    TrafficMirrorSessions: [],
  };
  return {
    lists,
    quotas: { sourcesPerTarget: 10, sessions: 10_000 },
    page: 1000,
    nextId: accountId === HOME ? 1 : 50_001,
  };
}

function groupOf(GroupId: string, owned: Item, port: number, IpProtocol: string): Item {
  return {
    ...{ GroupId, GroupName: GroupId, Description: GroupId, ...owned },
    IpPermissions: [{ IpProtocol, FromPort: port, ToPort: port, ...ANYWHERE }],
    IpPermissionsEgress: [{ IpProtocol: '-1', ...ANYWHERE }],
  };
}

function filterOf(TrafficMirrorFilterId: string): Item {
  const rule = (TrafficDirection: string): Item => ({
    ...{
      TrafficMirrorFilterRuleId: `tmfr-${TrafficDirection}`,
      TrafficMirrorFilterId,
      TrafficDirection,
      RuleNumber: 100,
    },
    ...{ RuleAction: 'accept', DestinationCidrBlock: '0.0.0.0/0', SourceCidrBlock: '0.0.0.0/0' },
  });
  return {
    TrafficMirrorFilterId,
    IngressFilterRules: [rule('ingress')],
    EgressFilterRules: [rule('egress')],
    NetworkServices: [],
    Tags: [],
  };
}
