/** Compares the configuration with an account: filters and targets that it does not have, and sessions that all belong to another. */

import { plural } from '../collections.ts';
import type { Problem } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { AccountIndex } from '../mirror/account-index.ts';

/** How many missing ids are named. */
const MOST_NAMED = 3;

/**
 * What is evidently wrong with the configuration for an account with instances or sessions: that none of the configured targets
 * exists there, that a filter does not, or that every session belongs to one account that is not trusted. Empty for what could not be
 * read. One missing target or one foreign session among others proves nothing.
 */
export function missingInAccount(account: AccountIndex): readonly Problem[] {
  const { inventory, policy, configuredTargetIds: targetIds } = account;
  const { instances = [], trafficMirrorSessions = [] } = inventory;
  if (instances.length === 0 && trafficMirrorSessions.length === 0) return [];
  const path = scopeKey(inventory);
  const rules = policy.rules === undefined ? [] : [...policy.rules.tags, ...policy.rules.subnets, ...policy.rules.vpcs];
  const named = [policy.filterId, ...rules.map(({ filterId }) => filterId), policy.onSuspicion?.filterId ?? ''];
  const filterIds = new Set(named.filter((id) => id !== ''));
  const missingFilters = [...filterIds].filter((id) => account.trafficMirrorFilter(id) === 'gone');
  const allMissing = targetIds.length > 0 && targetIds.every((id) => account.trafficMirrorTarget(id) === 'gone');
  const stranger = onlyOwnerOf(trafficMirrorSessions);
  const isStrange = stranger !== undefined && ![inventory.accountId, ...policy.trustedOwners].includes(stranger);
  const problems: readonly (Problem | false)[] = [
    isStrange && { path, message: ownedElsewhere(trafficMirrorSessions.length, stranger) },
    allMissing && { path, message: targetsMissing(targetIds) },
    missingFilters.length > 0 && {
      path,
      message: `the configured filter ${missingFilters.join(', ')} does not exist here, so no session can be created with it; correct filterId ("aws ec2 describe-traffic-mirror-filters" lists those that exist)`,
    },
  ];
  return problems.filter((problem) => problem !== false);
}

function targetsMissing(ids: readonly string[]): string {
  const named = ids.slice(0, MOST_NAMED).join(', ');
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : '';
  const what =
    ids.length === 1
      ? `the configured target (${named}) does not exist here`
      : `none of the ${plural(ids.length, 'configured target')} (${named}${more}) exists here`;
  return `${what}, so sessions to the targets that do exist are reported as rogue; correct mirroring.targets before you delete any ("aws ec2 describe-traffic-mirror-targets" lists those that exist)`;
}

/** The owner of all sessions; undefined if there are several, or one is not known. */
function onlyOwnerOf(sessions: readonly TrafficMirrorSession[]): string | undefined {
  const owners = new Set(sessions.map(({ ownerId }) => ownerId));
  return owners.size === 1 ? [...owners][0] : undefined;
}

function ownedElsewhere(sessions: number, owner: string): string {
  const all = sessions === 1 ? 'the only session here belongs' : `all ${sessions} sessions here belong`;
  const they = sessions === 1 ? 'it is' : 'they are';
  return `${all} to account ${owner}, which is neither this account nor trusted, so ${they} reported as rogue; if that account is yours, correct the snapshot's accountId or add it to mirroring.trustedOwners`;
}
