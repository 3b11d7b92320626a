/** The port through which we read accounts. */

import type { Inventory, Scope } from './inventory.ts';

/** What to load: the complete account (a sweep), or some instances and interfaces and everything their mirroring depends on. */
export type Need =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly instanceIds: readonly string[]; readonly networkInterfaceIds: readonly string[] };

/** Reads inventories, from AWS or from a snapshot. */
export interface InventorySource {
  /** The accounts and regions this source can read. */
  scopes(): Promise<readonly Scope[]>;
  /**
   * The inventory of one scope. A list that could not be read is absent and named in `unread`; throws only when nothing in the
   * scope can be read. With `mirroring` false, lists that only mirroring needs may be left out. `fresh` reads everything again
   * instead of reusing lists that rarely change, because one of them just did or may have.
   */
  load(
    scope: Scope,
    need: Need,
    options: { readonly mirroring: boolean; readonly fresh?: boolean | undefined },
  ): Promise<Inventory>;
}
