/** From the SDK's answers to an inventory: the same tables that read a snapshot file, fed from the wire. */

import { type Inventory, type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { TrafficMirrorSession, TrafficMirrorTarget } from '../../inventory/mirror.ts';
import { trafficMirrorSessionShape, trafficMirrorTargetShape } from '../../inventory/mirror-shapes.ts';
import { parseSnapshot, SNAPSHOT_SCHEMA } from '../../inventory/snapshot.ts';
import type { Item } from './reads.ts';

/** The lists of a region under the names that AWS's answers have for them. An absent list was not read. */
export interface RegionAnswers {
  readonly Reservations?: readonly Item[] | undefined;
  readonly NetworkInterfaces?: readonly Item[] | undefined;
  readonly SecurityGroups?: readonly Item[] | undefined;
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

export type ListKey = Exclude<keyof RegionAnswers, 'unread' | 'incomplete'>;

/**
 * Lists inside items that a file must have, and that the wire leaves out when they are empty: in an answer of AWS's own, a
 * group without rules and one whose rules were not said are told apart by nothing, and it is always the first.
 */
const EMPTY_LISTS: Partial<Record<ListKey, Readonly<Record<string, readonly never[]>>>> = {
  SecurityGroups: { IpPermissions: [] },
  NetworkAcls: { Entries: [] },
  RouteTables: { Routes: [] },
  TrafficMirrorFilters: { IngressFilterRules: [], EgressFilterRules: [] },
};

/**
 * The answers as an inventory. An item that is not as AWS documents it makes its list `incomplete`, or `unread` where a missing
 * item would change an answer; it never fails the rest.
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

/** Without the properties that the SDK sets to undefined, which would hide the empty lists. */
function definedOf(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined && value !== null));
}

/** A session as a create or modify call answers it. Throws PipelineError `snapshot-invalid` when it lacks an id. */
export function toSession(answer: unknown): TrafficMirrorSession {
  return trafficMirrorSessionShape.read(answer, 'TrafficMirrorSession');
}

/** A target as the create call answers it. Throws PipelineError `snapshot-invalid` when it lacks an id. */
export function toTarget(answer: unknown): TrafficMirrorTarget {
  return trafficMirrorTargetShape.read(answer, 'TrafficMirrorTarget');
}
