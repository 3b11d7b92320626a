/** Whether mirrored packets are routed to the target. They follow the source subnet's route table, and a wrong route drops them silently. */

import { compareText } from '../../collections.ts';
import type { Route, RouteTable } from '../../inventory/route.ts';
import { type Cidr, parseCidr } from '../../net/cidr.ts';
import type { AccountIndex } from '../account-index.ts';
import type { Check } from '../verdict.ts';

/** The source's end of a route. */
export interface RouteSource {
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
}

/** The target's end, with the address that receives the packets where it is known. */
export interface RouteTarget extends RouteSource {
  readonly address?: number | undefined;
  /** What has the address, in words. */
  readonly name?: string | undefined;
}

/**
 * The route check. Within a VPC the local route always works. To another VPC, the longest matching prefix decides, in the source
 * subnet's own route table or else in the VPC's main one. An active peering of the two VPCs, a transit gateway with both attached, and
 * a Gateway Load Balancer endpoint carry mirrored packets. A NAT or internet gateway, a blackhole and a missing route don't.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-targets.html
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-tables-priority
 */
export function routeCheck(source: RouteSource, target: RouteTarget, account: AccountIndex): Check {
  if (source.vpcId === undefined || target.vpcId === undefined) {
    return check('unknown', 'the VPC of the source or the target is not known');
  }
  if (source.vpcId === target.vpcId) return check('allow', `the local route of ${source.vpcId} leads to the target`);
  const table = source.subnetId === undefined ? 'unread' : account.routeTable(source.subnetId, source.vpcId);
  if (table === 'unread') return check('unknown', `the route table of subnet ${source.subnetId} could not be read`);
  if (target.address === undefined) {
    return check('unknown', `the address of the target's ${target.name ?? `end in ${target.vpcId}`} is not known`);
  }
  const route = longestMatch(table, target.address, account);
  if (route === 'unread') {
    return check('unknown', `a destination or prefix list of route table ${table.routeTableId} could not be read`);
  }
  if (route === undefined) return check('block', `route table ${table.routeTableId} has no route to the target`);
  return judgeRoute(route, table, { from: source.vpcId, to: target.vpcId }, account);
}

interface Match {
  readonly route: Route;
  readonly prefixLength: number;
  readonly words: string;
}

/** Among equal prefix lengths, a route's own block comes before a prefix list, and an active route before a blackhole. */
function longestMatch(table: RouteTable, address: number, account: AccountIndex): Match | 'unread' | undefined {
  const matches: Match[] = [];
  let unread = false;
  for (const route of table.routes) {
    const blocks = blocksOf(route, account);
    if (blocks === 'unread') {
      unread = true;
      continue;
    }
    for (const text of blocks) {
      const cidr = rangeOf(text);
      unread ||= cidr === undefined;
      if (cidr?.family !== 4 || address < cidr.first || address > cidr.last) continue;
      matches.push({ route, prefixLength: cidr.prefixLength, words: text });
    }
  }
  const [best] = matches.toSorted(
    (a, b) =>
      b.prefixLength - a.prefixLength ||
      Number(a.route.destinationCidrBlock === undefined) - Number(b.route.destinationCidrBlock === undefined) ||
      Number(a.route.state === 'blackhole') - Number(b.route.state === 'blackhole') ||
      compareText(JSON.stringify(a.route), JSON.stringify(b.route)),
  );
  return unread && best?.prefixLength !== 32 ? 'unread' : best;
}

/**
 * The IPv4 blocks a route applies to. A prefix list that leads to a gateway endpoint is S3's or DynamoDB's. It holds only public
 * addresses and nearly every table has one, so an unread one does not make the rest of the table unknown.
 */
function blocksOf(route: Route, account: AccountIndex): readonly string[] | 'unread' {
  if (route.destinationCidrBlock !== undefined) return [route.destinationCidrBlock];
  if (route.destinationPrefixListId === undefined) return [];
  const list = account.prefixList(route.destinationPrefixListId);
  if (typeof list === 'object' && list.cidrs !== undefined) return list.cidrs;
  return route.gatewayId?.startsWith('vpce-') && !isBalancerEndpoint(route.gatewayId, account) ? [] : 'unread';
}

function isBalancerEndpoint(vpcEndpointId: string, account: AccountIndex): boolean {
  const endpoint = account.vpcEndpoint(vpcEndpointId);
  return typeof endpoint === 'object' && endpoint.vpcEndpointType === 'GatewayLoadBalancer';
}

function rangeOf(text: string): Cidr | undefined {
  try {
    return parseCidr(text);
  } catch {
    return undefined;
  }
}

interface Vpcs {
  readonly from: string;
  readonly to: string;
}

function judgeRoute({ route, words }: Match, { routeTableId }: RouteTable, vpcs: Vpcs, account: AccountIndex): Check {
  const name = `route table ${routeTableId} route ${words}`;
  if (route.state === 'blackhole') return check('block', `${name} is a blackhole`);
  if (route.vpcPeeringConnectionId !== undefined) return byPeering(route.vpcPeeringConnectionId, name, vpcs, account);
  if (route.transitGatewayId !== undefined) return byTransitGateway(route.transitGatewayId, name, vpcs, account);
  if (route.natGatewayId !== undefined) return check('block', `${name} leads to ${route.natGatewayId}, a NAT gateway`);
  const { gatewayId } = route;
  if (gatewayId === 'local') return check('block', `${name} is local: the address belongs to the source's own VPC`);
  if (gatewayId?.startsWith('igw-')) return check('block', `${name} leads to ${gatewayId}, an internet gateway`);
  if (gatewayId?.startsWith('vgw-')) return check('block', `${name} leads to ${gatewayId}, out of AWS`);
  if (gatewayId?.startsWith('vpce-')) return byEndpoint(gatewayId, name, account);
  const hop = gatewayId ?? route.networkInterfaceId ?? route.instanceId ?? 'something not recorded';
  return check('unknown', `${name} leads to ${hop}, and the path beyond it is not known`);
}

/** A peering joins exactly two VPCs: traffic cannot pass through one VPC into another. */
function byPeering(id: string, name: string, { from, to }: Vpcs, account: AccountIndex): Check {
  const peerings = account.inventory.vpcPeeringConnections;
  const peering = peerings?.find(({ vpcPeeringConnectionId }) => vpcPeeringConnectionId === id);
  if (peerings === undefined) return check('unknown', `${name} leads to ${id}, but peerings could not be read`);
  if (peering === undefined) return check('block', `${name} leads to ${id}, which does not exist`);
  if (peering.status === undefined) return check('unknown', `${name} leads to ${id}, whose status is not known`);
  if (peering.status !== 'active') return check('block', `${name} leads to ${id}, which is ${peering.status}`);
  const ends = [peering.requesterVpcId, peering.accepterVpcId];
  if (ends.includes(undefined)) return check('unknown', `${name} leads to ${id}, whose VPCs are not known`);
  return ends.includes(from) && ends.includes(to)
    ? check('allow', `${name} leads to ${id}, an active peering with ${to}`)
    : check('block', `${name} leads to ${id}, which does not join ${from} to ${to}`);
}

function byTransitGateway(id: string, name: string, { from, to }: Vpcs, account: AccountIndex): Check {
  const attachments = account.inventory.transitGatewayVpcAttachments;
  if (attachments === undefined) return check('unknown', `${name} leads to ${id}, whose attachments could not be read`);
  const isAttached = (vpcId: string): boolean =>
    attachments.some(
      (it) => it.transitGatewayId === id && it.vpcId === vpcId && (it.state ?? 'available') === 'available',
    );
  const missing = [from, to].find((vpcId) => !isAttached(vpcId));
  return missing === undefined
    ? check('allow', `${name} leads to ${id}, to which both VPCs are attached`)
    : check('block', `${name} leads to ${id}, to which ${missing} is not attached`);
}

function byEndpoint(id: string, name: string, account: AccountIndex): Check {
  const endpoint = account.vpcEndpoint(id);
  const other = typeof endpoint === 'object' ? endpoint.vpcEndpointType : undefined;
  return other === undefined || other === 'GatewayLoadBalancer'
    ? check('allow', `${name} leads to ${id}, a Gateway Load Balancer endpoint`)
    : check('block', `${name} leads to ${id}, an endpoint of type ${other}`);
}

function check(result: Check['result'], reason: string): Check {
  return { check: 'route', result, reason };
}
