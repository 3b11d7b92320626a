/** The lists of a snapshot's regions: what AWS calls each, how its items are read and written, and how a bad item affects its list. */

import { networkAclShape, securityGroupRuleShape, securityGroupShape } from './firewall-shapes.ts';
import type { Inventory } from './inventory.ts';
import { instanceMetricsShape } from './metrics/metric-shapes.ts';
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

/** Why lists could not be read, apart by what needs them. */
export type Unread = Pick<Inventory, 'unread' | 'unreadForCauses' | 'unreadForHealth'>;

/** The lists of an inventory, by our names. */
export type ListName = Exclude<
  keyof Inventory,
  'accountId' | 'region' | 'partial' | keyof Unread | 'incomplete' | 'ours' | 'sessionsMade'
>;
type ItemOf<K extends ListName> = NonNullable<Inventory[K]>[number];

/** How a list is read and written. */
export interface ListForm<T> {
  /** The list's name in AWS's answers. */
  readonly key: string;
  readonly shape: Shape<T>;
  /**
   * What an unreadable item does to its list. `keep`: the other items stay, and references to the lost one find nothing. `drop`: the
   * list becomes unread, because absence from it is itself an answer (no session, no route, no such target). `skip`: the
   * list never was to be complete, and absence from it answers nothing.
   */
  readonly onUnreadable: 'keep' | 'drop' | 'skip';
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
  metrics: { key: 'Metrics', shape: instanceMetricsShape, onUnreadable: 'skip' },
} satisfies { readonly [K in Exclude<ListName, 'instances'>]: ListForm<ItemOf<K>> };

/** The name and form of every list but `instances`, in the order in which snapshots hold them. */
export const LIST_FORMS: readonly (readonly [string, ListForm<unknown>])[] = Object.entries(LISTS as object);

/** Where it is said that a list could not be read. Without one that is not in `unread` an inventory is complete. */
export function unreadOf(list: string): keyof Unread {
  return Object.hasOwn(NEEDED_FOR_LITTLE, list) ? NEEDED_FOR_LITTLE[list as keyof typeof NEEDED_FOR_LITTLE] : 'unread';
}

/** Lists that no verdict on tags, groups and the paths of mirrored packets needs. */
const NEEDED_FOR_LITTLE = {
  securityGroupRules: 'unreadForCauses',
  metrics: 'unreadForHealth',
} as const satisfies Partial<Record<ListName, keyof Unread>>;

/** Every key of a region that we read, by its lower-case spelling. */
export const KNOWN_KEYS: ReadonlyMap<string, string> = new Map(
  ['Reservations', ...LIST_FORMS.map(([, { key }]) => key), 'accountId', 'region'].map((key) => [
    key.toLowerCase(),
    key,
  ]),
);
