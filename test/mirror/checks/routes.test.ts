import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { Route } from '../../../src/inventory/route.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { routeCheck } from '../../../src/mirror/checks/routes.ts';
import type { Check } from '../../../src/mirror/verdict.ts';
import { ipv4Of } from '../../../src/net/cidr.ts';
import {
  anAttachment,
  anEndpoint,
  anInventory,
  aPeering,
  aPolicy,
  aRouteTable,
  type Override,
} from '../../support/inventories.ts';

const source = { subnetId: 'subnet-a', vpcId: 'vpc-1' };
const target = { subnetId: 'subnet-far', vpcId: 'vpc-2', address: ipv4Of('10.2.0.9') };

/** From subnet-a in vpc-1 to 10.2.0.9 in vpc-2 by these routes. */
function check(routes: readonly Route[], inventory: Override<Inventory> = {}): Check {
  return routeCheck(
    source,
    target,
    indexAccount(anInventory({ routeTables: [aRouteTable({ routes })], ...inventory }), aPolicy()),
  );
}

const peering: Route = { destinationCidrBlock: '10.2.0.0/16', vpcPeeringConnectionId: 'pcx-1', state: 'active' };
const gateway: Route = { destinationCidrBlock: '10.2.0.0/16', transitGatewayId: 'tgw-1', state: 'active' };
const both = [anAttachment(), anAttachment({ vpcId: 'vpc-2' })];

describe('routeCheck', () => {
  it('always allows within a VPC, whatever the route tables say', () => {
    const account = indexAccount(anInventory({ routeTables: undefined }), aPolicy());
    expect(routeCheck(source, { vpcId: 'vpc-1' }, account)).toMatchObject({
      result: 'allow',
      reason: 'the local route of vpc-1 leads to the target',
    });
  });

  it.each<[string, Check['result'], Route[], Override<Inventory>]>([
    ['an active peering of the two', 'allow', [peering], { vpcPeeringConnections: [aPeering()] }],
    [
      'the same peering, requested from the other side',
      'allow',
      [peering],
      { vpcPeeringConnections: [aPeering({ requesterVpcId: 'vpc-2', accepterVpcId: 'vpc-1' })] },
    ],
    [
      'a peering with a third VPC',
      'block',
      [peering],
      { vpcPeeringConnections: [aPeering({ accepterVpcId: 'vpc-3' })] },
    ],
    [
      'a peering that waits for acceptance',
      'block',
      [peering],
      { vpcPeeringConnections: [aPeering({ status: 'pending-acceptance' })] },
    ],
    ['a peering that does not exist', 'block', [peering], { vpcPeeringConnections: [] }],
    ['peerings that could not be read', 'unknown', [peering], { vpcPeeringConnections: undefined }],
    ['a transit gateway with both VPCs', 'allow', [gateway], { transitGatewayVpcAttachments: both }],
    [
      'a transit gateway with only the source attached',
      'block',
      [gateway],
      { transitGatewayVpcAttachments: [anAttachment()] },
    ],
    [
      'a transit gateway whose attachment is being deleted',
      'block',
      [gateway],
      { transitGatewayVpcAttachments: [anAttachment(), anAttachment({ vpcId: 'vpc-2', state: 'deleting' })] },
    ],
    ['attachments that could not be read', 'unknown', [gateway], { transitGatewayVpcAttachments: undefined }],
    [
      'a Gateway Load Balancer endpoint',
      'allow',
      [{ destinationCidrBlock: '10.2.0.0/16', gatewayId: 'vpce-1' }],
      { vpcEndpoints: [anEndpoint()] },
    ],
    [
      'an endpoint of another kind',
      'block',
      [{ destinationCidrBlock: '10.2.0.0/16', gatewayId: 'vpce-1' }],
      { vpcEndpoints: [anEndpoint({ vpcEndpointType: 'Gateway' })] },
    ],
    ['a NAT gateway', 'block', [{ destinationCidrBlock: '0.0.0.0/0', natGatewayId: 'nat-1' }], {}],
    ['an internet gateway', 'block', [{ destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1' }], {}],
    ['a VPN gateway', 'block', [{ destinationCidrBlock: '0.0.0.0/0', gatewayId: 'vgw-1' }], {}],
    ['an appliance', 'unknown', [{ destinationCidrBlock: '10.2.0.0/16', networkInterfaceId: 'eni-fw' }], {}],
    [
      'its own VPC, because the ranges overlap',
      'block',
      [{ destinationCidrBlock: '10.0.0.0/8', gatewayId: 'local' }],
      {},
    ],
    ['nowhere', 'block', [], {}],
    ['a blackhole', 'block', [{ ...peering, state: 'blackhole' }], { vpcPeeringConnections: [aPeering()] }],
    ['IPv6 destinations only', 'block', [{ destinationIpv6CidrBlock: '::/0', gatewayId: 'igw-1' }], {}],
  ])('%s: %s', (_, expected, routes, inventory) => {
    expect(check(routes, inventory).result).toBe(expected);
  });

  it.each<[string, Check['result'], Route[]]>([
    [
      'the longer prefix, even if it comes last',
      'allow',
      [{ destinationCidrBlock: '0.0.0.0/0', natGatewayId: 'nat-1' }, peering],
    ],
    [
      'the longer prefix, even if it comes first',
      'block',
      [{ destinationCidrBlock: '10.2.0.0/24', natGatewayId: 'nat-1' }, peering],
    ],
    [
      'the prefix that contains the address, even if another is longer',
      'allow',
      [{ destinationCidrBlock: '10.2.0.0/29', natGatewayId: 'nat-1' }, peering],
    ],
  ])('follows %s', (_, expected, routes) => {
    expect(check(routes, { vpcPeeringConnections: [aPeering()] }).result).toBe(expected);
  });

  it.each<[string, Check['result'], Override<Inventory>]>([
    ['read', 'allow', { prefixLists: [{ prefixListId: 'pl-1', cidrs: ['10.2.0.0/16'] }] }],
    ['unread', 'unknown', {}],
  ])('follows a route to a prefix list that is %s', (_, expected, inventory) => {
    const route: Route = { destinationPrefixListId: 'pl-1', vpcPeeringConnectionId: 'pcx-1' };
    expect(check([route], { vpcPeeringConnections: [aPeering()], ...inventory }).result).toBe(expected);
  });

  it("does not need S3's prefix list, which nearly every table has", () => {
    const s3: Route = { destinationPrefixListId: 'pl-63a5400a', gatewayId: 'vpce-s3' };
    expect(check([s3, peering], { vpcPeeringConnections: [aPeering()] }).result).toBe('allow');
  });

  it("uses the subnet's own table rather than the main one", () => {
    const own = aRouteTable({ routeTableId: 'rtb-own', main: false, subnetIds: ['subnet-a'], routes: [] });
    const routeTables = [aRouteTable({ routes: [peering] }), own];
    expect(check([], { routeTables, vpcPeeringConnections: [aPeering()] })).toMatchObject({
      result: 'block',
      reason: 'route table rtb-own has no route to the target',
    });
  });

  it.each<[string, Override<Inventory>]>([
    ['no table', { routeTables: undefined }],
    ['only the main table of another VPC', { routeTables: [aRouteTable({ vpcId: 'vpc-9' })] }],
  ])('is unknown with %s', (_, inventory) => {
    expect(check([], inventory).result).toBe('unknown');
  });

  it('is unknown when the VPC or the address of the target is unknown', () => {
    const account = indexAccount(anInventory(), aPolicy());
    expect(routeCheck(source, {}, account).result).toBe('unknown');
    expect(routeCheck(source, { vpcId: 'vpc-2' }, account).result).toBe('unknown');
  });
});
