/** What calls change about the network that mirrored packets pass: security groups, network ACLs and routes. */

/**
 * One rule of a security group, with exactly one peer: an address range, a prefix list or a group. Ranges are as EC2 stores them, with
 * host bits cleared.
 */
export interface RecordedPermission {
  /** As recorded: `-1`, a name (`udp`) or a number as text. */
  readonly ipProtocol: string;
  /** Undefined, or -1, means all ports. Undefined for protocols whose ports EC2 ignores, `-1` among them. */
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
  readonly cidrIp?: string | undefined;
  readonly cidrIpv6?: string | undefined;
  readonly prefixListId?: string | undefined;
  readonly referencedGroupId?: string | undefined;
  /** The account of the referenced group, if the record names it. */
  readonly referencedUserId?: string | undefined;
  /** AWS's id of the rule, if the record names it (`securityGroupRuleSet`). */
  readonly securityGroupRuleId?: string | undefined;
}

/** AuthorizeSecurityGroupIngress. Exact: a rule that is there already is an error. A record of egress rules only tells which rules are that. */
export interface PermissionsAdded {
  readonly kind: 'permissions-added';
  /** The group's id; its name, which never begins with `sg-`, when the record names a group of the default VPC only so. */
  readonly groupId: string;
  /** The group's name, if the record names it by that and its id is known from the response. */
  readonly groupName?: string | undefined;
  readonly permissions: readonly RecordedPermission[];
}

/** AuthorizeSecurityGroupEgress and RevokeSecurityGroupEgress: the ids of rules that let no packet in, which ModifySecurityGroupRules does not say. */
export interface EgressRulesNamed {
  readonly kind: 'egress-rules-named';
  readonly groupId: string;
  readonly securityGroupRuleIds: readonly string[];
}

/** RevokeSecurityGroupIngress. Rules that the record names only by id, without their content, are in `unknownRuleIds`. */
export interface PermissionsRemoved {
  readonly kind: 'permissions-removed';
  /** The group's id; its name, which never begins with `sg-`, when the record names a group of the default VPC only so. */
  readonly groupId: string;
  /** The group's name, if the record names it by that and its id is known from the response. */
  readonly groupName?: string | undefined;
  /** What was really removed: the request's permissions without `unknownIpPermissionSet`, or `revokedSecurityGroupRuleSet`. */
  readonly permissions: readonly RecordedPermission[];
  readonly unknownRuleIds: readonly string[];
  /** Set when the request named the rules by id: it would have removed them whatever they allowed. */
  readonly isById?: true | undefined;
}

/**
 * ModifySecurityGroupRules: each rule, with its id, as it is after. The record lacks each rule before, and whether it is an ingress or
 * an egress rule.
 */
export interface PermissionsReplaced {
  readonly kind: 'permissions-replaced';
  readonly groupId: string;
  readonly permissions: readonly RecordedPermission[];
}

/** CreateSecurityGroup. A new group has no rule that lets packets in. */
export interface GroupCreated {
  readonly kind: 'group-created';
  readonly groupId: string;
  /** Its name, if it is in the default VPC: only there do calls name groups by it. */
  readonly groupName?: string | undefined;
}

/** DeleteSecurityGroup. No interface used the group, and its rules went with it. */
export interface GroupDeleted {
  readonly kind: 'group-deleted';
  /** The group's id; its name, which never begins with `sg-`, when the record names a group of the default VPC only so. */
  readonly groupId: string;
  /** The group's name, if the record names it by that and its id is known from the response. */
  readonly groupName?: string | undefined;
}

/** An entry of a network ACL as a call names it. */
export interface RecordedAclEntry {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly ruleAction: 'allow' | 'deny';
  /** The protocol number as text; `-1` is all. */
  readonly protocol: string;
  readonly cidrBlock?: string | undefined;
  readonly ipv6CidrBlock?: string | undefined;
  readonly portRange?: { readonly from: number; readonly to: number } | undefined;
}

/** CreateNetworkAclEntry. Exact: a number that is taken is an error. */
export interface AclEntryCreated {
  readonly kind: 'acl-entry-created';
  readonly networkAclId: string;
  readonly entry: RecordedAclEntry;
}

/** DeleteNetworkAclEntry. The record lacks the entry. */
export interface AclEntryDeleted {
  readonly kind: 'acl-entry-deleted';
  readonly networkAclId: string;
  readonly ruleNumber: number;
  readonly egress: boolean;
}

/** ReplaceNetworkAclEntry. The record lacks the entry before. */
export interface AclEntryReplaced {
  readonly kind: 'acl-entry-replaced';
  readonly networkAclId: string;
  readonly entry: RecordedAclEntry;
}

/** ReplaceNetworkAclAssociation. The record lacks the subnet (in the account by `newAssociationId`) and the ACL before. */
export interface AclAssociationReplaced {
  readonly kind: 'acl-association-replaced';
  readonly associationId: string;
  readonly newAssociationId?: string | undefined;
  readonly networkAclId: string;
}

/**
 * Where a route leads, with one field, named as in the account: a Gateway Load Balancer endpoint is a `gatewayId`, `localTarget` is
 * `gatewayId: local`. Without a field, it leads to something that routes in the inventory don't show (an egress-only gateway, a core
 * network).
 */
export interface RecordedRouteTarget {
  readonly gatewayId?: string | undefined;
  readonly natGatewayId?: string | undefined;
  readonly transitGatewayId?: string | undefined;
  readonly vpcPeeringConnectionId?: string | undefined;
  readonly networkInterfaceId?: string | undefined;
  readonly instanceId?: string | undefined;
}

/** CreateRoute. Exact: a destination that is there already is an error. */
export interface RouteCreated {
  readonly kind: 'route-created';
  readonly routeTableId: string;
  /** The CIDR block (IPv4 or IPv6, host bits cleared) or the prefix list id that identifies the route. */
  readonly destination: string;
  readonly target: RecordedRouteTarget;
}

/** DeleteRoute. The record lacks the route's target. */
export interface RouteDeleted {
  readonly kind: 'route-deleted';
  readonly routeTableId: string;
  readonly destination: string;
}

/** ReplaceRoute. The record lacks the target before. */
export interface RouteReplaced {
  readonly kind: 'route-replaced';
  readonly routeTableId: string;
  readonly destination: string;
  readonly target: RecordedRouteTarget;
}

/** AssociateRouteTable. The record lacks the table before: the main one, since an associated subnet can't be associated again. */
export interface RouteTableAssociated {
  readonly kind: 'route-table-associated';
  readonly routeTableId: string;
  readonly subnetId: string;
  readonly associationId?: string | undefined;
}

/** ReplaceRouteTableAssociation. The record lacks the subnet (in the account by `newAssociationId`; none for a main table) and the table before. */
export interface RouteTableReassociated {
  readonly kind: 'route-table-reassociated';
  readonly associationId: string;
  readonly newAssociationId?: string | undefined;
  readonly routeTableId: string;
}

/** DisassociateRouteTable. The record lacks the subnet and the table. */
export interface RouteTableDisassociated {
  readonly kind: 'route-table-disassociated';
  readonly associationId: string;
}
