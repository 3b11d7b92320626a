/** An account of which nothing is known but what the records say: for an auditor who has logs and no access. */

import type { InventorySource } from '../../inventory/load-inventory.ts';

/** Answers for every account and region with an inventory in which everything is unknown. */
export function recordsAlone(): InventorySource {
  return {
    scopes: async () => [],
    load: async ({ accountId, region }) => ({ accountId, region }),
  };
}
