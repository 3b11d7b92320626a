/** Records for the starter rules on the network. */

import { call, denied, type StarterCase } from './call.ts';

const done = { requestId: '11111111-2222-4333-8444-555555555555', _return: true };
const ingress = {
  groupId: 'sg-0a1b2c3d4e5f60718',
  ipPermissions: {
    items: [
      {
        ...{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, groups: {}, ipv6Ranges: {}, prefixListIds: {} },
        ipRanges: { items: [{ cidrIp: '203.0.113.0/24' }] },
      },
    ],
  },
};
const aclEntry = {
  ...{ networkAclId: 'acl-0a1b2c3d4e5f60718', ruleNumber: 100, egress: false, ruleAction: 'allow' },
  ...{ aclProtocol: '6', portRange: { from: 443, to: 443 }, icmpTypeCode: {}, cidrBlock: '203.0.113.0/24' },
};
const gateway = { internetGatewayId: 'igw-0a1b2c3d4e5f60718', vpcId: 'vpc-0a1b2c3d4e5f60718' };
const route = { routeTableId: 'rtb-0a1b2c3d4e5f60718', destinationCidrBlock: '0.0.0.0/0' };
const peering = { vpcPeeringConnectionId: 'pcx-0a1b2c3d4e5f60718' };

export const NETWORK: readonly StarterCase[] = [
  {
    rule: 'security-group-changed',
    match: call(['ec2', 'AuthorizeSecurityGroupIngress'], ingress, done),
    miss: call(['ec2', 'UpdateSecurityGroupRuleDescriptionsIngress'], ingress, done),
    but: 'only a description was changed',
  },
  {
    rule: 'security-group-rules-modified',
    match: call(['ec2', 'ModifySecurityGroupRules'], {
      ModifySecurityGroupRulesRequest: {
        GroupId: 'sg-0a1b2c3d4e5f60718',
        SecurityGroupRule: {
          ...{ tag: 1, SecurityGroupRuleId: 'sgr-0a1b2c3d4e5f60718' },
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIpv4: '203.0.113.0/24' },
        },
      },
    }),
    miss: call(['ec2', 'DescribeSecurityGroupRules'], { DescribeSecurityGroupRulesRequest: { MaxResults: 1000 } }),
    but: 'the rules were read',
  },
  {
    rule: 'network-acl-changed',
    match: call(['ec2', 'CreateNetworkAclEntry'], aclEntry, done),
    miss: denied(call(['ec2', 'CreateNetworkAclEntry'], aclEntry)),
    but: 'it was denied',
  },
  {
    rule: 'internet-gateway-changed',
    match: call(['ec2', 'AttachInternetGateway'], gateway, done),
    miss: call(['ec2', 'AttachVpnGateway'], { vpnGatewayId: 'vgw-0a1b2c3d4e5f60718', vpcId: gateway.vpcId }, done),
    but: 'it is the gateway of a VPN',
  },
  {
    rule: 'customer-gateway-deleted',
    match: call(['ec2', 'DeleteCustomerGateway'], { customerGatewayId: 'cgw-0a1b2c3d4e5f60718' }, done),
    miss: call(['ec2', 'DescribeCustomerGateways'], { customerGatewaySet: {}, filterSet: {} }),
    but: 'the gateways were listed',
  },
  {
    rule: 'route-table-changed',
    match: call(['ec2', 'CreateRoute'], { ...route, gatewayId: gateway.internetGatewayId }, done),
    miss: call(['ec2', 'CreateTransitGatewayRoute'], {
      CreateTransitGatewayRouteRequest: { TransitGatewayRouteTableId: 'tgw-rtb-0a1b2c3d4e5f60718' },
    }),
    but: 'it is the route of a transit gateway',
  },
  {
    rule: 'vpc-changed',
    match: call(['ec2', 'ModifyVpcAttribute'], { vpcId: gateway.vpcId, enableDnsSupport: { value: false } }, done),
    miss: call(['ec2', 'DescribeVpcAttribute'], { vpcId: gateway.vpcId, attribute: 'enableDnsSupport' }),
    but: 'the attribute was read',
  },
  {
    rule: 'vpc-peering-changed',
    match: call(['ec2', 'AcceptVpcPeeringConnection'], peering, {
      requestId: done.requestId,
      vpcPeeringConnection: peering,
    }),
    miss: denied(call(['ec2', 'AcceptVpcPeeringConnection'], peering)),
    but: 'it was denied',
  },
  {
    rule: 'network-part-created',
    match: call(
      ['ec2', 'CreateSecurityGroup'],
      { groupName: 'web', groupDescription: 'web', vpcId: gateway.vpcId },
      { ...done, groupId: ingress.groupId, tagSet: {} },
    ),
    miss: call(['ec2', 'CreateSubnet'], { vpcId: gateway.vpcId, cidrBlock: '10.0.1.0/24' }),
    but: 'a subnet is not in the list of CIS',
  },
];
