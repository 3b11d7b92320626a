/** Whether mirrored packets are routed to the target. They follow the source subnet's route table, and a wrong route drops them silently. */

import { compareText, groupBy } from '../../collections.ts';
import type { Route, RouteTable, VpcPeeringConnection } from '../../inventory/route.ts';
import { type Cidr4, cidrOf } from '../../net/cidr.ts';
import { type DecisionTable, decide, firstMatchTable } from '../../net/first-match.ts';
import type { AccountIndex } from '../account-index.ts';
import type { Check } from '../verdict.ts';
import { blocksOfList, longestBlocks } from './blocks.ts';

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

/** A route table, compiled: an address is one look-up in its own blocks and one in each prefix list that it has routes to. */
interface CompiledRoutes {
  readonly ownBlocks: DecisionTable<Match | undefined>;
  readonly isUnreadable: boolean;
  readonly toPrefixLists: readonly Route[];
}

/** Routes with an IPv6 destination never match, because mirrored packets travel over IPv4. */
function compileRoutes({ routes }: RouteTable): CompiledRoutes {
  const matches: { readonly range: Cidr4; readonly decision: Match }[] = [];
  let isUnreadable = false;
  for (const route of routes) {
    const { destinationCidrBlock: words } = route;
    const range = words === undefined ? undefined : cidrOf(words);
    isUnreadable ||= words !== undefined && range === undefined;
    if (words === undefined || range?.family !== 4) continue;
    matches.push({ range, decision: { route, prefixLength: range.prefixLength, words } });
  }
  // Two blocks of one length are the same block or disjoint, so only those that are the same need the costly comparison.
  const bestFirst = matches.toSorted(
    ({ range: a, decision: routeA }, { range: b, decision: routeB }) =>
      b.prefixLength - a.prefixLength || a.first - b.first || byPriority(routeA, routeB),
  );
  return {
    ownBlocks: firstMatchTable<Match | undefined>(bestFirst, undefined),
    isUnreadable,
    toPrefixLists: routes.filter(
      ({ destinationCidrBlock, destinationPrefixListId }) =>
        destinationCidrBlock === undefined && destinationPrefixListId !== undefined,
    ),
  };
}

/** Among equal prefix lengths, a route's own block comes before a prefix list, and an active route before a blackhole. */
function byPriority(a: Match, b: Match): number {
  return (
    b.prefixLength - a.prefixLength ||
    Number(a.route.destinationCidrBlock === undefined) - Number(b.route.destinationCidrBlock === undefined) ||
    Number(a.route.state === 'blackhole') - Number(b.route.state === 'blackhole') ||
    compareText(JSON.stringify(a.route), JSON.stringify(b.route))
  );
}

function longestMatch(table: RouteTable, address: number, account: AccountIndex): Match | 'unread' | undefined {
  const { ownBlocks, isUnreadable, toPrefixLists } = account.compiled(compileRoutes, table);
  let best = decide(ownBlocks, address);
  let isUnread = isUnreadable;
  for (const route of toPrefixLists) {
    const { destinationPrefixListId = '' } = route;
    const blocks = blocksOfList(destinationPrefixListId, account);
    if (blocks === 'unread') {
      isUnread ||= !leadsToGatewayEndpoint(route, account);
      continue;
    }
    isUnread ||= blocks.unreadable.length > 0;
    const block = decide(account.compiled(longestBlocks, blocks), address);
    if (block === undefined) continue;
    const match = { route, prefixLength: block.range.prefixLength, words: block.text };
    if (best === undefined || byPriority(match, best) < 0) best = match;
  }
  return isUnread && best?.prefixLength !== 32 ? 'unread' : best;
}

/**
 * Whether a route leads to a gateway endpoint, so that its prefix list is S3's or DynamoDB's. It holds only public addresses and
 * nearly every table has one, so an unread one does not make the rest of the table unknown.
 */
function leadsToGatewayEndpoint({ gatewayId }: Route, account: AccountIndex): boolean {
  if (gatewayId?.startsWith('vpce-') !== true) return false;
  const endpoint = account.vpcEndpoint(gatewayId);
  return typeof endpoint !== 'object' || endpoint.vpcEndpointType !== 'GatewayLoadBalancer';
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
  const peering = account.once(peeringsById).get(id);
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

function peeringsById({ inventory }: AccountIndex): ReadonlyMap<string, VpcPeeringConnection> {
  const peerings = inventory.vpcPeeringConnections ?? [];
  // Of two with the same id, the first counts.
  return new Map(peerings.toReversed().map((peering) => [peering.vpcPeeringConnectionId, peering]));
}

function byTransitGateway(id: string, name: string, { from, to }: Vpcs, account: AccountIndex): Check {
  const attachments = account.inventory.transitGatewayVpcAttachments;
  if (attachments === undefined) return check('unknown', `${name} leads to ${id}, whose attachments could not be read`);
  const attached = account.once(attachedVpcs).get(id);
  const missing = [from, to].find((vpcId) => !attached?.has(vpcId));
  return missing === undefined
    ? check('allow', `${name} leads to ${id}, to which both VPCs are attached`)
    : check('block', `${name} leads to ${id}, to which ${missing} is not attached`);
}

/** The VPCs attached to a transit gateway, by its id. */
function attachedVpcs({ inventory }: AccountIndex): ReadonlyMap<string, ReadonlySet<string>> {
  const attachments = inventory.transitGatewayVpcAttachments ?? [];
  const available = attachments.filter(({ state = 'available' }) => state === 'available');
  const byGateway = groupBy(available, ({ transitGatewayId }) => transitGatewayId);
  return new Map([...byGateway].map(([id, own]) => [id, new Set(own.map(({ vpcId }) => vpcId))]));
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
