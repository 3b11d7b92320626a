/** A network ACL: numbered entries for each direction, of which the first that matches decides. */

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html */
export interface NetworkAclEntry {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly ruleAction: 'allow' | 'deny';
  /** A number as a string: `17` is UDP, `-1` is all. */
  readonly protocol: string;
  readonly cidrBlock?: string | undefined;
  readonly ipv6CidrBlock?: string | undefined;
  /** Both ends inclusive; absent where all ports are meant. */
  readonly portRange?: { readonly from: number; readonly to: number };
}

export interface NetworkAcl {
  readonly networkAclId: string;
  readonly vpcId?: string | undefined;
  readonly isDefault?: boolean | undefined;
  /** Subnets the ACL is associated with; every subnet has exactly one ACL. */
  readonly subnetIds: readonly string[];
  readonly entries: readonly NetworkAclEntry[];
}
