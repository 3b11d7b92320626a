/** The effects of calls on security groups, network ACLs and routes. */

import type { Route } from '../../inventory/route.ts';
import type {
  AclAssociationReplaced,
  AclEntryCreated,
  AclEntryDeleted,
  AclEntryReplaced,
  EgressRulesNamed,
  PermissionsAdded,
  PermissionsRemoved,
  PermissionsReplaced,
  RecordedPermission,
  RecordedRouteTarget,
  RouteCreated,
  RouteDeleted,
  RouteReplaced,
  RouteTableAssociated,
  RouteTableDisassociated,
  RouteTableReassociated,
} from '../../sighting/changes/network.ts';
import { type Cell, cellOf, entryPart, permissionPart } from '../cells.ts';
import {
  type AnyEffect,
  create,
  type Effect,
  type Effects,
  type Knowledge,
  learnRule,
  lossOf,
  put,
  remove,
  replace,
} from './effect.ts';

function permissionCell(groupId: string, permission: RecordedPermission): Cell<'permission'> {
  return cellOf('permission', groupId, permissionPart(permission));
}

/** Exact. The rules' ids tell what a later call by id removes. */
export function permissionsAdded({ groupId, permissions }: PermissionsAdded, knowledge: Knowledge): Effects {
  const effects = permissions.map((permission) => {
    learn(groupId, permission, knowledge);
    const made = create(permissionCell(groupId, permission), permission, knowledge);
    return { ...made, makes: permission.securityGroupRuleId };
  });
  return { effects, unplaced: [] };
}

/** A rule by its id. One that is known to be another group's is not the one that a record means; some records name a group by its name. */
function knownRule(groupId: string, id: string, { permissions, groupsOfRules }: Knowledge) {
  return groupId.startsWith('sg-') && groupsOfRules.get(id) !== groupId ? undefined : permissions.get(id);
}

/** Exact for permissions; a rule that is named only by id is known from the call that made it, or from an older snapshot. */
export function permissionsRemoved(change: PermissionsRemoved, knowledge: Knowledge): Effects {
  const { groupId, permissions, unknownRuleIds, isById } = change;
  const known = unknownRuleIds.flatMap((id) => knownRule(groupId, id, knowledge) ?? []);
  const isLost = known.length < unknownRuleIds.length;
  const effects = [...permissions, ...known].flatMap((permission) =>
    isById === true
      ? ruleRemoved(groupId, permission, knowledge)
      : [remove(permissionCell(groupId, permission), knowledge, permission)],
  );
  if (!isLost) return { effects, unplaced: [] };
  return { effects: [...effects, lostPermission(groupId)], unplaced: [], lacks: 'names the rule only by its id' };
}

/** What a rule with an id allows from now on. */
function learn(groupId: string, permission: RecordedPermission, knowledge: Knowledge): void {
  if (permission.securityGroupRuleId !== undefined)
    learnRule(permission.securityGroupRuleId, groupId, permission, knowledge);
}

/**
 * A rule that was named by its id is gone. If it allowed something else at some time, that goes instead where the change of the rule is
 * left out; where its making is left out, there is no such rule.
 */
function ruleRemoved(groupId: string, permission: RecordedPermission, knowledge: Knowledge): readonly AnyEffect[] {
  const { securityGroupRuleId: needs } = permission;
  const former = knowledge.formerPermissions.get(needs ?? '') ?? [];
  const cell = permissionCell(groupId, permission);
  const others = former.map((one) => permissionCell(groupId, one)).filter(({ key }) => key !== cell.key);
  const removed: Effect<'permission'> = { ...remove(cell, knowledge, permission), needs };
  if (others.length === 0) return [removed];
  return [
    { ...removed, operation: 'drop' },
    ...others.map((other): AnyEffect => ({ cell: other, operation: 'drop', after: null, before: null, needs })),
  ];
}

/** A rule of the group that was removed, with unknown content. Its cell is one that no permission has. */
function lostPermission(groupId: string): Effect<'permission'> {
  return { cell: cellOf('permission', groupId, 'lost'), operation: 'drop', after: null, before: undefined };
}

/** The rules after the call are in the record. Each rule before is known like one that is removed, or lost. */
export function permissionsReplaced({ groupId, permissions }: PermissionsReplaced, knowledge: Knowledge): Effects {
  const effects = permissions.flatMap((permission): readonly AnyEffect[] => {
    const id = permission.securityGroupRuleId;
    if (id !== undefined && knowledge.egressRules.has(id)) return [];
    const before = id === undefined ? undefined : knownRule(groupId, id, knowledge);
    if (before !== undefined && before !== null && permissionPart(before) === permissionPart(permission)) return [];
    const removed =
      before === undefined || before === null ? [lostPermission(groupId)] : ruleRemoved(groupId, before, knowledge);
    learn(groupId, permission, knowledge);
    return [...removed, put(permissionCell(groupId, permission), permission, knowledge, null)];
  });
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks the rule before') };
}

/** Egress rules let no packet in; that they are egress rules is known from now on. */
export function egressRulesNamed({ securityGroupRuleIds }: EgressRulesNamed, { egressRules }: Knowledge): Effects {
  for (const id of securityGroupRuleIds) egressRules.add(id);
  return { effects: [], unplaced: [] };
}

/** Exact. */
export function aclEntryCreated({ networkAclId, entry }: AclEntryCreated, knowledge: Knowledge): Effects {
  return { effects: [create(cellOf('entry', networkAclId, entryPart(entry)), entry, knowledge)], unplaced: [] };
}

/** The entry is known if a record set it. */
export function aclEntryDeleted(change: AclEntryDeleted, knowledge: Knowledge): Effects {
  const effects = [remove(cellOf('entry', change.networkAclId, entryPart(change)), knowledge)];
  return { effects, unplaced: [], lacks: lossOf(effects, 'does not say what the entry was') };
}

/** The entry before is known if a record set it. */
export function aclEntryReplaced({ networkAclId, entry }: AclEntryReplaced, knowledge: Knowledge): Effects {
  const cell = cellOf('entry', networkAclId, entryPart(entry));
  const effects = [replace(cell, entry, knowledge)];
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks the entry before') };
}

/** The subnet is known by the new association, in the account or in a later record. */
export function aclAssociationReplaced(change: AclAssociationReplaced, knowledge: Knowledge): Effects {
  const { associationId, newAssociationId = '', networkAclId } = change;
  const { aclAssociations, associated } = knowledge;
  const subnetId = aclAssociations.get(newAssociationId) ?? aclAssociations.get(associationId);
  if (subnetId === undefined)
    return {
      effects: [],
      unplaced: [{ lost: 'acl-association', networkAclId }],
      lacks: 'does not say which subnet it was',
    };
  if (newAssociationId !== '') aclAssociations.set(newAssociationId, subnetId);
  const set = put(cellOf('acl', subnetId), networkAclId, knowledge, associated.get(associationId));
  const effects = [{ ...set, needs: associationId, makes: newAssociationId || undefined }];
  if (newAssociationId !== '') associated.set(newAssociationId, networkAclId);
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks the ACL before') };
}

function routeTo(destination: string, target: RecordedRouteTarget): Route {
  if (destination.startsWith('pl-')) return { destinationPrefixListId: destination, ...target };
  return destination.includes(':')
    ? { destinationIpv6CidrBlock: destination, ...target }
    : { destinationCidrBlock: destination, ...target };
}

/** Exact. */
export function routeCreated({ routeTableId, destination, target }: RouteCreated, knowledge: Knowledge): Effects {
  const route = routeTo(destination, target);
  return { effects: [create(cellOf('route', routeTableId, destination), route, knowledge)], unplaced: [] };
}

/** The route is known if a record set it. */
export function routeDeleted({ routeTableId, destination }: RouteDeleted, knowledge: Knowledge): Effects {
  const effects = [remove(cellOf('route', routeTableId, destination), knowledge)];
  return { effects, unplaced: [], lacks: lossOf(effects, 'does not say where the route led') };
}

/** The route before is known if a record set it. */
export function routeReplaced({ routeTableId, destination, target }: RouteReplaced, knowledge: Knowledge): Effects {
  const cell = cellOf('route', routeTableId, destination);
  const effects = [replace(cell, routeTo(destination, target), knowledge)];
  return { effects, unplaced: [], lacks: lossOf(effects, 'does not say where the route led before') };
}

/** A subnet that can be associated had no table of its own. */
export function routeTableAssociated(change: RouteTableAssociated, knowledge: Knowledge): Effects {
  const { routeTableId, subnetId, associationId } = change;
  if (associationId !== undefined) {
    knowledge.tableAssociations.set(associationId, subnetId);
    knowledge.associated.set(associationId, routeTableId);
  }
  const set = put(cellOf('table', subnetId), routeTableId, knowledge, null);
  return { effects: [{ ...set, makes: associationId }], unplaced: [] };
}

/** The subnet is known by the new association, in the account or in a later record. */
export function routeTableReassociated(change: RouteTableReassociated, knowledge: Knowledge): Effects {
  const { associationId, newAssociationId = '', routeTableId } = change;
  const { tableAssociations, associated } = knowledge;
  const subnetId = tableAssociations.get(newAssociationId) ?? tableAssociations.get(associationId);
  if (subnetId === undefined)
    return {
      effects: [],
      unplaced: [{ lost: 'table-association', routeTableId }],
      lacks: 'does not say which subnet it was',
    };
  if (newAssociationId !== '') tableAssociations.set(newAssociationId, subnetId);
  const set = put(cellOf('table', subnetId), routeTableId, knowledge, associated.get(associationId));
  const effects = [{ ...set, needs: associationId, makes: newAssociationId || undefined }];
  if (newAssociationId !== '') associated.set(newAssociationId, routeTableId);
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks the route table before') };
}

/** The subnet is known if a record associated it. */
export function routeTableDisassociated({ associationId }: RouteTableDisassociated, knowledge: Knowledge): Effects {
  const subnetId = knowledge.tableAssociations.get(associationId);
  if (subnetId === undefined)
    return {
      effects: [],
      unplaced: [{ lost: 'table-association' }],
      lacks: 'does not say which subnet and table it was',
    };
  const before = knowledge.associated.get(associationId);
  const effects = [{ ...put(cellOf('table', subnetId), null, knowledge, before), needs: associationId }];
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks the route table before') };
}
