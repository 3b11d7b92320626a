/** What can be known before the first record is read: from ids in accounts, and from the way associations follow each other. */

import type { Sighting } from '../../sighting/sighting.ts';
import type { AccountCells } from '../account-cells.ts';
import { addLasting } from '../older/lasting-facts.ts';
import type { Knowledge } from './effect.ts';
import { noValues } from './known-values.ts';

interface KnowledgeInput {
  readonly account: AccountCells;
  readonly tagKeys: readonly string[];
  /** Oldest first. */
  readonly ordered: readonly Pick<Sighting, 'changes'>[];
  readonly older: readonly AccountCells[];
}

/** The knowledge to begin with. The values of cells are not known then: the account shows only how they ended. */
export function newKnowledge({ account, tagKeys, ordered, older }: KnowledgeInput): Knowledge {
  const egress = (account.inventory.securityGroupRules ?? []).filter(({ isEgress }) => isEgress);
  const { networkAcls = [], routeTables = [], trafficMirrorFilters = [] } = account.inventory;
  const acls = networkAcls.flatMap(({ associations = [] }) => associations);
  const tables = routeTables.flatMap(({ associations = [] }) => associations);
  const filterRules = trafficMirrorFilters.flatMap(({ trafficMirrorFilterId, ingressFilterRules, egressFilterRules }) =>
    [...ingressFilterRules, ...egressFilterRules].flatMap(({ trafficMirrorFilterRuleId: id }) =>
      id === undefined ? [] : [[id, trafficMirrorFilterId] as const],
    ),
  );
  const knowledge: Knowledge = {
    ...{ account, tagKeys, associated: new Map(), groupsOfRules: new Map() },
    values: noValues(),
    attachments: new Map(),
    aclAssociations: new Map(acls.map(({ networkAclAssociationId, subnetId }) => [networkAclAssociationId, subnetId])),
    tableAssociations: new Map(
      tables.flatMap(({ routeTableAssociationId: id, subnetId }) => (subnetId === undefined ? [] : [[id, subnetId]])),
    ),
    permissions: new Map(),
    formerPermissions: new Map(),
    egressRules: new Set(egress.map(({ securityGroupRuleId }) => securityGroupRuleId)),
    filterRules: new Map(filterRules),
    interfacesOn: new Map(),
    launchedWith: new Map(),
    sessionsOn: new Map(),
  };
  for (const each of older) addLasting(each, knowledge);
  followAssociations(ordered, knowledge);
  placeFilterRules(ordered, knowledge);
  return knowledge;
}

/** A rule stays with its filter, so any record that names both tells it for all. */
function placeFilterRules(ordered: readonly Pick<Sighting, 'changes'>[], { filterRules }: Knowledge): void {
  for (const sighting of ordered) {
    for (const change of sighting.changes ?? []) {
      const shown = change.kind === 'filter-rule-modified' ? change.after : undefined;
      if (shown !== undefined) filterRules.set(shown.rule.trafficMirrorFilterRuleId, shown.trafficMirrorFilterId);
    }
  }
}

/** An association that was replaced has a new id for the same subnet. From the ids in the account, older ones follow, newest first. */
function followAssociations(
  ordered: readonly Pick<Sighting, 'changes'>[],
  { aclAssociations, tableAssociations }: Knowledge,
): void {
  for (const sighting of ordered.toReversed()) {
    for (const change of sighting.changes ?? []) {
      if (change.kind !== 'acl-association-replaced' && change.kind !== 'route-table-reassociated') continue;
      const known = change.kind === 'acl-association-replaced' ? aclAssociations : tableAssociations;
      const subnetId = change.newAssociationId === undefined ? undefined : known.get(change.newAssociationId);
      if (subnetId !== undefined) known.set(change.associationId, subnetId);
    }
  }
}
