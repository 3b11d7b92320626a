/** The configured targets as they stand: what is behind each, whether it is alive, where copies arrive, and how many it takes. */

import type {
  EndpointTarget,
  InterfaceTarget,
  LoadBalancer,
  LoadBalancerTarget,
  TrafficMirrorTarget,
  VpcEndpoint,
} from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import { ipv4Of } from '../net/cidr.ts';
import { VXLAN_PORT } from '../net/flow.ts';
import type { AccountIndex } from './account-index.ts';
import { capacityOf, roomCheck, utilisationUnit } from './checks/capacity.ts';
import { type Zone, zoneOf } from './checks/zones.ts';
import type { TargetEntry } from './policy.ts';
import { hashOf } from './stable-hash.ts';
import type { Check, IneffectiveReason } from './verdict.ts';

/** One place where copies may arrive: a sensor's interface, a balancer's node, an endpoint. What is not known is absent. */
export interface TargetNode {
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly zone: Zone;
  /** IPv4 as a number. */
  readonly address?: number | undefined;
}

/** A configured target with what stands behind it. */
export interface TargetProfile {
  readonly id: string;
  /** Its place among the configured targets, by id. */
  readonly index: number;
  /** Of its id, to break ties by. */
  readonly hash: number;
  readonly ownerId?: string | undefined;
  readonly alive: Check;
  /** What it means for a session that `alive` blocks. */
  readonly deadBecause: IneffectiveReason;
  /** Empty when it is not known where copies arrive. */
  readonly nodes: readonly TargetNode[];
  /** Groups that guard it; `none` for what has no security group and needs none; `unread` when not known. */
  readonly groupIds: readonly string[] | 'none' | 'unread';
  readonly sources: ReadonlySet<string>;
  readonly capacity: number | null;
  readonly unit: number;
  /** Whether there is room for one more source than it has; shared by all sources it does not have yet. */
  readonly room: Check;
}

interface Behind {
  readonly alive: Check;
  readonly deadBecause?: IneffectiveReason | undefined;
  readonly nodes?: readonly TargetNode[] | undefined;
  readonly groupIds?: TargetProfile['groupIds'] | undefined;
}

/** Every configured target by id, in order of ids; use it as `account.once(targetsOf)`. */
export function targetsOf(account: AccountIndex): ReadonlyMap<string, TargetProfile> {
  return new Map(account.configuredTargetIds.map((id, index) => [id, profileOf(id, index, account)]));
}

function profileOf(id: string, index: number, account: AccountIndex): TargetProfile {
  const entry: TargetEntry = account.configuredTarget(id) ?? { id };
  const found = account.trafficMirrorTarget(id);
  const target = typeof found === 'object' ? found : undefined;
  const behind = target === undefined ? missing(id, found === 'gone') : behindTarget(target, account);
  const capacity = capacityOf(target, entry, account);
  const sources = account.sourcesOf(id);
  return {
    id,
    index,
    hash: hashOf(id),
    ownerId: target?.ownerId,
    alive: behind.alive,
    deadBecause: behind.deadBecause ?? 'TARGET_RESOURCE_GONE',
    nodes: behind.nodes ?? [],
    groupIds: behind.groupIds ?? 'unread',
    sources,
    capacity,
    unit: utilisationUnit(capacity, entry),
    room: roomCheck(sources.size, capacity, target?.ownerId, account),
  };
}

function missing(id: string, isGone: boolean): Behind {
  return isGone
    ? {
        alive: blocked(`target ${id} is not in the account: it was deleted, or its owner withdrew the share`),
        deadBecause: 'TARGET_WITHDRAWN',
      }
    : { alive: unchecked('the traffic mirror targets could not be read') };
}

function behindTarget(target: TrafficMirrorTarget, account: AccountIndex): Behind {
  switch (target.type) {
    case 'network-interface':
      return behindInterface(target, account);
    case 'network-load-balancer':
      return behindLoadBalancer(target, account);
    case 'gateway-load-balancer-endpoint':
      return behindEndpoint(target, account);
    case 'unknown':
      return {
        alive: unchecked(
          `what is behind target ${target.trafficMirrorTargetId} of type ${target.awsType} is not known`,
        ),
      };
  }
}

function behindInterface(target: InterfaceTarget, account: AccountIndex): Behind {
  const { networkInterfaceId: id } = target;
  const found = account.networkInterface(id);
  if (typeof found !== 'object') return { alive: absent(found, `interface ${id}`, target, account) };
  return { alive: interfaceAlive(found, account), nodes: [nodeOf(found, account)], groupIds: found.groupIds };
}

/** In use on an instance that runs or is about to: anything else receives nothing. */
function interfaceAlive({ networkInterfaceId, status, attachment }: NetworkInterface, account: AccountIndex): Check {
  const attached = attachment !== undefined && attachment.status !== 'detached' && attachment.status !== 'detaching';
  if (!attached || (status !== undefined && status !== 'in-use')) {
    return blocked(`sensor interface ${networkInterfaceId} is not attached`);
  }
  const { instanceId, instanceOwnerId } = attachment;
  if (instanceId === undefined) return blocked(`sensor interface ${networkInterfaceId} is on no instance`);
  const instance = account.instance(instanceId);
  if (instance === 'unread') return unchecked(`the state of sensor instance ${instanceId} could not be read`);
  if (instance === 'gone') {
    return instanceOwnerId !== undefined && instanceOwnerId !== account.inventory.accountId
      ? unchecked(`sensor instance ${instanceId} belongs to account ${instanceOwnerId} and cannot be seen from here`)
      : blocked(`sensor instance ${instanceId} is gone`);
  }
  const running = instance.state === 'running' || instance.state === 'pending';
  const reason = `sensor interface ${networkInterfaceId} is in use on ${instanceId}, which is ${instance.state}`;
  return running ? allowed(reason) : blocked(`sensor instance ${instanceId} is ${instance.state}`);
}

/** The balancer must be active and listen for the copies; without the listener they vanish with no error. */
function behindLoadBalancer(target: LoadBalancerTarget, account: AccountIndex): Behind {
  const { networkLoadBalancerArn: arn } = target;
  const found = account.loadBalancer(arn);
  if (typeof found !== 'object') return { alive: absent(found, `load balancer ${arn}`, target, account) };
  const groupIds = (found.securityGroupIds ?? []).length === 0 ? 'none' : (found.securityGroupIds ?? []);
  const at = { nodes: balancerNodes(found, account), groupIds } as const;
  const state = stateAlive(`load balancer ${arn}`, found.state, 'active');
  return state.result === 'block' || state.result === 'unknown'
    ? { alive: state, ...at }
    : { alive: listening(arn, state, account), deadBecause: 'NLB_NO_UDP_4789', ...at };
}

/** @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-targets.html */
function listening(arn: string, state: Check, account: AccountIndex): Check {
  const { listeners } = account.inventory;
  if (listeners === undefined) return unchecked(`the listeners of load balancer ${arn} could not be read`);
  const hears = listeners.some(
    ({ loadBalancerArn, protocol, port }) =>
      loadBalancerArn === arn && port === VXLAN_PORT && /^(TCP_)?UDP$/i.test(protocol ?? ''),
  );
  return hears ? state : blocked(`load balancer ${arn} has no UDP listener on port ${VXLAN_PORT}`);
}

function balancerNodes(balancer: LoadBalancer, account: AccountIndex): readonly TargetNode[] {
  return balancer.availabilityZones.map(({ zoneId, zoneName, subnetId, privateIpAddress }) => {
    const zone = zoneOf({ availabilityZoneId: zoneId, availabilityZone: zoneName, subnetId }, account);
    const own = account.once(balancerInterfaces).get(`${balancerName(balancer.loadBalancerArn)} ${subnetId}`);
    const address = ipv4Of(privateIpAddress ?? own?.privateIpAddress);
    return { subnetId, vpcId: balancer.vpcId, zone, address };
  });
}

/** The interfaces of load balancers, by the name in their description (`ELB net/NAME/ID`) and their subnet. */
function balancerInterfaces({ inventory }: AccountIndex): ReadonlyMap<string, NetworkInterface> {
  const ofBalancers = (inventory.networkInterfaces ?? []).filter(({ description }) =>
    description?.startsWith('ELB net/'),
  );
  return new Map(ofBalancers.map((it) => [`${it.description?.slice('ELB '.length)} ${it.subnetId}`, it]));
}

function balancerName(arn: string): string {
  return arn.slice(arn.indexOf(':loadbalancer/') + ':loadbalancer/'.length);
}

/** Endpoints have no security group. Where endpoints were not read, the endpoint's own interface says what it can. */
function behindEndpoint(target: EndpointTarget, account: AccountIndex): Behind {
  const { gatewayLoadBalancerEndpointId: id } = target;
  const found = account.vpcEndpoint(id);
  const interfaces = account.once(endpointInterfaces).get(id) ?? [];
  const nodes = interfaces.map((it) => nodeOf(it, account));
  if (typeof found === 'object') {
    const alive = stateAlive(`endpoint ${id}`, found.state, 'available');
    return { alive, nodes: nodes.length > 0 ? nodes : endpointNodes(found, account), groupIds: 'none' };
  }
  if (found === 'unread' && interfaces.some(({ status }) => status === 'in-use')) {
    return { alive: allowed(`endpoint ${id} has an interface in use`), nodes, groupIds: 'none' };
  }
  return { alive: absent(found, `endpoint ${id}`, target, account), nodes, groupIds: 'none' };
}

function endpointNodes({ subnetIds, vpcId }: VpcEndpoint, account: AccountIndex): readonly TargetNode[] {
  return subnetIds.map((subnetId) => ({ subnetId, vpcId, zone: zoneOf({ subnetId }, account) }));
}

/** The interfaces of Gateway Load Balancer endpoints, by the endpoint id in their description. */
function endpointInterfaces({ inventory }: AccountIndex): ReadonlyMap<string, readonly NetworkInterface[]> {
  const byEndpoint = new Map<string, NetworkInterface[]>();
  for (const item of inventory.networkInterfaces ?? []) {
    if (!/^gateway_?load_?balancer_?endpoint$/i.test(item.interfaceType)) continue;
    const id = /vpce-[\w-]+/.exec(item.description ?? '')?.[0];
    if (id !== undefined) byEndpoint.set(id, [...(byEndpoint.get(id) ?? []), item]);
  }
  return byEndpoint;
}

function nodeOf(networkInterface: NetworkInterface, account: AccountIndex): TargetNode {
  const { subnetId, privateIpAddress } = networkInterface;
  const subnet = subnetId === undefined ? undefined : account.subnet(subnetId);
  const vpcId = networkInterface.vpcId ?? (typeof subnet === 'object' ? subnet.vpcId : undefined);
  return { subnetId, vpcId, zone: zoneOf(networkInterface, account), address: ipv4Of(privateIpAddress) };
}

/** An impaired balancer still forwards; what is not in the state it works in receives nothing. */
function stateAlive(what: string, state: string | undefined, working: string): Check {
  if (state === undefined) return unchecked(`the state of ${what} is not known`);
  const is = state.toLowerCase();
  if (is === working) return allowed(`${what} is ${is}`);
  if (is === `${working}_impaired`) return { check: 'alive', result: 'warn', reason: `${what} is ${is}` };
  return blocked(`${what} is ${is}`);
}

/** What belongs to another account is shared with us without being shown: that it is not in our lists says nothing. */
function absent(
  found: 'gone' | 'unread',
  what: string,
  { ownerId }: TrafficMirrorTarget,
  account: AccountIndex,
): Check {
  if (found === 'unread') return unchecked(`${what} could not be read`);
  return ownerId !== undefined && ownerId !== account.inventory.accountId
    ? unchecked(`${what} belongs to account ${ownerId} and cannot be seen from here`)
    : blocked(`${what} is gone`);
}

function allowed(reason: string): Check {
  return { check: 'alive', result: 'allow', reason };
}

function blocked(reason: string): Check {
  return { check: 'alive', result: 'block', reason };
}

function unchecked(reason: string): Check {
  return { check: 'alive', result: 'unknown', reason };
}
