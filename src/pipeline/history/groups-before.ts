/** What the ledger knows of security groups from earlier runs, for accounts of which only records are read. */

import type { AuditInput, AuditPolicy } from '../../audit/audit.ts';
import { findingId } from '../../audit/finding.ts';
import { groupsAsked, isAboutGroups, namesOf } from '../../audit/open-groups/judge-groups.ts';
import type { GroupsBefore } from '../../audit/open-groups/recorded-groups.ts';
import type { ChangeLog, KeptResource } from '../../ledger/change-log.ts';
import { idsNamedBy } from '../../ledger/changed-ids.ts';
import type { Ledger } from '../../ledger/ledger.ts';

/** The calls whose changes are about a group's own rules. An opaque change of another call may name a group too. */
const GROUP_CALLS: ReadonlySet<string> = new Set([
  'AuthorizeSecurityGroupIngress',
  'AuthorizeSecurityGroupEgress',
  'RevokeSecurityGroupIngress',
  'RevokeSecurityGroupEgress',
  'ModifySecurityGroupRules',
  'CreateSecurityGroup',
  'DeleteSecurityGroup',
]);

/**
 * The kept calls on the groups of this run, and which of those are open by an earlier look. Nothing is asked where groups are not judged,
 * or were read: two look-ups for all of them otherwise, and a third for groups of which calls have both an id and a name.
 */
export async function groupsBefore(
  { inventory, sightings, requested }: AuditInput,
  { openGroups }: AuditPolicy,
  ledger: (Pick<Ledger, 'entries'> & Pick<ChangeLog, 'about'>) | undefined,
): Promise<GroupsBefore | undefined> {
  if (ledger === undefined || !openGroups || inventory.securityGroups !== undefined) return undefined;
  const asked = [...new Set([...sightings.filter(isAboutGroups).flatMap(namesOf), ...groupsAsked(requested)])];
  if (asked.length === 0) return undefined;
  const { accountId, region } = inventory;
  const first = await ledger.about(inventory, asked);
  const linked = namesIn(first).filter((id) => !asked.includes(id));
  const kept = [...first, ...(linked.length === 0 ? [] : await ledger.about(inventory, linked))];
  const ids = asked.map((id) => findingId('security-group-open', accountId, region, id));
  const open = (await ledger.entries({ ids })).filter(({ finding }) => finding.status !== 'resolved');
  return {
    calls: callsIn(kept),
    lacksUntil: new Map(
      kept.flatMap(({ resourceId, lacksUntil }) => (lacksUntil === undefined ? [] : [[resourceId, lacksUntil]])),
    ),
    seenInAccount: new Set(
      open.flatMap(({ finding: { detail, resourceId } }) => (detail.byRecordsAlone === true ? [] : [resourceId])),
    ),
  };
}

function namesIn(kept: readonly KeptResource[]): readonly string[] {
  const changes = kept.flatMap(({ parts }) => parts.flatMap((part) => part.changes));
  return [...new Set(changes.flatMap(({ change }) => idsNamedBy(change)))];
}

function callsIn(kept: readonly KeptResource[]): GroupsBefore['calls'] {
  return kept.flatMap(({ parts }) =>
    parts
      .filter(({ evidence }) => GROUP_CALLS.has(evidence.eventName))
      .map(({ eventTime, evidence, changes }) => ({
        ...{ eventTime, evidence },
        changes: changes.map(({ change }) => change),
      })),
  );
}
