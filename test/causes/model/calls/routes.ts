/** Route tables: their routes, and which table a subnet has. */

import { type Account, drop, put, type Route, type RouteTable, routeKey, type Subnet } from '../account.ts';
import { type CallKind, done, failed, type Params, returnTrue } from '../call.ts';

const NO_TABLE = 'Client.InvalidRouteTableID.NotFound';
const NO_ROUTE = 'Client.InvalidRoute.NotFound';
const NO_ASSOCIATION = 'Client.InvalidAssociationID.NotFound';

/** CreateRoute wants its destination free, ReplaceRoute taken. */
function writeRoute(wants: 'free' | 'taken'): CallKind<Route> {
  return {
    apply(account, { tableId, destination, target }) {
      if (account.routeTables[tableId] === undefined) return failed(NO_TABLE);
      const route = { tableId, destination, target };
      const isTaken = account.routes[routeKey(route)] !== undefined;
      if (wants === 'free' && isTaken) return failed('Client.RouteAlreadyExists');
      if (wants === 'taken' && !isTaken) return failed(NO_ROUTE);
      return done(put(account, 'routes', routeKey(route), route), returnTrue);
    },
    request: ({ tableId, destination, target }) => ({
      routeTableId: tableId,
      destinationCidrBlock: destination,
      ...routeTarget(target),
    }),
    encoding: 'classic',
    about: ({ tableId }) => [tableId],
  };
}

function routeTarget(target: string): object {
  if (target.startsWith('pcx-')) return { vpcPeeringConnectionId: target };
  return target.startsWith('nat-') ? { natGatewayId: target } : { gatewayId: target };
}

const deleteRoute: CallKind<Params['DeleteRoute']> = {
  apply(account, params) {
    if (account.routeTables[params.tableId] === undefined) return failed(NO_TABLE);
    const key = routeKey(params);
    if (account.routes[key] === undefined) return failed(NO_ROUTE);
    return done(drop(account, 'routes', [key]), returnTrue);
  },
  request: ({ tableId, destination }) => ({ routeTableId: tableId, destinationCidrBlock: destination }),
  encoding: 'classic',
  about: ({ tableId }) => [tableId],
};

const associateRouteTable: CallKind<Params['AssociateRouteTable']> = {
  apply(account, { tableId, subnetId, associationId }) {
    const subnet = account.subnets[subnetId];
    if (subnet === undefined) return failed('Client.InvalidSubnetID.NotFound');
    if (account.routeTables[tableId]?.vpcId !== subnet.vpcId) return failed(NO_TABLE);
    if (subnet.tableId !== null) return failed('Client.Resource.AlreadyAssociated');
    const after = put(account, 'subnets', subnetId, { ...subnet, tableId, tableAssociationId: associationId });
    return done(after, () => ({ associationId, associationState: { state: 'associated' } }));
  },
  request: ({ tableId, subnetId }) => ({ routeTableId: tableId, subnetId }),
  encoding: 'classic',
  about: ({ subnetId }) => [subnetId],
};

/** The association of a subnet or of a main table gets another table and a new id. The record does not say which it was. */
const replaceRouteTableAssociation: CallKind<Params['ReplaceRouteTableAssociation']> = {
  apply(account, { associationId, tableId, newAssociationId }) {
    const table = account.routeTables[tableId];
    if (table === undefined) return failed(NO_TABLE);
    const answer = (): object => ({ newAssociationId, associationState: { state: 'associated' } });
    const main = withMainAssociation(account, associationId);
    if (main !== undefined) {
      if (main.vpcId !== table.vpcId || main.id === tableId) return failed('Client.InvalidParameterValue');
      const without = put(account, 'routeTables', main.id, { ...main, mainAssociationId: null });
      return done(put(without, 'routeTables', tableId, { ...table, mainAssociationId: newAssociationId }), answer);
    }
    const subnet = withTableAssociation(account, associationId);
    if (subnet === undefined) return failed(NO_ASSOCIATION);
    if (subnet.vpcId !== table.vpcId || subnet.tableId === tableId) return failed('Client.InvalidParameterValue');
    const changed = { ...subnet, tableId, tableAssociationId: newAssociationId };
    return done(put(account, 'subnets', subnet.id, changed), answer);
  },
  request: ({ associationId, tableId }) => ({ associationId, routeTableId: tableId }),
  encoding: 'classic',
  about: ({ associationId, newAssociationId }) => [associationId, newAssociationId],
};

/** The main table's association cannot be removed. */
const disassociateRouteTable: CallKind<Params['DisassociateRouteTable']> = {
  apply(account, { associationId }) {
    if (withMainAssociation(account, associationId) !== undefined) return failed('Client.InvalidParameterValue');
    const subnet = withTableAssociation(account, associationId);
    if (subnet === undefined) return failed(NO_ASSOCIATION);
    const after = put(account, 'subnets', subnet.id, { ...subnet, tableId: null, tableAssociationId: null });
    return done(after, returnTrue);
  },
  request: ({ associationId }) => ({ associationId }),
  encoding: 'classic',
  about: ({ associationId }) => [associationId],
};

function withTableAssociation(account: Account, associationId: string): Subnet | undefined {
  return Object.values(account.subnets).find(({ tableAssociationId }) => tableAssociationId === associationId);
}

function withMainAssociation(account: Account, associationId: string): RouteTable | undefined {
  return Object.values(account.routeTables).find(({ mainAssociationId }) => mainAssociationId === associationId);
}

export const ROUTE_CALLS = {
  CreateRoute: writeRoute('free'),
  ReplaceRoute: writeRoute('taken'),
  DeleteRoute: deleteRoute,
  AssociateRouteTable: associateRouteTable,
  ReplaceRouteTableAssociation: replaceRouteTableAssociation,
  DisassociateRouteTable: disassociateRouteTable,
} as const;
