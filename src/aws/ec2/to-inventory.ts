/** The SDK's answers as an inventory, read by the same tables as a snapshot file. */

import { type Inventory, type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { TrafficMirrorSession, TrafficMirrorTarget } from '../../inventory/mirror.ts';
import { trafficMirrorSessionShape, trafficMirrorTargetShape } from '../../inventory/mirror-shapes.ts';
import { parseSnapshot, SNAPSHOT_SCHEMA } from '../../inventory/snapshot.ts';
import type { Item } from './describe.ts';

/** The lists of a region under the names they have in AWS's answers. An absent list was not read. */
export interface RegionAnswers {
  readonly Reservations?: readonly Item[] | undefined;
  readonly NetworkInterfaces?: readonly Item[] | undefined;
  readonly SecurityGroups?: readonly Item[] | undefined;
  readonly SecurityGroupRules?: readonly Item[] | undefined;
  readonly NetworkAcls?: readonly Item[] | undefined;
  readonly Subnets?: readonly Item[] | undefined;
  readonly RouteTables?: readonly Item[] | undefined;
  readonly VpcPeeringConnections?: readonly Item[] | undefined;
  readonly TransitGatewayVpcAttachments?: readonly Item[] | undefined;
  readonly PrefixLists?: readonly Item[] | undefined;
  readonly TrafficMirrorTargets?: readonly Item[] | undefined;
  readonly TrafficMirrorFilters?: readonly Item[] | undefined;
  readonly TrafficMirrorSessions?: readonly Item[] | undefined;
  readonly LoadBalancers?: readonly Item[] | undefined;
  readonly Listeners?: readonly Item[] | undefined;
  readonly VpcEndpoints?: readonly Item[] | undefined;
  readonly unread?: Readonly<Record<string, string>> | undefined;
  readonly incomplete?: Readonly<Record<string, string>> | undefined;
}

/** The name of a list in AWS's answers. */
export type ListKey = Exclude<keyof RegionAnswers, 'unread' | 'incomplete'>;

/**
 * Lists that a snapshot file must hold and that AWS leaves out when they are empty. In a file, absent rules are unknown; in an
 * answer from AWS, a group without rules simply has none.
 */
const EMPTY_LISTS: Partial<Record<ListKey, Readonly<Record<string, readonly never[]>>>> = {
  SecurityGroups: { IpPermissions: [] },
  NetworkAcls: { Entries: [] },
  RouteTables: { Routes: [] },
  TrafficMirrorFilters: { IngressFilterRules: [], EgressFilterRules: [] },
};

/**
 * The answers as an inventory. An item that does not match AWS's documentation makes its list `incomplete`, or `unread` if
 * missing the item could change a verdict. It never fails the other lists.
 */
export function toInventory(scope: Scope, answers: RegionAnswers): Inventory {
  const region: Record<string, unknown> = { ...answers, ...scope };
  for (const [key, empty] of Object.entries(EMPTY_LISTS)) {
    const items = region[key] as readonly Item[] | undefined;
    if (items !== undefined) region[key] = items.map((item) => ({ ...empty, ...definedOf(item) }));
  }
  const { inventories } = parseSnapshot(
    { schema: SNAPSHOT_SCHEMA, regions: [region] },
    `AWS account ${scopeKey(scope)}`,
  );
  return inventories[0] ?? { ...scope };
}

/** Without the properties that the SDK sets to undefined: they would override the empty lists. */
function definedOf(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined && value !== null));
}

/** A session as a create or modify call returns it. Throws PipelineError `snapshot-invalid` if an id is missing. */
export function toSession(answer: unknown): TrafficMirrorSession {
  return trafficMirrorSessionShape.read(answer, 'TrafficMirrorSession');
}

/** A target as a create call returns it. Throws PipelineError `snapshot-invalid` if an id is missing. */
export function toTarget(answer: unknown): TrafficMirrorTarget {
  return trafficMirrorTargetShape.read(answer, 'TrafficMirrorTarget');
}
