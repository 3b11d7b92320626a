/** What a successful call changed, by resource, as exactly as its record says, so that the change can be taken back. */

import type {
  GroupsSet,
  InstanceLaunched,
  InstanceTypeSet,
  InterfaceAttached,
  InterfaceCreated,
  InterfaceDeleted,
  InterfaceDetached,
  SensorLaunched,
  StateSet,
  TagsRemoved,
  TagsSet,
} from './instances.ts';
import type {
  FilterCreated,
  FilterDeleted,
  FilterRuleCreated,
  FilterRuleDeleted,
  FilterRuleModified,
  SessionCreated,
  SessionDeleted,
  SessionModified,
  TargetCreated,
  TargetDeleted,
} from './mirroring.ts';
import type {
  AclAssociationReplaced,
  AclEntryCreated,
  AclEntryDeleted,
  AclEntryReplaced,
  EgressRulesNamed,
  GroupCreated,
  GroupDeleted,
  PermissionsAdded,
  PermissionsRemoved,
  PermissionsReplaced,
  RouteCreated,
  RouteDeleted,
  RouteReplaced,
  RouteTableAssociated,
  RouteTableDisassociated,
  RouteTableReassociated,
} from './network.ts';

/**
 * A change that can't be taken back: CloudTrail omitted the parameters, or we don't model the call (load balancers, prefix lists,
 * peering, shares). It is a possible cause of what its resources concern, and no more.
 */
export interface OpaqueChange {
  readonly kind: 'opaque';
  readonly resourceIds: readonly string[];
  /** Why it can't be taken back, to complete "the record …": `lacks its parameters (omitted)`. */
  readonly lacks: string;
}

/** One resource changed by one call. */
export type Change =
  | InstanceLaunched
  | SensorLaunched
  | TagsSet
  | TagsRemoved
  | StateSet
  | InterfaceCreated
  | InterfaceDeleted
  | InterfaceAttached
  | InterfaceDetached
  | GroupsSet
  | InstanceTypeSet
  | PermissionsAdded
  | PermissionsRemoved
  | PermissionsReplaced
  | EgressRulesNamed
  | GroupCreated
  | GroupDeleted
  | AclEntryCreated
  | AclEntryDeleted
  | AclEntryReplaced
  | AclAssociationReplaced
  | RouteCreated
  | RouteDeleted
  | RouteReplaced
  | RouteTableAssociated
  | RouteTableReassociated
  | RouteTableDisassociated
  | SessionCreated
  | SessionModified
  | SessionDeleted
  | FilterRuleCreated
  | FilterRuleModified
  | FilterRuleDeleted
  | FilterCreated
  | FilterDeleted
  | TargetCreated
  | TargetDeleted
  | OpaqueChange;
