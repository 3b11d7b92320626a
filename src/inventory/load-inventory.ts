/** The port through which accounts are read, and what is asked of it. */

import type { Inventory, Scope } from './inventory.ts';

/** What is needed of an account: all of it (a sweep), or these instances and interfaces with all that mirroring rests on. */
export type Need =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly instanceIds: readonly string[]; readonly networkInterfaceIds: readonly string[] };

export interface InventorySource {
  /** The accounts and regions this source can answer for. */
  scopes(): Promise<readonly Scope[]>;
  /**
   * The inventory of one scope. A list that could not be read is absent and named in `unread`; throws only when nothing of the
   * scope can be read. With `mirroring` false, what only mirroring needs may be left out. `fresh`
   asks for everything anew: something that changes seldom was just changed.
   */
  load(
    scope: Scope,
    need: Need,
    options: { readonly mirroring: boolean; readonly fresh?: boolean },
  ): Promise<Inventory>;
}
