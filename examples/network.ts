/** The example account's network: VPCs, subnets, routes, and the firewalls in front of the sensors. */

export const ACCOUNT_ID = '111122223333';
export const REGION = 'eu-west-1';

/** An Availability Zone of the region. */
export type Zone = 'a' | 'b' | 'c';
export const ZONES: readonly [Zone, Zone, Zone] = ['a', 'b', 'c'];

/** Almost everything is in `shop`. `tools` is peered with it; `legacy` has no route to it. */
export const VPC = {
  shop: 'vpc-05409000000000001',
  tools: 'vpc-07001500000000002',
  legacy: 'vpc-01e6acf0000000003',
} as const;

const PEERING = 'pcx-0a000000000000001';

interface Place {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zone: Zone;
  /** The first three octets of its addresses. */
  readonly prefix: string;
  readonly cidrBlock: string;
}

/** Subnets by name. The network ACL of `quarantine` blocks VXLAN. */
export const SUBNETS = {
  'app-a': {
    subnetId: 'subnet-0a00000000000000a',
    vpcId: VPC.shop,
    zone: 'a',
    prefix: '10.20.1',
    cidrBlock: '10.20.1.0/24',
  },
  'app-b': {
    subnetId: 'subnet-0a00000000000000b',
    vpcId: VPC.shop,
    zone: 'b',
    prefix: '10.20.2',
    cidrBlock: '10.20.2.0/24',
  },
  'app-c': {
    subnetId: 'subnet-0a00000000000000c',
    vpcId: VPC.shop,
    zone: 'c',
    prefix: '10.20.3',
    cidrBlock: '10.20.3.0/24',
  },
  'sensor-a': {
    subnetId: 'subnet-05000000000000a01',
    vpcId: VPC.shop,
    zone: 'a',
    prefix: '10.20.101',
    cidrBlock: '10.20.101.0/24',
  },
  'sensor-b': {
    subnetId: 'subnet-05000000000000b01',
    vpcId: VPC.shop,
    zone: 'b',
    prefix: '10.20.102',
    cidrBlock: '10.20.102.0/24',
  },
  'sensor-c': {
    subnetId: 'subnet-05000000000000c01',
    vpcId: VPC.shop,
    zone: 'c',
    prefix: '10.20.103',
    cidrBlock: '10.20.103.0/24',
  },
  quarantine: {
    subnetId: 'subnet-0bad0000000000a02',
    vpcId: VPC.shop,
    zone: 'a',
    prefix: '10.20.109',
    cidrBlock: '10.20.109.0/24',
  },
  tools: {
    subnetId: 'subnet-07001500000000a01',
    vpcId: VPC.tools,
    zone: 'a',
    prefix: '10.30.1',
    cidrBlock: '10.30.1.0/24',
  },
  legacy: {
    subnetId: 'subnet-01e6acf0000000a01',
    vpcId: VPC.legacy,
    zone: 'a',
    prefix: '10.40.1',
    cidrBlock: '10.40.1.0/24',
  },
} as const satisfies Record<string, Place>;

/** A subnet's name. */
export type SubnetName = keyof typeof SUBNETS;

/** Security groups by name. The sensors' groups differ in what they allow on UDP 4789. */
export const GROUPS = {
  app: 'sg-0a990000000000001',
  db: 'sg-0db00000000000001',
  tools: 'sg-07001500000000001',
  legacy: 'sg-01e6acf0000000001',
  sensorOpen: 'sg-05e0000000000000a',
  sensorShut: 'sg-05e0000000000000b',
  sensorReference: 'sg-05e0000000000000c',
  sensorPrefixList: 'sg-05e0000000000000d',
  sensorWrongList: 'sg-05e0000000000000e',
  balancer: 'sg-0ba1a000000000001',
} as const;

const LIST = { appZones: 'pl-0a000000000000001', offices: 'pl-00ff1ce0000000001' } as const;

function allow(
  ports: readonly [number, number],
  peer: Partial<Permission>,
  ipProtocol = 'udp',
): Permission & { readonly Ipv6Ranges: readonly never[] } {
  return {
    IpProtocol: ipProtocol,
    FromPort: ports[0],
    ToPort: ports[1],
    IpRanges: [],
    Ipv6Ranges: [],
    PrefixListIds: [],
    UserIdGroupPairs: [],
    ...peer,
  };
}

function cidr(CidrIp: string): Pick<Permission, 'IpRanges'> {
  return { IpRanges: [{ CidrIp }] };
}

function group(name: keyof typeof GROUPS, vpcId: string, ingress: readonly Permission[]): Group {
  const egress = {
    IpProtocol: '-1',
    IpRanges: [{ CidrIp: '0.0.0.0/0' }],
    Ipv6Ranges: [],
    PrefixListIds: [],
    UserIdGroupPairs: [],
  };
  return {
    GroupId: GROUPS[name],
    GroupName: name,
    Description: name,
    VpcId: vpcId,
    OwnerId: ACCOUNT_ID,
    IpPermissions: ingress,
    IpPermissionsEgress: [egress],
  };
}

const VXLAN: readonly [number, number] = [4789, 4789];

function securityGroups(): readonly Group[] {
  const ssh = allow([22, 22], cidr('10.20.0.0/16'), 'tcp');
  return [
    group('app', VPC.shop, [allow([443, 443], cidr('0.0.0.0/0'), 'tcp')]),
    group('db', VPC.shop, [
      allow([5432, 5432], { UserIdGroupPairs: [{ GroupId: GROUPS.app, UserId: ACCOUNT_ID }] }, 'tcp'),
    ]),
    group('tools', VPC.tools, [ssh]),
    group('legacy', VPC.legacy, [ssh]),
    group('sensorOpen', VPC.shop, [
      ssh,
      allow(VXLAN, { IpRanges: [{ CidrIp: '10.20.0.0/16' }, { CidrIp: '10.30.0.0/16' }] }),
    ]),
    // Off by one port, like a typo.
    group('sensorShut', VPC.shop, [ssh, allow([4790, 4800], cidr('10.20.0.0/16'))]),
    group('sensorReference', VPC.shop, [
      ssh,
      allow(VXLAN, { UserIdGroupPairs: [{ GroupId: GROUPS.app, UserId: ACCOUNT_ID }] }),
    ]),
    group('sensorPrefixList', VPC.shop, [ssh, allow([0, 65535], { PrefixListIds: [{ PrefixListId: LIST.appZones }] })]),
    group('sensorWrongList', VPC.shop, [ssh, allow(VXLAN, { PrefixListIds: [{ PrefixListId: LIST.offices }] })]),
    group('balancer', VPC.shop, [allow(VXLAN, { UserIdGroupPairs: [{ GroupId: GROUPS.db, UserId: ACCOUNT_ID }] })]),
  ];
}

/** A group as DescribeSecurityGroups returns it. */
interface Group {
  readonly GroupId: string;
  readonly GroupName: string;
  readonly Description: string;
  readonly VpcId: string;
  readonly OwnerId: string;
  readonly IpPermissions: readonly Permission[];
  readonly IpPermissionsEgress: readonly Permission[];
}

interface Permission {
  readonly IpProtocol: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly IpRanges: readonly { readonly CidrIp: string }[];
  readonly PrefixListIds: readonly { readonly PrefixListId: string }[];
  readonly UserIdGroupPairs: readonly { readonly GroupId: string; readonly UserId: string }[];
}

/** The same rules as DescribeSecurityGroupRules returns them: one peer each, under its own id. */
function securityGroupRules(groups: readonly Group[]): readonly object[] {
  return groups.flatMap(({ GroupId, IpPermissions, IpPermissionsEgress }) => {
    const rules = [
      ...IpPermissions.flatMap((permission) => peersOf(permission, false)),
      ...IpPermissionsEgress.flatMap((permission) => peersOf(permission, true)),
    ];
    return rules.map((rule, index) => ({
      SecurityGroupRuleId: `sgr-${GroupId.slice(3, 8)}${String(index + 1).padStart(2, '0')}${GroupId.slice(10)}`,
      GroupId,
      GroupOwnerId: ACCOUNT_ID,
      ...rule,
    }));
  });
}

function peersOf(permission: Permission, IsEgress: boolean): readonly object[] {
  const { IpProtocol, FromPort = -1, ToPort = -1, IpRanges, PrefixListIds, UserIdGroupPairs } = permission;
  const peers = [
    ...IpRanges.map(({ CidrIp }) => ({ CidrIpv4: CidrIp })),
    ...PrefixListIds,
    ...UserIdGroupPairs.map((ReferencedGroupInfo) => ({ ReferencedGroupInfo })),
  ];
  return peers.map((peer) => ({ IsEgress, IpProtocol, FromPort, ToPort, ...peer }));
}

function entry(
  RuleNumber: number,
  RuleAction: 'allow' | 'deny',
  CidrBlock: string,
  Protocol = '-1',
  Egress = false,
): object {
  const ports = Protocol === '17' ? { PortRange: { From: 4789, To: 4789 } } : {};
  return { RuleNumber, RuleAction, CidrBlock, Protocol, Egress, ...ports };
}

function acl(NetworkAclId: string, vpcId: string, names: readonly SubnetName[], ingress: readonly object[]): object {
  const Associations = names.map((name) => ({
    NetworkAclAssociationId: `aclassoc-${SUBNETS[name].subnetId.slice(7)}`,
    NetworkAclId,
    SubnetId: SUBNETS[name].subnetId,
  }));
  const rest = [
    entry(32767, 'deny', '0.0.0.0/0'),
    entry(100, 'allow', '0.0.0.0/0', '-1', true),
    entry(32767, 'deny', '0.0.0.0/0', '-1', true),
  ];
  return {
    NetworkAclId,
    VpcId: vpcId,
    IsDefault: false,
    OwnerId: ACCOUNT_ID,
    Associations,
    Entries: [...ingress, ...rest],
  };
}

function networkAcls(): readonly object[] {
  const all = entry(100, 'allow', '0.0.0.0/0');
  return [
    acl('acl-0a000000000000001', VPC.shop, ['app-a', 'app-b', 'app-c', 'sensor-a', 'sensor-b'], [all]),
    // Out of order, as AWS may return them: by number, the denial comes first.
    acl('acl-0bad0000000000001', VPC.shop, ['quarantine'], [all, entry(90, 'deny', '0.0.0.0/0', '17')]),
    acl('acl-0c000000000000001', VPC.shop, ['sensor-c'], [entry(90, 'deny', '10.20.2.0/24', '17'), all]),
    acl('acl-07001500000000001', VPC.tools, ['tools'], [all]),
    acl('acl-01e6acf0000000001', VPC.legacy, ['legacy'], [all]),
  ];
}

function routeTable(RouteTableId: string, vpcId: string, local: string, routes: readonly object[]): object {
  const Associations = [{ Main: true, RouteTableAssociationId: `rtbassoc-${RouteTableId.slice(4)}`, RouteTableId }];
  const Routes = [
    { DestinationCidrBlock: local, GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' },
    ...routes,
  ];
  return { RouteTableId, VpcId: vpcId, OwnerId: ACCOUNT_ID, Associations, Routes };
}

function routeTables(): readonly object[] {
  const over = { VpcPeeringConnectionId: PEERING, State: 'active', Origin: 'CreateRoute' };
  const nat = {
    DestinationCidrBlock: '0.0.0.0/0',
    NatGatewayId: 'nat-0a000000000000001',
    State: 'active',
    Origin: 'CreateRoute',
  };
  return [
    routeTable('rtb-05409000000000001', VPC.shop, '10.20.0.0/16', [
      { DestinationCidrBlock: '10.30.0.0/16', ...over },
      nat,
    ]),
    routeTable('rtb-07001500000000001', VPC.tools, '10.30.0.0/16', [{ DestinationCidrBlock: '10.20.0.0/16', ...over }]),
    routeTable('rtb-01e6acf0000000001', VPC.legacy, '10.40.0.0/16', [nat]),
  ];
}

/** The account's network, by the keys of the snapshot. */
export function networkLists(): Record<string, readonly object[]> {
  const groups = securityGroups();
  return {
    SecurityGroups: groups,
    SecurityGroupRules: securityGroupRules(groups),
    NetworkAcls: networkAcls(),
    Subnets: Object.entries(SUBNETS).map(([name, { subnetId, vpcId, zone, cidrBlock }]) => ({
      SubnetId: subnetId,
      VpcId: vpcId,
      CidrBlock: cidrBlock,
      AvailabilityZone: `${REGION}${zone}`,
      AvailabilityZoneId: zoneId(zone),
      OwnerId: ACCOUNT_ID,
      State: 'available',
      Tags: [{ Key: 'Name', Value: name }],
    })),
    RouteTables: routeTables(),
    VpcPeeringConnections: [
      {
        VpcPeeringConnectionId: PEERING,
        Status: { Code: 'active', Message: 'Active' },
        RequesterVpcInfo: { VpcId: VPC.tools, OwnerId: ACCOUNT_ID, Region: REGION, CidrBlock: '10.30.0.0/16' },
        AccepterVpcInfo: { VpcId: VPC.shop, OwnerId: ACCOUNT_ID, Region: REGION, CidrBlock: '10.20.0.0/16' },
      },
    ],
    TransitGatewayVpcAttachments: [],
    PrefixLists: [
      {
        PrefixListId: LIST.appZones,
        PrefixListName: 'app-zones',
        Entries: [{ Cidr: '10.20.1.0/24' }, { Cidr: '10.20.2.0/24' }],
      },
      {
        PrefixListId: LIST.offices,
        PrefixListName: 'offices',
        Entries: [{ Cidr: '198.51.100.0/24' }, { Cidr: '203.0.113.0/24' }],
      },
    ],
    VpcEndpoints: [],
  };
}

/** A zone's id, which is the same in every account; its name isn't. */
export function zoneId(zone: Zone): string {
  return `euw1-az${ZONES.indexOf(zone) + 1}`;
}
