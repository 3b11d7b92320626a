/** The lists of a snapshot's regions: what AWS calls each, how its items are read and written, and how a bad item affects its list. */

import { networkAclShape, securityGroupRuleShape, securityGroupShape } from './firewall-shapes.ts';
import type { Inventory } from './inventory.ts';
import {
  listenerShape,
  loadBalancerShape,
  trafficMirrorFilterShape,
  trafficMirrorSessionShape,
  trafficMirrorTargetShape,
  vpcEndpointShape,
} from './mirror-shapes.ts';
import {
  networkInterfaceShape,
  prefixListShape,
  routeTableShape,
  subnetShape,
  transitGatewayVpcAttachmentShape,
  vpcPeeringConnectionShape,
} from './network-shapes.ts';
import type { Shape } from './shape.ts';

/** The lists of an inventory, by our names. */
export type ListName = Exclude<
  keyof Inventory,
  'accountId' | 'region' | 'partial' | 'unread' | 'unreadForCauses' | 'incomplete' | 'ours'
>;
type ItemOf<K extends ListName> = NonNullable<Inventory[K]>[number];

/** How a list is read and written. */
export interface ListForm<T> {
  /** The list's name in AWS's answers. */
  readonly key: string;
  readonly shape: Shape<T>;
  /**
   * What an unreadable item does to its list. `keep`: the other items stay, and references to the lost one find nothing. `drop`: the
   * list becomes unread, because absence from it is itself an answer (no session, no route, no such target).
   */
  readonly onUnreadable: 'keep' | 'drop';
}

/** Every list but `instances`, which AWS nests in reservations. */
const LISTS = {
  networkInterfaces: { key: 'NetworkInterfaces', shape: networkInterfaceShape, onUnreadable: 'keep' },
  securityGroups: { key: 'SecurityGroups', shape: securityGroupShape, onUnreadable: 'keep' },
  securityGroupRules: { key: 'SecurityGroupRules', shape: securityGroupRuleShape, onUnreadable: 'keep' },
  networkAcls: { key: 'NetworkAcls', shape: networkAclShape, onUnreadable: 'keep' },
  subnets: { key: 'Subnets', shape: subnetShape, onUnreadable: 'keep' },
  routeTables: { key: 'RouteTables', shape: routeTableShape, onUnreadable: 'drop' },
  vpcPeeringConnections: { key: 'VpcPeeringConnections', shape: vpcPeeringConnectionShape, onUnreadable: 'drop' },
  transitGatewayVpcAttachments: {
    key: 'TransitGatewayVpcAttachments',
    shape: transitGatewayVpcAttachmentShape,
    onUnreadable: 'drop',
  },
  prefixLists: { key: 'PrefixLists', shape: prefixListShape, onUnreadable: 'keep' },
  trafficMirrorTargets: { key: 'TrafficMirrorTargets', shape: trafficMirrorTargetShape, onUnreadable: 'drop' },
  trafficMirrorFilters: { key: 'TrafficMirrorFilters', shape: trafficMirrorFilterShape, onUnreadable: 'drop' },
  trafficMirrorSessions: { key: 'TrafficMirrorSessions', shape: trafficMirrorSessionShape, onUnreadable: 'drop' },
  loadBalancers: { key: 'LoadBalancers', shape: loadBalancerShape, onUnreadable: 'drop' },
  listeners: { key: 'Listeners', shape: listenerShape, onUnreadable: 'drop' },
  vpcEndpoints: { key: 'VpcEndpoints', shape: vpcEndpointShape, onUnreadable: 'drop' },
} satisfies { readonly [K in Exclude<ListName, 'instances'>]: ListForm<ItemOf<K>> };

/** The name and form of every list but `instances`, in the order in which snapshots hold them. */
export const LIST_FORMS: readonly (readonly [string, ListForm<unknown>])[] = Object.entries(LISTS as object);

/** Lists that no verdict needs, only the search for a cause: without one of them an inventory is complete. */
export const LISTS_FOR_CAUSES: ReadonlySet<string> = new Set<ListName>(['securityGroupRules']);

/** Every key of a region that we read, by its lower-case spelling. */
export const KNOWN_KEYS: ReadonlyMap<string, string> = new Map(
  ['Reservations', ...LIST_FORMS.map(([, { key }]) => key), 'accountId', 'region'].map((key) => [
    key.toLowerCase(),
    key,
  ]),
);
