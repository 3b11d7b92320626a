/** Compares the configured filters and targets with an account: what the account does not have cannot be meant. */

import { plural } from '../collections.ts';
import type { Problem } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { AccountIndex } from '../mirror/account-index.ts';

/** How many missing ids are named. */
const MOST_NAMED = 3;

/**
 * What is evidently wrong with the configuration for an account with instances or sessions: that none of the configured targets
 * exists there, or a filter does not. Empty for what could not be read. One missing target among others proves nothing.
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
  const problems: readonly (Problem | false)[] = [
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
