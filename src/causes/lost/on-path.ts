/** Whether a change that the account does not place, such as that of a prefix list, may be on the way from a resource to its targets. */

import { isOnAnyPath } from '../../audit/mirroring/mirror-paths.ts';
import type { Route } from '../../inventory/route.ts';
import type { RecordedPermission } from '../../sighting/changes/network.ts';
import { permissionsOf } from '../account-cells.ts';
import type { CellKind, CellValues } from '../cells.ts';
import { isTagCall } from '../effects/forget.ts';
import { effectsOn, type History } from '../history.ts';
import { idsOf, type Surroundings } from '../surroundings.ts';

/** What could be on a way: everything that its groups and route tables refer to at some time. */
interface Way {
  readonly surroundings: Surroundings;
  readonly history: History;
  readonly permissions: readonly RecordedPermission[];
  readonly routes: readonly Route[];
}

/** By the beginning of an id, whether it may be on a way. All others of those that are on any path may be. */
const MAY_BE_ON: readonly (readonly [RegExp, (id: string, way: Way) => boolean])[] = [
  [/^pl-/, isReferredTo],
  [/^pcx-/, (id, way) => mayJoinVpcs(way, ({ vpcPeeringConnectionId }) => vpcPeeringConnectionId === id)],
  [/^tgw-/, (_, way) => mayJoinVpcs(way, ({ transitGatewayId }) => transitGatewayId !== undefined)],
  [/^arn:/, (_, { surroundings }) => surroundings.backends.size > 0],
];

/**
 * True when the resource with this id, of which the account does not say whose packets it lets pass, may be on the way from the resource
 * to its targets. A prefix list is if a group or route there refers to it or may have; a peering or transit gateway, if the way leads
 * from one VPC to another and a route or a group of another VPC does.
 */
export function mayBeOnPath(id: string, surroundings: Surroundings, history: History): boolean {
  if (!isOnAnyPath(id)) return false;
  const isOn = MAY_BE_ON.find(([pattern]) => pattern.test(id))?.[1];
  const way = isOn && wayOf(surroundings, history);
  return isOn === undefined || way === undefined || isOn(id, way);
}

/** Undefined where records lack what the groups or route tables referred to. */
function wayOf(surroundings: Surroundings, history: History): Way | undefined {
  if (isLost(surroundings, history)) return undefined;
  const { account } = history;
  const { groups, tables } = surroundings;
  const permissions = everIn('permission', groups, (id) => permissionsOf(account.securityGroups.get(id)), history);
  const routes = everIn('route', tables, (id) => account.routeTables.get(id)?.routes ?? [], history);
  return permissions === undefined || routes === undefined ? undefined : { surroundings, history, permissions, routes };
}

/** True when a group or table is not in the account, or an unplaced call may have led packets past others. */
function isLost(surroundings: Surroundings, { account, unplacedCalls }: History): boolean {
  const { groups, tables } = surroundings;
  if ([...groups].some((id) => !account.securityGroups.has(id))) return true;
  if ([...tables].some((id) => !account.routeTables.has(id))) return true;
  if (unplacedCalls.length === 0) return false;
  const around = idsOf(surroundings);
  return unplacedCalls.some(({ unplaced, evidence }) =>
    unplaced.some(
      (one) =>
        one.lost === 'table-association' ||
        (one.lost === 'parameters' &&
          !isTagCall(evidence.eventName) &&
          (one.resourceIds.length === 0 || one.resourceIds.some((id) => around.has(id)))),
    ),
  );
}

/** What cells of this kind hold and held in these resources; undefined where a record lacks what was there. */
function everIn<K extends CellKind>(
  kind: K,
  ids: ReadonlySet<string>,
  now: (id: string) => readonly NonNullable<CellValues[K]>[],
  history: History,
): readonly NonNullable<CellValues[K]>[] | undefined {
  const values = [...ids].flatMap(now);
  for (const id of ids) {
    for (const index of history.callsOn.get(id) ?? []) {
      for (const { cell, before, after } of effectsOn(id, index, history)) {
        if (cell.kind !== kind) continue;
        if (before === undefined) return undefined;
        // The effect is on a cell of this kind, which the compiler can't follow.
        for (const value of [before, after] as readonly CellValues[K][]) if (value !== null) values.push(value);
      }
    }
  }
  return values;
}

function isReferredTo(id: string, { permissions, routes }: Way): boolean {
  return (
    permissions.some(({ prefixListId }) => prefixListId === id) ||
    routes.some(({ destinationPrefixListId }) => destinationPrefixListId === id)
  );
}

/** Within one VPC packets need neither peering nor transit gateway. A rule about another VPC's group needs either, without naming it. */
function mayJoinVpcs(
  { surroundings, history, permissions, routes }: Way,
  leadsThere: (route: Route) => boolean,
): boolean {
  const isUsed =
    routes.some(leadsThere) || permissions.some(({ referencedGroupId }) => referencedGroupId !== undefined);
  return isUsed && spansVpcs(surroundings, history);
}

/** True also where a VPC is not known. */
function spansVpcs(surroundings: Surroundings, { account, relations }: History): boolean {
  const balancers = account.inventory.loadBalancers ?? [];
  const vpcOf = (subnetId: string | undefined): string | undefined =>
    subnetId === undefined ? undefined : account.subnets.get(subnetId)?.vpcId;
  const ofInterfaces = [...surroundings.interfaces].map((id) =>
    vpcOf((account.networkInterfaces.get(id) ?? relations.interfaces.get(id))?.subnetId),
  );
  const ofBackends = [...surroundings.backends].map(
    (arn) => balancers.find(({ loadBalancerArn }) => loadBalancerArn === arn)?.vpcId,
  );
  const vpcs = [...ofInterfaces, ...ofBackends];
  return vpcs.some((vpcId) => vpcId === undefined || vpcId !== vpcs[0]);
}
