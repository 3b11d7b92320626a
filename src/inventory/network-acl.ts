/** A network ACL: numbered entries for each direction; the first match decides. */

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html */
export interface NetworkAclEntry {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly ruleAction: 'allow' | 'deny';
  /** The protocol number as text: `17` is UDP, `-1` is all. */
  readonly protocol: string;
  readonly cidrBlock?: string | undefined;
  readonly ipv6CidrBlock?: string | undefined;
  /** Both ends inclusive; absent means all ports. */
  readonly portRange?: { readonly from: number; readonly to: number } | undefined;
}

/** A subnet's association with its ACL. Records name associations, not subnets. */
export interface NetworkAclAssociation {
  readonly networkAclAssociationId: string;
  readonly subnetId: string;
}

/** A network ACL with its entries, which come in no particular order. */
export interface NetworkAcl {
  readonly networkAclId: string;
  readonly vpcId?: string | undefined;
  readonly isDefault?: boolean | undefined;
  /** Subnets the ACL is associated with; every subnet has exactly one ACL. */
  readonly subnetIds: readonly string[];
  /** The same subnets with the ids of their associations; those whose id isn't known are left out. */
  readonly associations?: readonly NetworkAclAssociation[] | undefined;
  readonly entries: readonly NetworkAclEntry[];
}
