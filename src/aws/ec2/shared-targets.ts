/** Targets that another account shares with this one: what only their owner's account can say about them. */

import { messageOf } from '../../errors.ts';
import type { Inventory, Scope } from '../../inventory/inventory.ts';
import { type TrafficMirrorTarget, targetInterfaceId } from '../../inventory/mirror.ts';

/** What targets stand on, by the ids to ask for. */
export interface TargetRefs {
  readonly targetIds: readonly string[];
  readonly networkInterfaceIds: readonly string[];
  readonly loadBalancerArns: readonly string[];
  /** `ELB net/name/id`, `VPC Endpoint Interface vpce-…`: how the interfaces of balancers and endpoints describe themselves, the only thing that links them to these. */
  readonly interfaceDescriptions: readonly string[];
  readonly vpcEndpointIds: readonly string[];
}

/** What these targets refer to. */
export function targetRefs(targets: readonly TrafficMirrorTarget[]): TargetRefs {
  const loadBalancerArns = targets.flatMap((target) =>
    target.type === 'network-load-balancer' ? [target.networkLoadBalancerArn] : [],
  );
  const vpcEndpointIds = targets.flatMap((target) =>
    target.type === 'gateway-load-balancer-endpoint' ? [target.gatewayLoadBalancerEndpointId] : [],
  );
  const balancerNames = loadBalancerArns.flatMap((arn) => arn.split(':loadbalancer/')[1] ?? []);
  return {
    targetIds: targets.map((target) => target.trafficMirrorTargetId),
    networkInterfaceIds: targets.flatMap((target) => targetInterfaceId(target) ?? []),
    loadBalancerArns,
    interfaceDescriptions: [
      ...balancerNames.map((name) => `ELB ${name}`),
      ...vpcEndpointIds.map((id) => `VPC Endpoint Interface ${id}`),
    ],
    vpcEndpointIds,
  };
}

/**
 * An inventory, completed with what the owners of its foreign targets see: a participant sees neither the interface behind a
 * shared target nor the sessions that others have on it, so that its load would be counted too low. What comes from an owner
 * carries that account as `ownerId`. An owner that cannot be asked leaves its targets' interfaces unknown (`incomplete`), and
 * is named in `unread` as `sharedTargets:ACCOUNT`.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/cross-account-traffic-mirroring-options.html
 */
export async function withSharedTargets(
  inventory: Inventory,
  readOwner: (owner: Scope, refs: TargetRefs) => Promise<Inventory>,
): Promise<Inventory> {
  const { accountId, region, trafficMirrorTargets = [] } = inventory;
  const owners = new Set(trafficMirrorTargets.flatMap(({ ownerId }) => ownerId ?? []));
  owners.delete(accountId);
  let whole = inventory;
  for (const owner of owners) {
    const shared = trafficMirrorTargets.filter(({ ownerId }) => ownerId === owner);
    try {
      const theirs = await readOwner({ accountId: owner, region }, targetRefs(shared));
      const [refused] = Object.entries(theirs.unread ?? {});
      whole = completed(whole, theirs);
      if (refused !== undefined) whole = without(whole, owner, refused.join(': '));
    } catch (fault) {
      whole = without(whole, owner, messageOf(fault));
    }
  }
  return whole;
}

function completed(own: Inventory, owner: Inventory): Inventory {
  const { accountId: ownerId } = owner;
  const instances = owner.instances?.map((instance) => ({ ...instance, ownerId }));
  const lists = {
    instances: joined(own.instances, instances, ({ instanceId }) => instanceId),
    networkInterfaces: joined(own.networkInterfaces, owner.networkInterfaces, (each) => each.networkInterfaceId),
    securityGroups: joined(own.securityGroups, owner.securityGroups, ({ groupId }) => groupId),
    networkAcls: joined(own.networkAcls, owner.networkAcls, ({ networkAclId }) => networkAclId),
    subnets: joined(own.subnets, owner.subnets, ({ subnetId }) => subnetId),
    prefixLists: joined(own.prefixLists, owner.prefixLists, ({ prefixListId }) => prefixListId),
    loadBalancers: joined(own.loadBalancers, owner.loadBalancers, ({ loadBalancerArn }) => loadBalancerArn),
    listeners: joined(
      own.listeners,
      owner.listeners,
      (each) => `${each.loadBalancerArn}:${each.protocol}:${each.port}`,
    ),
    vpcEndpoints: joined(own.vpcEndpoints, owner.vpcEndpoints, ({ vpcEndpointId }) => vpcEndpointId),
    trafficMirrorSessions: joined(
      own.trafficMirrorSessions,
      owner.trafficMirrorSessions,
      ({ trafficMirrorSessionId }) => trafficMirrorSessionId,
    ),
  };
  const known = Object.entries(lists).filter(([, list]) => list !== undefined);
  return { ...own, ...Object.fromEntries(known) };
}

/** Our list with the owner's items that are not in it; undefined when ours was not read. */
function joined<T>(
  own: readonly T[] | undefined,
  owner: readonly T[] | undefined,
  idOf: (item: T) => string,
): readonly T[] | undefined {
  if (own === undefined || owner === undefined) return own;
  const known = new Set(own.map(idOf));
  return [...own, ...owner.filter((item) => !known.has(idOf(item)))];
}

function without(inventory: Inventory, owner: string, why: string): Inventory {
  const reason = `targets shared by account ${owner} could not be read there: ${why}`;
  return {
    ...inventory,
    unread: { ...inventory.unread, [`sharedTargets:${owner}`]: reason },
    incomplete: { ...inventory.incomplete, networkInterfaces: reason },
  };
}
