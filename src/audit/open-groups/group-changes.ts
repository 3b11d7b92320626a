/** Which security groups calls changed, and how: the changes of each, oldest first. */

import type { Change, OpaqueChange } from '../../sighting/changes/change.ts';
import type {
  EgressRulesNamed,
  GroupCreated,
  GroupDeleted,
  PermissionsAdded,
  PermissionsRemoved,
  PermissionsReplaced,
} from '../../sighting/changes/network.ts';
import type { Evidence, Sighting } from '../../sighting/sighting.ts';

/** A call with what it changed: of this run, or kept from an earlier one. */
export type GroupCall = Pick<Sighting, 'eventTime' | 'evidence' | 'changes'>;

/** The kinds of changes that concern a group's rules. Of an opaque one, no record says what it changed. */
export type RuleChange =
  | PermissionsAdded
  | PermissionsRemoved
  | PermissionsReplaced
  | EgressRulesNamed
  | GroupCreated
  | GroupDeleted
  | OpaqueChange;

/** One change of a group. */
export interface GroupChange {
  readonly change: RuleChange;
  readonly eventTime: Date;
  readonly evidence: Evidence;
}

/** The changes of groups by these calls, oldest first. `idOf` gives the id for a name at a time, and takes an id as it is. */
export function changesIn(
  calls: readonly GroupCall[],
  idOf: (name: string, at: Date) => string,
): readonly (GroupChange & { readonly groupId: string })[] {
  return calls
    .toSorted((a, b) => a.eventTime.getTime() - b.eventTime.getTime())
    .flatMap(({ eventTime, evidence, changes = [] }) =>
      changes
        .filter(isRuleChange)
        .flatMap((change) =>
          groupsOf(change).map((name) => ({ groupId: idOf(name, eventTime), change, eventTime, evidence })),
        ),
    );
}

function isRuleChange(change: Change): change is RuleChange {
  return change.kind === 'opaque' || 'groupId' in change;
}

function groupsOf(change: RuleChange): readonly string[] {
  return change.kind === 'opaque' ? change.resourceIds.filter((id) => !id.startsWith('sgr-')) : [change.groupId];
}
