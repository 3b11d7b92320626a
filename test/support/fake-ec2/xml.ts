/** Renders responses as AWS sends them: EC2's XML with lower-case names and `item`s, and the query protocol's with `member`s. */

/** Lists whose XML name does not follow EC2's pattern: a lower-case first letter, and `Set` instead of the plural `s`. */
const WIRE_NAMES: Readonly<Record<string, string>> = {
  Reservations: 'reservationSet',
  Instances: 'instancesSet',
  NetworkInterfaces: 'networkInterfaceSet',
  SecurityGroups: 'securityGroupInfo',
  SecurityGroupRules: 'securityGroupRuleSet',
  Groups: 'groupSet',
  Tags: 'tagSet',
  TagSet: 'tagSet',
  State: 'state',
  IpPermissions: 'ipPermissions',
  IpRanges: 'ipRanges',
  Ipv6Ranges: 'ipv6Ranges',
  PrefixListIds: 'prefixListIds',
  UserIdGroupPairs: 'groups',
  NetworkAcls: 'networkAclSet',
  Entries: 'entrySet',
  Associations: 'associationSet',
  Subnets: 'subnetSet',
  RouteTables: 'routeTableSet',
  Routes: 'routeSet',
  VpcPeeringConnections: 'vpcPeeringConnectionSet',
  TransitGatewayVpcAttachments: 'transitGatewayVpcAttachments',
  TrafficMirrorTargets: 'trafficMirrorTargetSet',
  TrafficMirrorFilters: 'trafficMirrorFilterSet',
  TrafficMirrorSessions: 'trafficMirrorSessionSet',
  IngressFilterRules: 'ingressFilterRuleSet',
  EgressFilterRules: 'egressFilterRuleSet',
  VpcEndpoints: 'vpcEndpointSet',
  IsDefault: 'default',
};

/** An EC2 response. Within instances, `State` is written as `instanceState`. */
export function ec2Xml(action: string, answer: object): string {
  return `<?xml version="1.0"?><${action}Response><requestId>fake</requestId>${ec2Fields(answer)}</${action}Response>`;
}

function ec2Fields(value: object): string {
  return Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .map(([key, field]) => {
      const name = wireName(key, value);
      return `<${name}>${Array.isArray(field) ? field.map((item) => `<item>${ec2Value(item)}</item>`).join('') : ec2Value(field)}</${name}>`;
    })
    .join('');
}

function wireName(key: string, holder: object): string {
  if (key === 'State' && 'InstanceId' in holder) return 'instanceState';
  if (key === 'SubnetIds' && 'VpcEndpointId' in holder) return 'subnetIdSet';
  return WIRE_NAMES[key] ?? `${key.charAt(0).toLowerCase()}${key.slice(1)}`;
}

function ec2Value(value: unknown): string {
  return typeof value === 'object' && value !== null && !(value instanceof Date) ? ec2Fields(value) : scalar(value);
}

/** A response in the query protocol (STS, Elastic Load Balancing, Auto Scaling). */
export function queryXml(action: string, answer: object): string {
  return `<?xml version="1.0"?><${action}Response><${action}Result>${queryFields(answer)}</${action}Result><ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></${action}Response>`;
}

function queryFields(value: object): string {
  return Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .map(([key, field]) => {
      const inner = Array.isArray(field)
        ? field.map((item) => `<member>${queryValue(item)}</member>`).join('')
        : queryValue(field);
      return `<${key}>${inner}</${key}>`;
    })
    .join('');
}

function queryValue(value: unknown): string {
  return typeof value === 'object' && value !== null && !(value instanceof Date) ? queryFields(value) : scalar(value);
}

function scalar(value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : String(value);
  return text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** An error response, in each protocol's form. */
export function faultXml(protocol: 'ec2' | 'query', code: string, message: string): string {
  const error = `<Code>${code}</Code><Message>${scalar(message)}</Message>`;
  return protocol === 'ec2'
    ? `<?xml version="1.0"?><Response><Errors><Error>${error}</Error></Errors><RequestID>fake</RequestID></Response>`
    : `<?xml version="1.0"?><ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>fake</RequestId></ErrorResponse>`;
}
