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

export interface RouteTable {
  readonly routeTableId: string;
  readonly vpcId?: string | undefined;
  /** True for the main table, which serves every subnet without one of its own. */
  readonly main: boolean;
  readonly subnetIds: readonly string[];
  readonly routes: readonly Route[];
}

export interface VpcPeeringConnection {
  readonly vpcPeeringConnectionId: string;
  /** `active`, `pending-acceptance`, `deleted`, … */
  readonly status?: string | undefined;
  readonly requesterVpcId?: string | undefined;
  readonly accepterVpcId?: string | undefined;
}

export interface TransitGatewayVpcAttachment {
  readonly transitGatewayId: string;
  readonly vpcId: string;
  readonly state?: string | undefined;
  readonly subnetIds: readonly string[];
  /** True when security groups may be referenced across this gateway (off by default). */
  readonly securityGroupReferencing?: boolean | undefined;
}
