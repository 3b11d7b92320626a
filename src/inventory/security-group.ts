/** A security group's ingress rules: a union of permissions, without order and without denials. */

import type { Tag } from '../sighting/sighting.ts';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
export interface IpPermission {
  /** `-1`, a name (`udp`) or a number as text (`17`); compared case-insensitively. */
  readonly ipProtocol: string;
  /** Absent, or -1, means all ports. */
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
  readonly cidrIps: readonly string[];
  readonly cidrIpv6s: readonly string[];
  readonly prefixListIds: readonly string[];
  readonly userIdGroupPairs: readonly UserIdGroupPair[];
}

/** A reference to another group; `peeringStatus` is set when that group is in a peered VPC. */
export interface UserIdGroupPair {
  readonly groupId: string;
  readonly userId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly vpcPeeringConnectionId?: string | undefined;
  readonly peeringStatus?: string | undefined;
}

/**
 * One rule of a security group under its own id, as DescribeSecurityGroupRules returns it: ingress or egress, with exactly one peer. A
 * permission of the group is the same rules without their ids. Records name rules by these ids.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
 */
export interface SecurityGroupRule {
  readonly securityGroupRuleId: string;
  readonly groupId: string;
  readonly isEgress: boolean;
  /** `-1`, a name (`udp`) or a number as text (`17`). */
  readonly ipProtocol: string;
  /** Absent, or -1, means all ports. */
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
  readonly cidrIpv4?: string | undefined;
  readonly cidrIpv6?: string | undefined;
  readonly prefixListId?: string | undefined;
  readonly referencedGroupInfo?: UserIdGroupPair | undefined;
}

/** A security group; only its ingress rules matter here. */
export interface SecurityGroup {
  readonly groupId: string;
  readonly groupName?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly ipPermissions: readonly IpPermission[];
  /** Absent without any. */
  readonly tags?: readonly Tag[] | undefined;
}
