/** How packets leave a subnet: subnets, route tables, peerings and transit gateway attachments. */

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html */
export interface Subnet {
  readonly subnetId: string;
  readonly vpcId?: string | undefined;
  readonly cidrBlock?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly availabilityZoneId?: string | undefined;
  readonly ipv6Native?: boolean | undefined;
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html */
export interface Route {
  readonly destinationCidrBlock?: string | undefined;
  readonly destinationIpv6CidrBlock?: string | undefined;
  readonly destinationPrefixListId?: string | undefined;
  /** `local`, `igw-…`, `vgw-…` or `vpce-…` (a Gateway Load Balancer endpoint). */
  readonly gatewayId?: string | undefined;
  readonly natGatewayId?: string | undefined;
  readonly transitGatewayId?: string | undefined;
  readonly vpcPeeringConnectionId?: string | undefined;
  readonly networkInterfaceId?: string | undefined;
  readonly instanceId?: string | undefined;
  /** `active` or `blackhole`; absent counts as active. */
  readonly state?: string | undefined;
}

/** The association of a route table with a subnet, or with the VPC as its main table. Records name associations, not subnets. */
export interface RouteTableAssociation {
  readonly routeTableAssociationId: string;
  /** Absent for the association of a main table. */
  readonly subnetId?: string | undefined;
  readonly main?: boolean | undefined;
}

/** A route table with the subnets it is explicitly associated with. */
export interface RouteTable {
  readonly routeTableId: string;
  readonly vpcId?: string | undefined;
  /** True for the VPC's main table, which serves every subnet without a table of its own. */
  readonly main: boolean;
  readonly subnetIds: readonly string[];
  /** The same subnets, and the main table's own, with the ids of their associations; those whose id isn't known are left out. */
  readonly associations?: readonly RouteTableAssociation[] | undefined;
  readonly routes: readonly Route[];
}

/** A peering connection between two VPCs. */
export interface VpcPeeringConnection {
  readonly vpcPeeringConnectionId: string;
  /** `active`, `pending-acceptance`, `deleted`, … */
  readonly status?: string | undefined;
  readonly requesterVpcId?: string | undefined;
  readonly accepterVpcId?: string | undefined;
}

/** A VPC's attachment to a transit gateway. */
export interface TransitGatewayVpcAttachment {
  readonly transitGatewayId: string;
  readonly vpcId: string;
  readonly state?: string | undefined;
  readonly subnetIds: readonly string[];
  /** True when security groups may refer to each other across this gateway (off by default). */
  readonly securityGroupReferencing?: boolean | undefined;
}
