import { describe, expect, it } from 'vitest';
import { changesIn, changesInBoth } from '../../support/encodings.ts';

const ENTRY = {
  networkAclId: 'acl-0a',
  ruleNumber: 90,
  egress: false,
  ruleAction: 'deny',
  icmpTypeCode: {},
  portRange: { from: 4789, to: 4789 },
  aclProtocol: '17',
  cidrBlock: '10.1.2.3/8',
};
const READ_ENTRY = {
  ruleNumber: 90,
  egress: false,
  ruleAction: 'deny',
  protocol: '17',
  cidrBlock: '10.0.0.0/8',
  portRange: { from: 4789, to: 4789 },
};
const toGateway = { routeTableId: 'rtb-0a', destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-0a' };

describe.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>, object]>([
  ['CreateNetworkAclEntry', ENTRY, {}, { kind: 'acl-entry-created', networkAclId: 'acl-0a', entry: READ_ENTRY }],
  ['ReplaceNetworkAclEntry', ENTRY, {}, { kind: 'acl-entry-replaced', networkAclId: 'acl-0a', entry: READ_ENTRY }],
  [
    'CreateNetworkAclEntry',
    { ...ENTRY, aclProtocol: '-1', portRange: { from: -1, to: -1 } },
    {},
    {
      kind: 'acl-entry-created',
      networkAclId: 'acl-0a',
      entry: { ...READ_ENTRY, protocol: '-1', portRange: undefined },
    },
  ],
  [
    'CreateNetworkAclEntry',
    {
      ...ENTRY,
      egress: 'true',
      aclProtocol: 'tcp',
      cidrBlock: undefined,
      ipv6CidrBlock: '2001:DB8::1/32',
      portRange: {},
    },
    {},
    {
      kind: 'acl-entry-created',
      networkAclId: 'acl-0a',
      entry: { ruleNumber: 90, egress: true, ruleAction: 'deny', protocol: '6', ipv6CidrBlock: '2001:db8::/32' },
    },
  ],
  [
    'DeleteNetworkAclEntry',
    { networkAclId: 'acl-0a', ruleNumber: 90, egress: true },
    { _return: true },
    { kind: 'acl-entry-deleted', networkAclId: 'acl-0a', ruleNumber: 90, egress: true },
  ],
  [
    'ReplaceNetworkAclAssociation',
    { networkAclId: 'acl-0a', associationId: 'aclassoc-0a' },
    { newAssociationId: 'aclassoc-0b' },
    {
      kind: 'acl-association-replaced',
      associationId: 'aclassoc-0a',
      newAssociationId: 'aclassoc-0b',
      networkAclId: 'acl-0a',
    },
  ],
  [
    'CreateRoute',
    toGateway,
    { _return: true },
    { kind: 'route-created', routeTableId: 'rtb-0a', destination: '0.0.0.0/0', target: { gatewayId: 'igw-0a' } },
  ],
  [
    'CreateRoute',
    { routeTableId: 'rtb-0a', destinationIpv6CidrBlock: '2001:DB8:0::/48', egressOnlyInternetGatewayId: 'eigw-0a' },
    {},
    { kind: 'route-created', routeTableId: 'rtb-0a', destination: '2001:db8::/48', target: {} },
  ],
  [
    'ReplaceRoute',
    { routeTableId: 'rtb-0a', destinationPrefixListId: 'pl-0a', transitGatewayId: 'tgw-0a' },
    {},
    { kind: 'route-replaced', routeTableId: 'rtb-0a', destination: 'pl-0a', target: { transitGatewayId: 'tgw-0a' } },
  ],
  [
    'ReplaceRoute',
    { routeTableId: 'rtb-0a', destinationCidrBlock: '10.1.0.9/16', vpcEndpointId: 'vpce-0a' },
    {},
    { kind: 'route-replaced', routeTableId: 'rtb-0a', destination: '10.1.0.0/16', target: { gatewayId: 'vpce-0a' } },
  ],
  [
    'ReplaceRoute',
    { routeTableId: 'rtb-0a', destinationCidrBlock: '10.1.0.0/16', localTarget: true },
    {},
    { kind: 'route-replaced', routeTableId: 'rtb-0a', destination: '10.1.0.0/16', target: { gatewayId: 'local' } },
  ],
  [
    'DeleteRoute',
    { routeTableId: 'rtb-0a', destinationCidrBlock: '0.0.0.0/0' },
    { _return: true },
    { kind: 'route-deleted', routeTableId: 'rtb-0a', destination: '0.0.0.0/0' },
  ],
  [
    'AssociateRouteTable',
    { routeTableId: 'rtb-0a', subnetId: 'subnet-0a' },
    { associationId: 'rtbassoc-0a', associationState: { state: 'associated' } },
    { kind: 'route-table-associated', routeTableId: 'rtb-0a', subnetId: 'subnet-0a', associationId: 'rtbassoc-0a' },
  ],
  [
    'ReplaceRouteTableAssociation',
    { routeTableId: 'rtb-0b', associationId: 'rtbassoc-0a' },
    { newAssociationId: 'rtbassoc-0b' },
    {
      kind: 'route-table-reassociated',
      associationId: 'rtbassoc-0a',
      newAssociationId: 'rtbassoc-0b',
      routeTableId: 'rtb-0b',
    },
  ],
  [
    'DisassociateRouteTable',
    { associationId: 'rtbassoc-0a' },
    { associationState: { state: 'disassociating' }, _return: true },
    { kind: 'route-table-disassociated', associationId: 'rtbassoc-0a' },
  ],
])('%s %j', (eventName, request, response, change) => {
  it.each(['classic', 'newer'] as const)('gives the change that its record shows in the %s encoding', (encoding) => {
    expect(changesInBoth({ eventName, request, response })[encoding]).toEqual([change]);
  });
});

it.each([
  ['natGatewayId', 'nat-0a'],
  ['vpcPeeringConnectionId', 'pcx-0a'],
  ['networkInterfaceId', 'eni-0a'],
  ['instanceId', 'i-0a'],
])('reads a route to a %s', (name, id) => {
  const requestParameters = { routeTableId: 'rtb-0a', destinationCidrBlock: '0.0.0.0/0', [name]: id };
  expect(changesIn({ eventName: 'CreateRoute', requestParameters })).toMatchObject([{ target: { [name]: id } }]);
});

it.each([
  ['a route without a target that we know', 'ReplaceRoute', { ...toGateway, gatewayId: undefined }, 'rtb-0a'],
  ['a route without a destination', 'DeleteRoute', { routeTableId: 'rtb-0a' }, 'rtb-0a'],
  ['an entry without a number', 'CreateNetworkAclEntry', { ...ENTRY, ruleNumber: 'many' }, 'acl-0a'],
  ['an entry that neither allows nor denies', 'ReplaceNetworkAclEntry', { ...ENTRY, ruleAction: 'maybe' }, 'acl-0a'],
])('is opaque for %s', (_what, eventName, requestParameters, id) => {
  expect(changesIn({ eventName, requestParameters })).toEqual([
    { kind: 'opaque', resourceIds: [id], lacks: 'does not say what it changed' },
  ]);
});

it('sees no change in a route table associated with a gateway', () => {
  const requestParameters = { routeTableId: 'rtb-0a', gatewayId: 'igw-0a' };
  expect(changesIn({ eventName: 'AssociateRouteTable', requestParameters })).toBeUndefined();
});
