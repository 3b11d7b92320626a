/** A security group's ingress rules: a union of permissions, without order and without denials. */

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

/** A security group; only its ingress rules matter here. */
export interface SecurityGroup {
  readonly groupId: string;
  readonly groupName?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly ipPermissions: readonly IpPermission[];
}
