/** A security group's ingress: a union of permissions, without order and without denials. */

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
export interface IpPermission {
  /** `-1`, a name (`udp`) or a number as a string (`17`); compared as text, case ignored. */
  readonly ipProtocol: string;
  /** Absent, or -1, where all ports are meant. */
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
  readonly cidrIps: readonly string[];
  readonly cidrIpv6s: readonly string[];
  readonly prefixListIds: readonly string[];
  readonly userIdGroupPairs: readonly UserIdGroupPair[];
}

/** A reference to another group; `peeringStatus` is set when the group lies in a peered VPC. */
export interface UserIdGroupPair {
  readonly groupId: string;
  readonly userId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly vpcPeeringConnectionId?: string | undefined;
  readonly peeringStatus?: string | undefined;
}

export interface SecurityGroup {
  readonly groupId: string;
  readonly groupName?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly ipPermissions: readonly IpPermission[];
}
