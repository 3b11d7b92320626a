/** How EC2's describe calls write instances, interfaces and the network around them. */

import type { Tag } from '../sighting/sighting.ts';
import type { Instance } from './instance.ts';
import type { NetworkAcl, NetworkAclEntry } from './network-acl.ts';
import type { NetworkInterface } from './network-interface.ts';
import type { PrefixList } from './prefix-list.ts';
import type { Route, RouteTable, Subnet, TransitGatewayVpcAttachment, VpcPeeringConnection } from './route.ts';
import type { IpPermission, SecurityGroup, UserIdGroupPair } from './security-group.ts';
import {
  at,
  either,
  flag,
  id,
  integer,
  listAt,
  listOf,
  need,
  numeral,
  object,
  oneOf,
  orElse,
  type RequiredField,
  type Shape,
  text,
  time,
  word,
  wrapped,
} from './shape.ts';

const tagShape: Shape<Tag> = object<Tag>({ key: need('Key', text), value: orElse(at('Value', text), () => '') });

/** Tags, under either of the two names AWS uses; absent tags become an empty list. */
export function tagsAt(written: 'Tags' | 'TagSet'): RequiredField<readonly Tag[]> {
  const other = written === 'Tags' ? 'TagSet' : 'Tags';
  return orElse(either(at(written, listOf(tagShape)), at(other, listOf(tagShape))), () => []);
}

interface AttachedInterface {
  readonly networkInterfaceId: string;
  readonly deviceIndex: number;
  readonly networkCardIndex: number;
}

const attachedInterface: Shape<AttachedInterface> = object<AttachedInterface>({
  networkInterfaceId: need('NetworkInterfaceId', id),
  deviceIndex: orElse(at('Attachment.DeviceIndex', integer), () => 0),
  networkCardIndex: orElse(at('Attachment.NetworkCardIndex', integer), () => 0),
});

/** Ids ordered by network card and device index, because AWS promises no order "within nested structures". */
const attachedIds: Shape<readonly string[]> = {
  read: (value, path) =>
    listOf(attachedInterface)
      .read(value, path)
      .toSorted((a, b) => a.networkCardIndex - b.networkCardIndex || a.deviceIndex - b.deviceIndex)
      .map(({ networkInterfaceId }) => networkInterfaceId),
  write: (ids) =>
    ids.map((networkInterfaceId, deviceIndex) =>
      attachedInterface.write({ networkInterfaceId, deviceIndex, networkCardIndex: 0 }),
    ),
};

/**
 * An instance. `ReservationId` and `RequesterId` belong to its reservation, but an instance may carry them too: the reader of
 * reservations passes them down this way.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
 */
export const instanceShape: Shape<Instance> = object<Instance>({
  instanceId: need('InstanceId', id),
  instanceType: at('InstanceType', text),
  imageId: at('ImageId', text),
  state: need('State.Name', oneOf('pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped')),
  launchTime: at('LaunchTime', time),
  availabilityZone: at('Placement.AvailabilityZone', text),
  subnetId: at('SubnetId', text),
  vpcId: at('VpcId', text),
  privateIpAddress: at('PrivateIpAddress', text),
  tags: tagsAt('Tags'),
  networkInterfaceIds: orElse(at('NetworkInterfaces', attachedIds), () => []),
  reservationId: at('ReservationId', text),
  // EC2 returns an empty one when the launch had none.
  clientToken: at('ClientToken', text),
  requesterId: at('RequesterId', text),
  managed: at('Operator.Managed', flag),
  ownerId: at('OwnerId', text),
});

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html */
export const networkInterfaceShape: Shape<NetworkInterface> = object<NetworkInterface>({
  networkInterfaceId: need('NetworkInterfaceId', id),
  // Older answers have no type, because there was only one.
  interfaceType: orElse(at('InterfaceType', text), () => 'interface'),
  ownerId: at('OwnerId', text),
  subnetId: at('SubnetId', text),
  vpcId: at('VpcId', text),
  availabilityZone: at('AvailabilityZone', text),
  availabilityZoneId: at('AvailabilityZoneId', text),
  privateIpAddress: at('PrivateIpAddress', text),
  groupIds: listAt('Groups', wrapped('GroupId', id)),
  status: at('Status', text),
  description: at('Description', text),
  requesterManaged: at('RequesterManaged', flag),
  requesterId: at('RequesterId', text),
  ipv6Native: at('Ipv6Native', flag),
  attachment: at(
    'Attachment',
    object<NonNullable<NetworkInterface['attachment']>>({
      instanceId: at('InstanceId', text),
      instanceOwnerId: at('InstanceOwnerId', text),
      deviceIndex: at('DeviceIndex', integer),
      networkCardIndex: at('NetworkCardIndex', integer),
      status: at('Status', text),
    }),
  ),
  tags: tagsAt('TagSet'),
});

/** Permissions are required: leaving them out must not make a group look closed. */
export const securityGroupShape: Shape<SecurityGroup> = object<SecurityGroup>({
  groupId: need('GroupId', id),
  groupName: at('GroupName', text),
  vpcId: at('VpcId', text),
  ownerId: at('OwnerId', text),
  ipPermissions: need(
    'IpPermissions',
    listOf(
      object<IpPermission>({
        ipProtocol: need('IpProtocol', numeral),
        fromPort: at('FromPort', integer),
        toPort: at('ToPort', integer),
        cidrIps: listAt('IpRanges', wrapped('CidrIp', text)),
        cidrIpv6s: listAt('Ipv6Ranges', wrapped('CidrIpv6', text)),
        prefixListIds: listAt('PrefixListIds', wrapped('PrefixListId', id)),
        userIdGroupPairs: listAt(
          'UserIdGroupPairs',
          object<UserIdGroupPair>({
            groupId: need('GroupId', id),
            userId: at('UserId', text),
            vpcId: at('VpcId', text),
            vpcPeeringConnectionId: at('VpcPeeringConnectionId', text),
            peeringStatus: at('PeeringStatus', text),
          }),
        ),
      }),
    ),
  ),
});

/** Entries are required: leaving them out must not make an ACL look as if it denied everything. */
export const networkAclShape: Shape<NetworkAcl> = object<NetworkAcl>({
  networkAclId: need('NetworkAclId', id),
  vpcId: at('VpcId', text),
  isDefault: at('IsDefault', flag),
  subnetIds: listAt('Associations', wrapped('SubnetId', id)),
  entries: need(
    'Entries',
    listOf(
      object<NetworkAclEntry>({
        ruleNumber: need('RuleNumber', integer),
        egress: need('Egress', flag),
        ruleAction: need('RuleAction', oneOf('allow', 'deny')),
        protocol: need('Protocol', numeral),
        cidrBlock: at('CidrBlock', text),
        ipv6CidrBlock: at('Ipv6CidrBlock', text),
        portRange: at(
          'PortRange',
          object<NonNullable<NetworkAclEntry['portRange']>>({ from: need('From', integer), to: need('To', integer) }),
        ),
      }),
    ),
  ),
});

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html */
export const subnetShape: Shape<Subnet> = object<Subnet>({
  subnetId: need('SubnetId', id),
  vpcId: at('VpcId', text),
  cidrBlock: at('CidrBlock', text),
  availabilityZone: at('AvailabilityZone', text),
  availabilityZoneId: at('AvailabilityZoneId', text),
  ipv6Native: at('Ipv6Native', flag),
});

interface RouteTableAnswer {
  readonly routeTableId: string;
  readonly vpcId?: string | undefined;
  readonly associations: readonly { readonly main?: boolean | undefined; readonly subnetId?: string | undefined }[];
  readonly routes: readonly Route[];
}

const routeTableAnswer: Shape<RouteTableAnswer> = object<RouteTableAnswer>({
  routeTableId: need('RouteTableId', id),
  vpcId: at('VpcId', text),
  associations: listAt(
    'Associations',
    object<RouteTableAnswer['associations'][number]>({ main: at('Main', flag), subnetId: at('SubnetId', id) }),
  ),
  routes: need(
    'Routes',
    listOf(
      object<Route>({
        destinationCidrBlock: at('DestinationCidrBlock', text),
        destinationIpv6CidrBlock: at('DestinationIpv6CidrBlock', text),
        destinationPrefixListId: at('DestinationPrefixListId', text),
        gatewayId: at('GatewayId', text),
        natGatewayId: at('NatGatewayId', text),
        transitGatewayId: at('TransitGatewayId', text),
        vpcPeeringConnectionId: at('VpcPeeringConnectionId', text),
        networkInterfaceId: at('NetworkInterfaceId', text),
        instanceId: at('InstanceId', text),
        state: at('State', text),
      }),
    ),
  ),
});

/** A route table. AWS keeps `main` and the subnets in its associations. */
export const routeTableShape: Shape<RouteTable> = {
  read(value, path) {
    const { associations, ...table } = routeTableAnswer.read(value, path);
    return {
      ...table,
      main: associations.some(({ main }) => main === true),
      subnetIds: associations.flatMap(({ subnetId }) => (subnetId === undefined ? [] : [subnetId])),
    };
  },
  write({ main, subnetIds, ...table }) {
    const explicit = subnetIds.map((subnetId) => ({ main: false, subnetId }));
    return routeTableAnswer.write({ ...table, associations: main ? [{ main }, ...explicit] : explicit });
  },
};

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcPeeringConnection.html */
export const vpcPeeringConnectionShape: Shape<VpcPeeringConnection> = object<VpcPeeringConnection>({
  vpcPeeringConnectionId: need('VpcPeeringConnectionId', id),
  status: at('Status.Code', text),
  requesterVpcId: at('RequesterVpcInfo.VpcId', text),
  accepterVpcId: at('AccepterVpcInfo.VpcId', text),
});

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayVpcAttachment.html */
export const transitGatewayVpcAttachmentShape: Shape<TransitGatewayVpcAttachment> = object<TransitGatewayVpcAttachment>(
  {
    transitGatewayId: need('TransitGatewayId', id),
    vpcId: need('VpcId', id),
    state: at('State', text),
    subnetIds: listAt('SubnetIds', id),
    securityGroupReferencing: at('Options.SecurityGroupReferencingSupport', word('enable', 'disable')),
  },
);

/** A prefix list with its entries as GetManagedPrefixListEntries returns them; without `Entries` they are unknown. */
export const prefixListShape: Shape<PrefixList> = object<PrefixList>({
  prefixListId: need('PrefixListId', id),
  cidrs: at('Entries', listOf(wrapped('Cidr', text))),
});
