/** The account's lists in the shapes of the AWS CLI's describe answers. */

import type { Account, GroupRule, Interface, Tags } from './account.ts';
import { ACCOUNT_ID, REGION } from './actors.ts';
import { present } from './calls/encoding.ts';

/** One list of a snapshot. */
export interface ListForm {
  readonly key: string;
  /** The tables from which the list is made. */
  readonly from: readonly (keyof Account)[];
  readonly list: (account: Account) => readonly object[];
}

/** The lists of a snapshot. No load balancers, prefix lists and gateways: the model has none, and says so. */
export const LISTS: readonly ListForm[] = [
  { key: 'Reservations', from: ['instances', 'interfaces', 'subnets'], list: reservations },
  { key: 'NetworkInterfaces', from: ['interfaces', 'subnets'], list: networkInterfaces },
  { key: 'SecurityGroups', from: ['groups', 'groupRules'], list: securityGroups },
  { key: 'SecurityGroupRules', from: ['groupRules'], list: securityGroupRules },
  { key: 'NetworkAcls', from: ['acls', 'aclEntries', 'subnets'], list: networkAcls },
  { key: 'Subnets', from: ['subnets'], list: subnets },
  { key: 'RouteTables', from: ['routeTables', 'routes', 'subnets'], list: routeTables },
  { key: 'VpcPeeringConnections', from: ['peerings'], list: peerings },
  { key: 'TransitGatewayVpcAttachments', from: [], list: () => [] },
  { key: 'PrefixLists', from: [], list: () => [] },
  { key: 'TrafficMirrorTargets', from: ['targets'], list: targets },
  { key: 'TrafficMirrorFilters', from: ['filters', 'filterRules'], list: filters },
  { key: 'TrafficMirrorSessions', from: ['sessions'], list: sessions },
  { key: 'LoadBalancers', from: [], list: () => [] },
  { key: 'Listeners', from: [], list: () => [] },
  { key: 'VpcEndpoints', from: [], list: () => [] },
];

function reservations({ instances, interfaces, subnets }: Account): readonly object[] {
  return Object.values(instances).map(({ id, subnetId, type, state, tags, imageId, reservationId, launchTime }) => {
    const attached = Object.values(interfaces).filter(({ attachment }) => attachment?.instanceId === id);
    const subnet = subnets[subnetId];
    const primary = attached.find(({ attachment }) => attachment?.deviceIndex === 0);
    const place =
      state === 'terminated'
        ? { NetworkInterfaces: [] }
        : {
            SubnetId: subnetId,
            VpcId: subnet?.vpcId,
            ...present({ PrivateIpAddress: primary?.address }),
            NetworkInterfaces: attached.map(({ id: NetworkInterfaceId, attachment }) => ({
              NetworkInterfaceId,
              Attachment: { DeviceIndex: attachment?.deviceIndex, NetworkCardIndex: 0 },
            })),
          };
    return {
      ReservationId: reservationId,
      Instances: [
        {
          InstanceId: id,
          InstanceType: type,
          ImageId: imageId,
          State: { Name: state },
          LaunchTime: launchTime,
          Placement: { AvailabilityZone: `${REGION}${subnet?.zone}` },
          Tags: tagList(tags),
          ...place,
        },
      ],
    };
  });
}

function tagList(tags: Tags): readonly object[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function networkInterfaces({ interfaces, subnets }: Account): readonly object[] {
  return Object.values(interfaces).map(({ id, subnetId, address, groupIds, attachment }) => {
    const subnet = subnets[subnetId];
    return {
      NetworkInterfaceId: id,
      InterfaceType: 'interface',
      OwnerId: ACCOUNT_ID,
      SubnetId: subnetId,
      VpcId: subnet?.vpcId,
      AvailabilityZone: `${REGION}${subnet?.zone}`,
      AvailabilityZoneId: `euw1-az-${subnet?.zone}`,
      PrivateIpAddress: address,
      Groups: groupIds.map((GroupId) => ({ GroupId })),
      Status: attachment === null ? 'available' : 'in-use',
      ...(attachment !== null && { Attachment: attachmentOf(attachment) }),
      TagSet: [],
    };
  });
}

function attachmentOf(attachment: NonNullable<Interface['attachment']>): object {
  return {
    AttachmentId: attachment.id,
    InstanceId: attachment.instanceId,
    InstanceOwnerId: ACCOUNT_ID,
    DeviceIndex: attachment.deviceIndex,
    NetworkCardIndex: 0,
    DeleteOnTermination: attachment.deleteOnTermination,
    Status: 'attached',
  };
}

function securityGroups({ groups, groupRules }: Account): readonly object[] {
  return Object.values(groups).map(({ id, vpcId }) => {
    const rules = Object.values(groupRules).filter(({ groupId }) => groupId === id);
    const permissions = (isEgress: boolean): readonly object[] =>
      rules.filter((rule) => rule.isEgress === isEgress).map(permissionOf);
    return {
      GroupId: id,
      GroupName: id,
      VpcId: vpcId,
      OwnerId: ACCOUNT_ID,
      IpPermissions: permissions(false),
      IpPermissionsEgress: permissions(true),
    };
  });
}

function permissionOf({ protocol, fromPort, toPort, cidr, peerGroupId }: GroupRule): object {
  return {
    IpProtocol: protocol,
    ...present({ FromPort: fromPort, ToPort: toPort }),
    IpRanges: cidr === null ? [] : [{ CidrIp: cidr }],
    Ipv6Ranges: [],
    PrefixListIds: [],
    UserIdGroupPairs: peerGroupId === null ? [] : [{ GroupId: peerGroupId, UserId: ACCOUNT_ID }],
  };
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html */
function securityGroupRules({ groupRules }: Account): readonly object[] {
  return Object.values(groupRules).map(({ id, groupId, isEgress, protocol, fromPort, toPort, cidr, peerGroupId }) => ({
    SecurityGroupRuleId: id,
    GroupId: groupId,
    GroupOwnerId: ACCOUNT_ID,
    IsEgress: isEgress,
    IpProtocol: protocol,
    FromPort: fromPort ?? -1,
    ToPort: toPort ?? -1,
    ...present({ CidrIpv4: cidr }),
    ...(peerGroupId !== null && { ReferencedGroupInfo: { GroupId: peerGroupId, UserId: ACCOUNT_ID } }),
    Tags: [],
  }));
}

function networkAcls({ acls, aclEntries, subnets }: Account): readonly object[] {
  return Object.values(acls).map(({ id, vpcId, isDefault }) => ({
    NetworkAclId: id,
    VpcId: vpcId,
    IsDefault: isDefault,
    Associations: Object.values(subnets)
      .filter(({ aclId }) => aclId === id)
      .map((subnet) => ({
        NetworkAclAssociationId: subnet.aclAssociationId,
        NetworkAclId: id,
        SubnetId: subnet.id,
      })),
    Entries: Object.values(aclEntries)
      .filter(({ aclId }) => aclId === id)
      .map(({ number, egress, action, protocol, fromPort, toPort, cidr }) => ({
        RuleNumber: number,
        Egress: egress,
        RuleAction: action,
        Protocol: protocol,
        CidrBlock: cidr,
        ...(fromPort !== null && { PortRange: { From: fromPort, To: toPort } }),
      })),
  }));
}

function subnets({ subnets }: Account): readonly object[] {
  return Object.values(subnets).map(({ id, vpcId, cidr, zone }) => ({
    SubnetId: id,
    VpcId: vpcId,
    CidrBlock: cidr,
    AvailabilityZone: `${REGION}${zone}`,
    AvailabilityZoneId: `euw1-az-${zone}`,
  }));
}

function routeTables({ routeTables, routes, subnets }: Account): readonly object[] {
  return Object.values(routeTables).map(({ id, vpcId, mainAssociationId }) => ({
    RouteTableId: id,
    VpcId: vpcId,
    Associations: [
      ...(mainAssociationId === null
        ? []
        : [{ Main: true, RouteTableAssociationId: mainAssociationId, RouteTableId: id }]),
      ...Object.values(subnets)
        .filter(({ tableId }) => tableId === id)
        .map((subnet) => ({
          Main: false,
          RouteTableAssociationId: subnet.tableAssociationId,
          RouteTableId: id,
          SubnetId: subnet.id,
        })),
    ],
    Routes: Object.values(routes)
      .filter(({ tableId }) => tableId === id)
      .map(({ destination, target }) => ({
        DestinationCidrBlock: destination,
        ...(target.startsWith('pcx-')
          ? { VpcPeeringConnectionId: target }
          : target.startsWith('nat-')
            ? { NatGatewayId: target }
            : { GatewayId: target }),
        State: 'active',
      })),
  }));
}

function peerings({ peerings }: Account): readonly object[] {
  return Object.values(peerings).map(({ id, requesterVpcId, accepterVpcId }) => ({
    VpcPeeringConnectionId: id,
    Status: { Code: 'active' },
    RequesterVpcInfo: { VpcId: requesterVpcId },
    AccepterVpcInfo: { VpcId: accepterVpcId },
  }));
}

function targets({ targets }: Account): readonly object[] {
  return Object.values(targets).map(({ id, interfaceId }) => ({
    TrafficMirrorTargetId: id,
    Type: 'network-interface',
    NetworkInterfaceId: interfaceId,
    OwnerId: ACCOUNT_ID,
    Tags: [],
  }));
}

function filters({ filters, filterRules }: Account): readonly object[] {
  return Object.values(filters).map(({ id }) => {
    const rules = (direction: 'ingress' | 'egress'): readonly object[] =>
      Object.values(filterRules)
        .filter((rule) => rule.filterId === id && rule.direction === direction)
        .map((rule) => ({
          TrafficMirrorFilterRuleId: rule.id,
          TrafficMirrorFilterId: id,
          TrafficDirection: direction,
          RuleNumber: rule.number,
          RuleAction: rule.action,
          ...present({ Protocol: rule.protocol }),
          SourceCidrBlock: '0.0.0.0/0',
          DestinationCidrBlock: '0.0.0.0/0',
        }));
    return {
      TrafficMirrorFilterId: id,
      IngressFilterRules: rules('ingress'),
      EgressFilterRules: rules('egress'),
      Tags: [],
    };
  });
}

function sessions({ sessions }: Account): readonly object[] {
  return Object.values(sessions).map(({ id, interfaceId, targetId, filterId, number, managed }) => ({
    TrafficMirrorSessionId: id,
    NetworkInterfaceId: interfaceId,
    TrafficMirrorTargetId: targetId,
    TrafficMirrorFilterId: filterId,
    SessionNumber: number,
    OwnerId: ACCOUNT_ID,
    Tags: managed ? [{ Key: 'mirrorwatch:managed', Value: 'true' }] : [],
  }));
}
