/** Reads changes of network ACLs, routes and route table associations. */

import { canonicalCidr } from '../../net/cidr.ts';
import { booleanField, type Fields, field, fieldsOf, numberField, textField } from '../fields.ts';
import type { RecordedAclEntry, RecordedRouteTarget } from './network.ts';
import type { ReadChanges } from './read-changes.ts';

/** CreateNetworkAclEntry or ReplaceNetworkAclEntry. */
export function readAclEntry(kind: 'acl-entry-created' | 'acl-entry-replaced'): ReadChanges {
  return ({ request }) => {
    const networkAclId = textField(request, 'networkAclId');
    const entry = aclEntry(request);
    return networkAclId === undefined || entry === undefined ? undefined : [{ kind, networkAclId, entry }];
  };
}

/** DeleteNetworkAclEntry. */
export const readAclEntryDeleted: ReadChanges = ({ request }) => {
  const networkAclId = textField(request, 'networkAclId');
  const ruleNumber = numberField(request, 'ruleNumber');
  const egress = booleanField(request, 'egress');
  if (networkAclId === undefined || ruleNumber === undefined || egress === undefined) return undefined;
  return [{ kind: 'acl-entry-deleted', networkAclId, ruleNumber, egress }];
};

/** ReplaceNetworkAclAssociation. */
export const readAclAssociation: ReadChanges = ({ request, response }) => {
  const associationId = textField(request, 'associationId');
  const networkAclId = textField(request, 'networkAclId');
  if (associationId === undefined || networkAclId === undefined) return undefined;
  const newAssociationId = textField(response, 'newAssociationId');
  return [{ kind: 'acl-association-replaced', associationId, newAssociationId, networkAclId }];
};

/** CreateRoute or ReplaceRoute. */
export function readRoute(kind: 'route-created' | 'route-replaced'): ReadChanges {
  return ({ request }) => {
    const routeTableId = textField(request, 'routeTableId');
    const destination = destinationIn(request);
    const target = routeTarget(request);
    if (routeTableId === undefined || destination === undefined || target === undefined) return undefined;
    return [{ kind, routeTableId, destination, target }];
  };
}

/** DeleteRoute. */
export const readRouteDeleted: ReadChanges = ({ request }) => {
  const routeTableId = textField(request, 'routeTableId');
  const destination = destinationIn(request);
  if (routeTableId === undefined || destination === undefined) return undefined;
  return [{ kind: 'route-deleted', routeTableId, destination }];
};

/** AssociateRouteTable with a subnet. An association with a gateway doesn't route what leaves a subnet: nothing that we judge. */
export const readTableAssociated: ReadChanges = ({ request, response }) => {
  const routeTableId = textField(request, 'routeTableId');
  const subnetId = textField(request, 'subnetId');
  const gateway = textField(request, 'gatewayId') ?? textField(request, 'publicIpv4Pool');
  if (routeTableId !== undefined && subnetId === undefined && gateway !== undefined) return [];
  if (routeTableId === undefined || subnetId === undefined) return undefined;
  return [
    { kind: 'route-table-associated', routeTableId, subnetId, associationId: textField(response, 'associationId') },
  ];
};

/** ReplaceRouteTableAssociation. */
export const readTableReassociated: ReadChanges = ({ request, response }) => {
  const associationId = textField(request, 'associationId');
  const routeTableId = textField(request, 'routeTableId');
  if (associationId === undefined || routeTableId === undefined) return undefined;
  const newAssociationId = textField(response, 'newAssociationId');
  return [{ kind: 'route-table-reassociated', associationId, newAssociationId, routeTableId }];
};

/** DisassociateRouteTable. */
export const readTableDisassociated: ReadChanges = ({ request }) => {
  const associationId = textField(request, 'associationId');
  return associationId === undefined ? undefined : [{ kind: 'route-table-disassociated', associationId }];
};

const ACTIONS = ['allow', 'deny'] as const;

/** The AWS CLI and the console also send these names; an ACL has the numbers. */
const PROTOCOL_NUMBERS: ReadonlyMap<string, string> = new Map([
  ['all', '-1'],
  ['icmp', '1'],
  ['tcp', '6'],
  ['udp', '17'],
  ['icmpv6', '58'],
]);

function aclEntry(request: Fields): RecordedAclEntry | undefined {
  const ruleNumber = numberField(request, 'ruleNumber');
  const egress = booleanField(request, 'egress');
  const ruleAction = ACTIONS.find((action) => action === textField(request, 'ruleAction')?.toLowerCase());
  const named = textField(request, 'aclProtocol') ?? textField(request, 'protocol');
  const [cidrBlock, ipv6CidrBlock] = [cidrField(request, 'cidrBlock'), cidrField(request, 'ipv6CidrBlock')];
  if (ruleNumber === undefined || egress === undefined || ruleAction === undefined || named === undefined)
    return undefined;
  if (cidrBlock === undefined && ipv6CidrBlock === undefined) return undefined;
  const protocol = PROTOCOL_NUMBERS.get(named.toLowerCase()) ?? named;
  return {
    ruleNumber,
    egress,
    ruleAction,
    protocol,
    cidrBlock,
    ipv6CidrBlock,
    portRange: portRangeIn(request, protocol),
  };
}

/** EC2 keeps ports only for TCP and UDP; records of other entries may hold `{from: -1, to: -1}`. */
function portRangeIn(request: Fields, protocol: string): RecordedAclEntry['portRange'] {
  const range = fieldsOf(field(request, 'portRange'));
  const [from, to] = [numberField(range, 'from'), numberField(range, 'to')];
  if (from === undefined || to === undefined || from < 0 || to < 0) return undefined;
  return protocol === '6' || protocol === '17' ? { from, to } : undefined;
}

function destinationIn(request: Fields): string | undefined {
  return (
    cidrField(request, 'destinationCidrBlock') ??
    cidrField(request, 'destinationIpv6CidrBlock') ??
    textField(request, 'destinationPrefixListId')
  );
}

/** Which field of a route in the account holds each of a request's targets. */
const TARGETS = {
  gatewayId: 'gatewayId',
  // DescribeRouteTables shows a Gateway Load Balancer endpoint as `gatewayId: vpce-…`.
  vpcEndpointId: 'gatewayId',
  natGatewayId: 'natGatewayId',
  transitGatewayId: 'transitGatewayId',
  vpcPeeringConnectionId: 'vpcPeeringConnectionId',
  networkInterfaceId: 'networkInterfaceId',
  instanceId: 'instanceId',
} as const satisfies Readonly<Record<string, keyof RecordedRouteTarget>>;

/** Targets that a route in our inventory has no field for. */
const OTHER_TARGETS = [
  'egressOnlyInternetGatewayId',
  'localGatewayId',
  'carrierGatewayId',
  'coreNetworkArn',
  'odbNetworkArn',
] as const;

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html */
function routeTarget(request: Fields): RecordedRouteTarget | undefined {
  for (const [name, key] of Object.entries(TARGETS)) {
    const id = textField(request, name);
    if (id !== undefined) return { [key]: id };
  }
  if (booleanField(request, 'localTarget') === true) return { gatewayId: 'local' };
  return OTHER_TARGETS.some((name) => textField(request, name) !== undefined) ? {} : undefined;
}

function cidrField(fields: Fields, name: string): string | undefined {
  const text = textField(fields, name);
  return text === undefined ? undefined : canonicalCidr(text);
}
