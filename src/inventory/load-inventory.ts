/** The port through which we read accounts. */

import type { Inventory, Scope } from './inventory.ts';
import type { LeftOut } from './organization/scopes.ts';

/** What to load: the complete account (a sweep), or some instances and interfaces and everything their mirroring depends on. */
export type Need =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly instanceIds: readonly string[]; readonly networkInterfaceIds: readonly string[] };

/** A session that others deleted or modified, by a record of the call. Ids are never used again, so a deletion is final. */
export interface SessionChange {
  readonly kind: 'deleted' | 'modified';
  readonly trafficMirrorSessionId: string;
}

/** How to load an inventory. */
export interface LoadOptions {
  /** With false, lists that only mirroring needs may be left out. */
  readonly mirroring: boolean;
  /** Asks also what CloudWatch counted of instances with sessions. Only with `mirroring`, and of a complete account. @default false */
  readonly metrics?: boolean | undefined;
  /**
   * Security groups to judge, by id or name, or by the id of a prefix list that they refer to. With it, the groups, their prefix lists and
   * what uses these groups are read also without mirroring. @default none
   */
  readonly groups?: 'all' | readonly string[] | undefined;
  /** Reads everything again instead of reusing lists that rarely change, because one of them just did or may have. @default false */
  readonly fresh?: boolean | undefined;
  /** What a source that remembers its own writes must no longer believe of them. @default none */
  readonly sessionChanges?: readonly SessionChange[] | undefined;
}

/** Reads inventories, from AWS or from a snapshot. */
export interface InventorySource {
  /** The accounts and regions this source can read. */
  scopes(): Promise<readonly Scope[]>;
  /** What is no scope although it was asked for, such as a suspended account of the organization. @default nothing */
  leftOut?(): Promise<readonly LeftOut[]>;
  /**
   * The inventory of one scope. A list that could not be read is absent and named in `unread`; throws only when nothing in the
   * scope can be read.
   */
  load(scope: Scope, need: Need, options: LoadOptions): Promise<Inventory>;
}
