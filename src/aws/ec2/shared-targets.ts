/** Targets shared by other accounts: completes an inventory with what only their owners can see. */

import { uniqueBy } from '../../collections.ts';
import { messageOf } from '../../errors.ts';
import type { Inventory, Scope } from '../../inventory/inventory.ts';
import { type TrafficMirrorTarget, targetInterfaceId } from '../../inventory/mirror.ts';

/** The resources behind targets, by the ids to request. */
export interface TargetRefs {
  readonly targetIds: readonly string[];
  readonly networkInterfaceIds: readonly string[];
  readonly loadBalancerArns: readonly string[];
  /** `ELB net/name/id` and `VPC Endpoint Interface vpce-…`: the descriptions of the interfaces of load balancers and endpoints. Nothing else links them. */
  readonly interfaceDescriptions: readonly string[];
  readonly vpcEndpointIds: readonly string[];
}

/** The resources behind these targets. */
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
 * An inventory completed with what the owners of its shared targets see. A participant sees neither the interface behind a shared
 * target nor other accounts' sessions on it, and would count too little load. Resources from an owner carry its account as
 * `ownerId`. If an owner cannot be read, its targets' interfaces stay unknown (`incomplete`), and `unread` names it as
 * `sharedTargets:ACCOUNT`.
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
  let merged = inventory;
  for (const owner of owners) {
    const shared = trafficMirrorTargets.filter(({ ownerId }) => ownerId === owner);
    try {
      const ownersView = await readOwner({ accountId: owner, region }, targetRefs(shared));
      const [refused] = Object.entries(ownersView.unread ?? {});
      merged = withOwnersView(merged, ownersView);
      if (refused !== undefined) merged = withUnreadOwner(merged, owner, refused.join(': '));
    } catch (fault) {
      merged = withUnreadOwner(merged, owner, messageOf(fault));
    }
  }
  return merged;
}

function withOwnersView(own: Inventory, owner: Inventory): Inventory {
  const { accountId: ownerId } = owner;
  const instances = owner.instances?.map((instance) => ({ ...instance, ownerId }));
  return {
    ...own,
    instances: united(own.instances, instances, ({ instanceId }) => instanceId),
    networkInterfaces: united(own.networkInterfaces, owner.networkInterfaces, (each) => each.networkInterfaceId),
    securityGroups: united(own.securityGroups, owner.securityGroups, ({ groupId }) => groupId),
    networkAcls: united(own.networkAcls, owner.networkAcls, ({ networkAclId }) => networkAclId),
    subnets: united(own.subnets, owner.subnets, ({ subnetId }) => subnetId),
    prefixLists: united(own.prefixLists, owner.prefixLists, ({ prefixListId }) => prefixListId),
    loadBalancers: united(own.loadBalancers, owner.loadBalancers, ({ loadBalancerArn }) => loadBalancerArn),
    listeners: united(
      own.listeners,
      owner.listeners,
      (each) => `${each.loadBalancerArn}:${each.protocol}:${each.port}`,
    ),
    vpcEndpoints: united(own.vpcEndpoints, owner.vpcEndpoints, ({ vpcEndpointId }) => vpcEndpointId),
    trafficMirrorSessions: united(
      own.trafficMirrorSessions,
      owner.trafficMirrorSessions,
      ({ trafficMirrorSessionId }) => trafficMirrorSessionId,
    ),
  };
}

/** Our list plus the items that only the owner sees; undefined if ours was not read. */
function united<T>(
  own: readonly T[] | undefined,
  owner: readonly T[] | undefined,
  idOf: (item: T) => string,
): readonly T[] | undefined {
  if (own === undefined || owner === undefined) return own;
  return uniqueBy([...own, ...owner], idOf);
}

function withUnreadOwner(inventory: Inventory, owner: string, why: string): Inventory {
  const reason = `the targets shared by account ${owner} could not be read in that account: ${why}`;
  return {
    ...inventory,
    unread: { ...inventory.unread, [`sharedTargets:${owner}`]: reason },
    incomplete: { ...inventory.incomplete, networkInterfaces: reason },
  };
}
