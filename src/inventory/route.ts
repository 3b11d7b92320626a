/** How packets leave a subnet: subnets, route tables, peerings and transit gateway attachments. */

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html */
export interface Subnet {
  readonly subnetId: string;
  readonly vpcId?: string;
  readonly cidrBlock?: string;
  readonly availabilityZone?: string;
  readonly availabilityZoneId?: string;
  readonly ipv6Native?: boolean;
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html */
export interface Route {
  readonly destinationCidrBlock?: string;
  readonly destinationIpv6CidrBlock?: string;
  readonly destinationPrefixListId?: string;
  /** `local`, `igw-…`, `vgw-…` or `vpce-…` (a Gateway Load Balancer endpoint). */
  readonly gatewayId?: string;
  readonly natGatewayId?: string;
  readonly transitGatewayId?: string;
  readonly vpcPeeringConnectionId?: string;
  readonly networkInterfaceId?: string;
  readonly instanceId?: string;
  /** `active` or `blackhole`; absent counts as active. */
  readonly state?: string;
}

export interface RouteTable {
  readonly routeTableId: string;
  readonly vpcId?: string;
  /** True for the main table, which serves every subnet without one of its own. */
  readonly main: boolean;
  readonly subnetIds: readonly string[];
  readonly routes: readonly Route[];
}

export interface VpcPeeringConnection {
  readonly vpcPeeringConnectionId: string;
  /** `active`, `pending-acceptance`, `deleted`, … */
  readonly status?: string;
  readonly requesterVpcId?: string;
  readonly accepterVpcId?: string;
}

export interface TransitGatewayVpcAttachment {
  readonly transitGatewayId: string;
  readonly vpcId: string;
  readonly state?: string;
  readonly subnetIds: readonly string[];
  /** True when security groups may be referenced across this gateway (off by default). */
  readonly securityGroupReferencing?: boolean;
}
