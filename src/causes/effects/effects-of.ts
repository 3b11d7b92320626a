/** The effects of a change, by its kind. */

import type { Change } from '../../sighting/changes/change.ts';
import type { Effects, Knowledge } from './effect.ts';
import {
  groupsSet,
  interfaceAttached,
  interfaceCreated,
  interfaceDeleted,
  interfaceDetached,
  launched,
  stateSet,
  typeSet,
} from './of-instances.ts';
import {
  filterCreated,
  filterDeleted,
  filterRuleCreated,
  filterRuleDeleted,
  filterRuleModified,
  sessionCreated,
  sessionDeleted,
  sessionModified,
  targetCreated,
  targetDeleted,
} from './of-mirroring.ts';
import {
  aclAssociationReplaced,
  aclEntryCreated,
  aclEntryDeleted,
  aclEntryReplaced,
  egressRulesNamed,
  permissionsAdded,
  permissionsRemoved,
  permissionsReplaced,
  routeCreated,
  routeDeleted,
  routeReplaced,
  routeTableAssociated,
  routeTableDisassociated,
  routeTableReassociated,
} from './of-network.ts';
import { tagsRemoved, tagsSet } from './tags.ts';

type EffectsByKind = {
  readonly [K in Change['kind']]: (change: Extract<Change, { readonly kind: K }>, knowledge: Knowledge) => Effects;
};

const EFFECTS: EffectsByKind = {
  'instance-launched': launched,
  'sensor-launched': () => ({ effects: [], unplaced: [] }),
  'tags-set': tagsSet,
  'tags-removed': tagsRemoved,
  'state-set': stateSet,
  'interface-created': interfaceCreated,
  'interface-deleted': interfaceDeleted,
  'interface-attached': interfaceAttached,
  'interface-detached': interfaceDetached,
  'groups-set': groupsSet,
  'instance-type-set': typeSet,
  'permissions-added': permissionsAdded,
  'permissions-removed': permissionsRemoved,
  'permissions-replaced': permissionsReplaced,
  'egress-rules-named': egressRulesNamed,
  // No interface uses a group that is made or deleted: no packet passes it.
  'group-created': () => ({ effects: [], unplaced: [] }),
  'group-deleted': () => ({ effects: [], unplaced: [] }),
  'acl-entry-created': aclEntryCreated,
  'acl-entry-deleted': aclEntryDeleted,
  'acl-entry-replaced': aclEntryReplaced,
  'acl-association-replaced': aclAssociationReplaced,
  'route-created': routeCreated,
  'route-deleted': routeDeleted,
  'route-replaced': routeReplaced,
  'route-table-associated': routeTableAssociated,
  'route-table-reassociated': routeTableReassociated,
  'route-table-disassociated': routeTableDisassociated,
  'session-created': sessionCreated,
  'session-modified': sessionModified,
  'session-deleted': sessionDeleted,
  'filter-rule-created': filterRuleCreated,
  'filter-rule-modified': filterRuleModified,
  'filter-rule-deleted': filterRuleDeleted,
  'filter-created': filterCreated,
  'filter-deleted': filterDeleted,
  'target-created': targetCreated,
  'target-deleted': targetDeleted,
  opaque: ({ resourceIds, lacks }) => ({ effects: [], unplaced: [{ lost: 'parameters', resourceIds }], lacks }),
};

/** What a change did, by its record and what earlier records tell. Adds to the knowledge what the record itself tells. */
export function effectsOf(change: Change, knowledge: Knowledge): Effects {
  // The table has a reader for each kind, which the compiler can't follow through the look-up.
  const read = EFFECTS[change.kind] as (change: Change, knowledge: Knowledge) => Effects;
  return read(change, knowledge);
}
