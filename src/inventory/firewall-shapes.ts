/** How EC2's describe calls write security groups, their rules and network ACLs. */

import type { NetworkAcl, NetworkAclAssociation, NetworkAclEntry } from './network-acl.ts';
import { tagShape } from './network-shapes.ts';
import type { IpPermission, SecurityGroup, SecurityGroupRule, UserIdGroupPair } from './security-group.ts';
import {
  at,
  flag,
  id,
  integer,
  listAt,
  listOf,
  need,
  numeral,
  object,
  oneOf,
  type Shape,
  text,
  wrapped,
} from './shape.ts';

const groupReference: Shape<UserIdGroupPair> = object<UserIdGroupPair>({
  groupId: need('GroupId', id),
  userId: at('UserId', text),
  vpcId: at('VpcId', text),
  vpcPeeringConnectionId: at('VpcPeeringConnectionId', text),
  peeringStatus: at('PeeringStatus', text),
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
        userIdGroupPairs: listAt('UserIdGroupPairs', groupReference),
      }),
    ),
  ),
  tags: at('Tags', listOf(tagShape)),
});

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html */
export const securityGroupRuleShape: Shape<SecurityGroupRule> = object<SecurityGroupRule>({
  securityGroupRuleId: need('SecurityGroupRuleId', id),
  groupId: need('GroupId', id),
  isEgress: need('IsEgress', flag),
  ipProtocol: need('IpProtocol', numeral),
  fromPort: at('FromPort', integer),
  toPort: at('ToPort', integer),
  cidrIpv4: at('CidrIpv4', text),
  cidrIpv6: at('CidrIpv6', text),
  prefixListId: at('PrefixListId', text),
  referencedGroupInfo: at('ReferencedGroupInfo', groupReference),
});

interface NetworkAclAnswer extends Pick<NetworkAcl, 'networkAclId' | 'vpcId' | 'isDefault' | 'entries'> {
  readonly associations: readonly (Partial<NetworkAclAssociation> & Pick<NetworkAclAssociation, 'subnetId'>)[];
}

/** Entries are required: leaving them out must not make an ACL look as if it denied everything. */
const networkAclAnswer: Shape<NetworkAclAnswer> = object<NetworkAclAnswer>({
  networkAclId: need('NetworkAclId', id),
  vpcId: at('VpcId', text),
  isDefault: at('IsDefault', flag),
  associations: listAt(
    'Associations',
    object<NetworkAclAnswer['associations'][number]>({
      networkAclAssociationId: at('NetworkAclAssociationId', text),
      subnetId: need('SubnetId', id),
    }),
  ),
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

/** A network ACL. AWS keeps the subnets in its associations. */
export const networkAclShape: Shape<NetworkAcl> = {
  read(value, path) {
    const { associations, ...acl } = networkAclAnswer.read(value, path);
    const known = associations.flatMap(({ networkAclAssociationId, subnetId }) =>
      networkAclAssociationId === undefined ? [] : [{ networkAclAssociationId, subnetId }],
    );
    return {
      ...acl,
      subnetIds: associations.map(({ subnetId }) => subnetId),
      ...(known.length > 0 && { associations: known }),
    };
  },
  write({ subnetIds, associations = [], ...acl }) {
    const known = new Map(associations.map((association) => [association.subnetId, association]));
    return networkAclAnswer.write({
      ...acl,
      associations: subnetIds.map((subnetId) => known.get(subnetId) ?? { subnetId }),
    });
  },
};
