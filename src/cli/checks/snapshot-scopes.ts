/** Checks what a snapshot says of itself: a misspelt region or account would match no record, and an empty description judges nothing. */

import { regionOpinion } from '../../config/regions.ts';
import { accountId as accountOpinion } from '../../config/value-forms.ts';
import { type Inventory, type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import { LIST_FORMS } from '../../inventory/snapshot-lists.ts';
import type { Rejected } from '../../report/report.ts';
import type { Log } from '../log.ts';

/** A snapshot's source with only the accounts and regions that can be used, and why others cannot. */
export interface UsableScopes {
  readonly source: InventorySource;
  readonly problems: readonly Rejected[];
}

/**
 * Leaves out what cannot be an account or a region, and regions without a single list. Warns of a region that AWS has not published
 * if its name is close to one that it has; any other unknown name is taken for a new region.
 */
export async function usableScopes(path: string, source: InventorySource, log: Log): Promise<UsableScopes> {
  const usable: Scope[] = [];
  const problems: Rejected[] = [];
  for (const scope of await source.scopes()) {
    const opinion = regionOpinion(scope.region);
    const reason = whyUnusable(scope, await source.load(scope, { kind: 'all' }, { mirroring: true }));
    if (reason !== undefined) problems.push({ path: `${path}: ${scopeKey(scope)}`, reason, of: 'snapshot' });
    else usable.push(scope);
    if (opinion?.kind === 'doubt') log.warn(`${path}: ${scopeKey(scope)}: ${opinion.message}`);
  }
  return { source: { ...source, scopes: async () => usable }, problems };
}

function whyUnusable({ accountId, region }: Scope, inventory: Inventory): string | undefined {
  const opinion = accountOpinion(accountId) ?? regionOpinion(region);
  if (opinion?.kind === 'problem') return `${opinion.message}, so this part is not used`;
  const names = ['instances', ...LIST_FORMS.map(([name]) => name)];
  if (inventory.unread !== undefined || names.some((name) => name in inventory)) return undefined;
  return 'has none of the lists that can be judged, such as Reservations (an empty list means there are none)';
}
