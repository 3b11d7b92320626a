/** The lists of an account that could not be read, and those that somebody left out who put an account file together. */

import type { Audited } from '../../audit/audit.ts';
import { type Inventory, type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { Rejected } from '../../ledger/reading.ts';

/**
 * The lists of one account and region that nothing could be judged by, each with the reason. A look at what was sighted reads only some
 * lists, so what it has not is not missing.
 *
 * @param breadth `all` for a look at the complete account
 */
export function unreadLists(
  { scope, inventory, audited }: { readonly scope: Scope; readonly inventory: Inventory; readonly audited: Audited },
  breadth: 'all' | 'sighted',
): readonly Rejected[] {
  const unread = Object.entries(inventory.unread ?? {});
  const absent = breadth === 'all' && lacksGroups(inventory, audited) ? [NO_GROUPS] : [];
  return [...unread, ...absent].map(([list, reason]) => ({
    ...{ path: `${scopeKey(scope)} ${list}`, reason, of: 'account' },
  }));
}

const NO_GROUPS: readonly [list: string, reason: string] = [
  'securityGroups',
  'the account that was read does not list them, and security-group-open needs them',
];

/** True where security groups are to be judged and the account is there without them, as in a file that somebody put together. */
function lacksGroups({ instances, securityGroups, unread }: Inventory, { judgesGroups }: Audited): boolean {
  const isAbsent = securityGroups === undefined && unread?.securityGroups === undefined;
  return judgesGroups === true && instances !== undefined && isAbsent;
}
