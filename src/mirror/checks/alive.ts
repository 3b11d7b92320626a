/** What is behind a target: whether it is alive, where it receives packets, and which security groups guard it. */

import { byText, groupBy } from '../../collections.ts';
import { isRunning } from '../../inventory/instance.ts';
import type {
  EndpointTarget,
  InterfaceTarget,
  LoadBalancer,
  LoadBalancerTarget,
  TrafficMirrorTarget,
  VpcEndpoint,
} from '../../inventory/mirror.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { ipv4Of } from '../../net/cidr.ts';
import { VXLAN_PORT } from '../../net/flow.ts';
import type { AccountIndex } from '../account-index.ts';
import type { Check, IneffectiveReason } from '../verdict.ts';
import { type Zone, zoneInWords, zoneOf } from './zones.ts';

/** One place where a target receives packets: a sensor's interface, a load balancer's node, an endpoint. Unknown fields are undefined. */
export interface TargetNode {
  /** What receives them, in words. */
  readonly name: string;
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly zone: Zone;
  /** An IPv4 as a number. */
  readonly address?: number | undefined;
}

/** What is behind a target. */
export interface TargetBackend {
  /** Whether it receives packets. */
  readonly alive: Check;
  /** Why a session to it carries nothing when `alive` blocks. */
  readonly deadBecause: IneffectiveReason;
  /** In an order that does not depend on the inventory's. Empty when it is unknown where the target receives packets. */
  readonly nodes: readonly TargetNode[];
  /** Its security groups; `none` when it has none and needs none; `unread` when they are unknown. */
  readonly groupIds: readonly string[] | 'none' | 'unread';
}

/** What is behind a target that may be missing: `gone` from the account's targets, or `unread` with them. */
export function backendOf(
  id: string,
  target: TrafficMirrorTarget | 'gone' | 'unread',
  account: AccountIndex,
): TargetBackend {
  if (target === 'gone') {
    const reason = `target ${id} is not in the account: it was deleted, or its owner stopped sharing it`;
    return { ...nothingKnown(blocked(reason)), deadBecause: 'TARGET_WITHDRAWN' };
  }
  if (target === 'unread') return nothingKnown(unknown('the traffic mirror targets could not be read'));
  switch (target.type) {
    case 'network-interface':
      return interfaceBackend(target, account);
    case 'network-load-balancer':
      return balancerBackend(target, account);
    case 'gateway-load-balancer-endpoint':
      return endpointBackend(target, account);
    case 'unknown':
      return nothingKnown(unknown(`what is behind target ${id} of type ${target.awsType} is not known`));
  }
}

function nothingKnown(alive: Check): TargetBackend {
  return { alive, deadBecause: 'TARGET_RESOURCE_GONE', nodes: [], groupIds: 'unread' };
}

function interfaceBackend(target: InterfaceTarget, account: AccountIndex): TargetBackend {
  const { networkInterfaceId: id } = target;
  const found = account.networkInterface(id);
  if (typeof found !== 'object') return nothingKnown(notFound(found, `interface ${id}`, target, account));
  const backend = nothingKnown(interfaceAlive(found, account));
  return { ...backend, nodes: [nodeOf(found, account)], groupIds: found.groupIds };
}

/** A sensor receives packets only while its interface is in use on an instance that is running or about to. */
function interfaceAlive({ networkInterfaceId, status, attachment }: NetworkInterface, account: AccountIndex): Check {
  const isAttached = attachment !== undefined && attachment.status !== 'detached' && attachment.status !== 'detaching';
  if (!isAttached || (status !== undefined && status !== 'in-use')) {
    return blocked(`sensor interface ${networkInterfaceId} is not attached`);
  }
  const { instanceId, instanceOwnerId } = attachment;
  if (instanceId === undefined) return blocked(`sensor interface ${networkInterfaceId} is not attached to an instance`);
  const instance = account.instance(instanceId);
  if (instance === 'unread') return unknown(`the state of sensor instance ${instanceId} could not be read`);
  if (instance === 'gone') {
    return instanceOwnerId !== undefined && instanceOwnerId !== account.inventory.accountId
      ? unknown(`sensor instance ${instanceId} belongs to account ${instanceOwnerId} and cannot be seen from here`)
      : blocked(`sensor instance ${instanceId} is gone`);
  }
  return isRunning(instance)
    ? allowed(`sensor interface ${networkInterfaceId} is in use on ${instanceId}, which is ${instance.state}`)
    : blocked(`sensor instance ${instanceId} is ${instance.state}`);
}

/** The load balancer must be active and have a listener for mirrored packets; without one, it drops them silently. */
function balancerBackend(target: LoadBalancerTarget, account: AccountIndex): TargetBackend {
  const { networkLoadBalancerArn: arn } = target;
  const found = account.loadBalancer(arn);
  if (typeof found !== 'object') return nothingKnown(notFound(found, `load balancer ${arn}`, target, account));
  const { securityGroupIds = [] } = found;
  const nodes = balancerNodes(found, account);
  const groupIds = securityGroupIds.length === 0 ? 'none' : securityGroupIds;
  const state = stateCheck(`load balancer ${arn}`, found.state, 'active');
  return state.result === 'block' || state.result === 'unknown'
    ? { alive: state, deadBecause: 'TARGET_RESOURCE_GONE', nodes, groupIds }
    : { alive: listenerCheck(arn, state, account), deadBecause: 'NLB_NO_UDP_4789', nodes, groupIds };
}

/** @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-targets.html */
function listenerCheck(arn: string, state: Check, account: AccountIndex): Check {
  const { listeners } = account.inventory;
  if (listeners === undefined) return unknown(`the listeners of load balancer ${arn} could not be read`);
  const listens = listeners.some(
    ({ loadBalancerArn, protocol, port }) =>
      loadBalancerArn === arn && port === VXLAN_PORT && /^(TCP_)?UDP$/i.test(protocol ?? ''),
  );
  return listens ? state : blocked(`load balancer ${arn} has no UDP listener on port ${VXLAN_PORT}`);
}

function balancerNodes(balancer: LoadBalancer, account: AccountIndex): readonly TargetNode[] {
  const name = balancerName(balancer.loadBalancerArn);
  const nodes = balancer.availabilityZones.map(({ zoneId, zoneName, subnetId, privateIpAddress }) => {
    const zone = zoneOf({ availabilityZoneId: zoneId, availabilityZone: zoneName, subnetId }, account);
    const nodeInterface = account.once(balancerInterfaces).get(`${name} ${subnetId}`);
    const address = ipv4Of(privateIpAddress ?? nodeInterface?.privateIpAddress);
    return {
      name: `load balancer node in ${subnetId ?? zoneInWords(zone)}`,
      subnetId,
      vpcId: balancer.vpcId,
      zone,
      address,
    };
  });
  return inOrder(nodes);
}

function inOrder(nodes: readonly TargetNode[]): readonly TargetNode[] {
  return nodes.toSorted(
    byText(({ subnetId = '', zone, address = '' }) => `${subnetId} ${zoneInWords(zone)} ${address}`),
  );
}

/** The interfaces of load balancers, by the name in their description (`ELB net/NAME/ID`) and their subnet. */
function balancerInterfaces({ inventory }: AccountIndex): ReadonlyMap<string, NetworkInterface> {
  const ofBalancers = (inventory.networkInterfaces ?? [])
    .filter(({ description }) => description?.startsWith('ELB net/'))
    .toSorted(byText(({ networkInterfaceId }) => networkInterfaceId));
  return new Map(ofBalancers.map((it) => [`${it.description?.slice('ELB '.length)} ${it.subnetId}`, it]));
}

function balancerName(arn: string): string {
  return arn.slice(arn.indexOf(':loadbalancer/') + ':loadbalancer/'.length);
}

/** Endpoints have no security group. Where endpoints were not read, the endpoint's own interface shows whether it is in use. */
function endpointBackend(target: EndpointTarget, account: AccountIndex): TargetBackend {
  const { gatewayLoadBalancerEndpointId: id } = target;
  const found = account.vpcEndpoint(id);
  const interfaces = account.once(endpointInterfaces).get(id) ?? [];
  const interfaceNodes = interfaces.map((it) => nodeOf(it, account));
  const isKnown = typeof found === 'object';
  const nodes = inOrder(isKnown && interfaces.length === 0 ? endpointNodes(found, account) : interfaceNodes);
  const alive = isKnown
    ? stateCheck(`endpoint ${id}`, found.state, 'available')
    : found === 'unread' && interfaces.some(({ status }) => status === 'in-use')
      ? allowed(`endpoint ${id} has an interface in use`)
      : notFound(found, `endpoint ${id}`, target, account);
  return { alive, deadBecause: 'TARGET_RESOURCE_GONE', nodes, groupIds: 'none' };
}

function endpointNodes({ subnetIds, vpcId }: VpcEndpoint, account: AccountIndex): readonly TargetNode[] {
  return subnetIds.map((subnetId) => ({
    name: `endpoint in ${subnetId}`,
    subnetId,
    vpcId,
    zone: zoneOf({ subnetId }, account),
  }));
}

/** The interfaces of Gateway Load Balancer endpoints, by the endpoint id in their description. */
function endpointInterfaces({ inventory }: AccountIndex): ReadonlyMap<string | undefined, readonly NetworkInterface[]> {
  const ofEndpoints = (inventory.networkInterfaces ?? []).filter(({ interfaceType }) =>
    /^gateway_?load_?balancer_?endpoint$/i.test(interfaceType),
  );
  return groupBy(ofEndpoints, ({ description }) => /vpce-[\w-]+/.exec(description ?? '')?.[0]);
}

function nodeOf(networkInterface: NetworkInterface, account: AccountIndex): TargetNode {
  const { subnetId, privateIpAddress, networkInterfaceId } = networkInterface;
  const subnet = subnetId === undefined ? undefined : account.subnet(subnetId);
  const vpcId = networkInterface.vpcId ?? (typeof subnet === 'object' ? subnet.vpcId : undefined);
  const zone = zoneOf(networkInterface, account);
  return { name: `interface ${networkInterfaceId}`, subnetId, vpcId, zone, address: ipv4Of(privateIpAddress) };
}

/** An impaired load balancer still forwards. In any state but these two, nothing is received. */
function stateCheck(what: string, state: string | undefined, working: string): Check {
  if (state === undefined) return unknown(`the state of ${what} is not known`);
  const actual = state.toLowerCase();
  const reason = `${what} is ${actual}`;
  if (actual === working) return allowed(reason);
  return actual === `${working}_impaired` ? { check: 'alive', result: 'warn', reason } : blocked(reason);
}

/** A target shared by another account can point to things we aren't shown, so their absence from our lists means nothing. */
function notFound(
  found: 'gone' | 'unread',
  what: string,
  { ownerId }: TrafficMirrorTarget,
  account: AccountIndex,
): Check {
  if (found === 'unread') return unknown(`${what} could not be read`);
  return ownerId !== undefined && ownerId !== account.inventory.accountId
    ? unknown(`${what} belongs to account ${ownerId} and cannot be seen from here`)
    : blocked(`${what} is gone`);
}

function allowed(reason: string): Check {
  return { check: 'alive', result: 'allow', reason };
}

function blocked(reason: string): Check {
  return { check: 'alive', result: 'block', reason };
}

function unknown(reason: string): Check {
  return { check: 'alive', result: 'unknown', reason };
}
