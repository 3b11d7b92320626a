/** How EC2's describe calls write instances, interfaces and the network around them. */

import type { Tag } from '../sighting/sighting.ts';
import type { Instance } from './instance.ts';
import type { NetworkInterface } from './network-interface.ts';
import type { PrefixList } from './prefix-list.ts';
import type {
  Route,
  RouteTable,
  RouteTableAssociation,
  Subnet,
  TransitGatewayVpcAttachment,
  VpcPeeringConnection,
} from './route.ts';
import {
  at,
  either,
  flag,
  id,
  integer,
  listAt,
  listOf,
  need,
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

/** A tag. */
export const tagShape: Shape<Tag> = object<Tag>({ key: need('Key', text), value: orElse(at('Value', text), () => '') });

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
export const instanceShape: Shape<Instance> = object<Omit<Instance, 'unknownTagKeys'>>({
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
  publicIp: at('Association.PublicIp', text),
  ipv6Addresses: at('Ipv6Addresses', listOf(wrapped('Ipv6Address', text))),
  groupIds: listAt('Groups', wrapped('GroupId', id)),
  status: at('Status', text),
  description: at('Description', text),
  requesterManaged: at('RequesterManaged', flag),
  requesterId: at('RequesterId', text),
  ipv6Native: at('Ipv6Native', flag),
  attachment: at(
    'Attachment',
    object<NonNullable<NetworkInterface['attachment']>>({
      attachmentId: at('AttachmentId', text),
      instanceId: at('InstanceId', text),
      instanceOwnerId: at('InstanceOwnerId', text),
      deviceIndex: at('DeviceIndex', integer),
      networkCardIndex: at('NetworkCardIndex', integer),
      status: at('Status', text),
    }),
  ),
  tags: tagsAt('TagSet'),
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

type AssociationAnswer = { readonly [K in keyof RouteTableAssociation]?: RouteTableAssociation[K] | undefined };

interface RouteTableAnswer {
  readonly routeTableId: string;
  readonly vpcId?: string | undefined;
  readonly associations: readonly AssociationAnswer[];
  readonly routes: readonly Route[];
}

const routeTableAnswer: Shape<RouteTableAnswer> = object<RouteTableAnswer>({
  routeTableId: need('RouteTableId', id),
  vpcId: at('VpcId', text),
  associations: listAt(
    'Associations',
    object<RouteTableAnswer['associations'][number]>({
      main: at('Main', flag),
      routeTableAssociationId: at('RouteTableAssociationId', text),
      subnetId: at('SubnetId', id),
    }),
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
    const known = associations.flatMap(({ routeTableAssociationId, main = false, subnetId }) => {
      // An association with a gateway is neither: it doesn't route what leaves a subnet.
      if (routeTableAssociationId === undefined || (!main && subnetId === undefined)) return [];
      return [{ routeTableAssociationId, main, ...(subnetId !== undefined && { subnetId }) }];
    });
    return {
      ...table,
      main: associations.some(({ main }) => main === true),
      subnetIds: associations.flatMap(({ subnetId }) => (subnetId === undefined ? [] : [subnetId])),
      ...(known.length > 0 && { associations: known }),
    };
  },
  write({ main, subnetIds, associations = [], ...table }) {
    const idOf = new Map(associations.map((each) => [each.subnetId, each.routeTableAssociationId]));
    const associated = (main: boolean, subnetId?: string): AssociationAnswer => ({
      main,
      routeTableAssociationId: idOf.get(subnetId),
      subnetId,
    });
    const explicit = subnetIds.map((subnetId) => associated(false, subnetId));
    return routeTableAnswer.write({ ...table, associations: main ? [associated(true), ...explicit] : explicit });
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
