/** An account about which only the log records are known: for auditors without access to it. */

import type { InventorySource } from '../../inventory/load-inventory.ts';

/** Returns an empty inventory for every account and region: everything in it is unknown. */
export function recordsAlone(): InventorySource {
  return {
    scopes: async () => [],
    load: async ({ accountId, region }) => ({ accountId, region }),
  };
}
