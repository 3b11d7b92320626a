import { describe } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { NetworkAclEntry } from '../../../src/inventory/network-acl.ts';
import type { Route } from '../../../src/inventory/route.ts';
import {
  anAcl,
  anAclEntry,
  anInterface,
  aPeering,
  aPermission,
  aRouteTable,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aSubnet,
} from '../../support/inventories.ts';
import { aMirroredAccount, anAssociatedAcl, call, items } from '../../support/stories.ts';
import { EARLIER, itTakesBack, NOW, type TakenBack } from '../../support/taking-back.ts';

const INEFFECTIVE = 'i-1 mirror-ineffective';

// Security groups
const VXLAN = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789 };
const OPEN = { ...VXLAN, ipRanges: items({ cidrIp: '10.0.0.0/8' }) };
const toGroup = (permission: object) => ({ groupId: 'sg-sensor', ipPermissions: items({ ...permission }) });
const ruleSet = (name: string) => ({
  [name]: items({ securityGroupRuleId: 'sgr-1', groupId: 'sg-sensor', ...VXLAN, cidrIpv4: '10.0.0.0/8' }),
});
const authorized = call(
  'helper',
  EARLIER,
  'AuthorizeSecurityGroupIngress',
  toGroup(OPEN),
  ruleSet('securityGroupRuleSet'),
);
const groups = (account: Inventory) =>
  account.securityGroups?.find(({ groupId }) => groupId === 'sg-sensor')?.ipPermissions;
const withPermissions = (...ipPermissions: ReturnType<typeof aPermission>[]): Inventory =>
  aMirroredAccount({ securityGroups: [aSecurityGroup({ ipPermissions })] });
const permission = aPermission({ cidrIps: ['10.0.0.0/8'] });
const byId = { groupId: 'sg-sensor', securityGroupRuleIdSet: items({ securityGroupRuleId: 'sgr-1' }) };

// Network ACLs: eni-1 in subnet-a mirrors to the sensor in subnet-b.
const session = aSession({ trafficMirrorTargetId: 'tmt-b' });
const entry = (fields: object) => ({
  ...{
    networkAclId: 'acl-1',
    ruleNumber: 100,
    egress: false,
    ruleAction: 'allow',
    aclProtocol: '-1',
    cidrBlock: '0.0.0.0/0',
  },
  ...fields,
});
const withEntries = (...entries: NetworkAclEntry[]): Inventory =>
  aMirroredAccount({
    trafficMirrorSessions: [session],
    networkAcls: [anAssociatedAcl({ entries: [...entries, anAclEntry({ egress: true })] })],
  });
const ingress = (account: Inventory) =>
  account.networkAcls?.[0]?.entries.filter(({ egress }) => !egress).toSorted((a, b) => a.ruleNumber - b.ruleNumber);
const deny = anAclEntry({ ruleNumber: 90, ruleAction: 'deny' });
const entryMade = call('helper', EARLIER, 'CreateNetworkAclEntry', entry({}));

const shut = (networkAclId: string, subnetIds: string[]) =>
  anAcl({
    ...{ networkAclId, isDefault: false, subnetIds, entries: [] },
    associations: subnetIds.map((subnetId) => ({ networkAclAssociationId: 'aclassoc-new', subnetId })),
  });
const onShutAcl = (...others: ReturnType<typeof anAcl>[]): Inventory =>
  aMirroredAccount({
    trafficMirrorSessions: [session],
    networkAcls: [
      anAssociatedAcl({ subnetIds: ['subnet-a'], associations: [] }),
      shut('acl-shut', ['subnet-b']),
      ...others,
    ],
  });
const aclOfB = (account: Inventory) =>
  account.networkAcls?.find(({ subnetIds }) => subnetIds.includes('subnet-b'))?.networkAclId;
const replaceAcl = (actor: string, minute: number, networkAclId: string, from: string, to: string) =>
  call(actor, minute, 'ReplaceNetworkAclAssociation', { networkAclId, associationId: from }, { newAssociationId: to });

// Routes: eni-1 in vpc-1 mirrors to a sensor in vpc-2 by a peering.
const VIA_PEERING = { destinationCidrBlock: '10.1.0.0/16', vpcPeeringConnectionId: 'pcx-1' };
const AWAY = { destinationCidrBlock: '10.1.0.0/16', natGatewayId: 'nat-1' };
const LOCAL = { destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local' };
const table = (routes: readonly Route[], fields: object = {}) => aRouteTable({ routes: [LOCAL, ...routes], ...fields });
const toPeer = (...routeTables: ReturnType<typeof aRouteTable>[]): Inventory =>
  aMirroredAccount({
    networkInterfaces: [
      anInterface(),
      aSensorInterface('a', { vpcId: 'vpc-2', subnetId: 'subnet-peer', privateIpAddress: '10.1.0.100' }),
    ],
    subnets: [aSubnet(), aSubnet({ subnetId: 'subnet-peer', vpcId: 'vpc-2', cidrBlock: '10.1.0.0/24' })],
    securityGroups: [aSecurityGroup({ vpcId: 'vpc-2' })],
    networkAcls: [
      anAcl({ subnetIds: ['subnet-a'] }),
      anAcl({ networkAclId: 'acl-peer', vpcId: 'vpc-2', subnetIds: ['subnet-peer'] }),
    ],
    vpcPeeringConnections: [aPeering()],
    routeTables,
  });
const routes = (account: Inventory) => account.routeTables?.[0]?.routes;
const onTable = { routeTableId: 'rtb-1', destinationCidrBlock: '10.1.0.0/16' };
const routeMade = call('helper', EARLIER, 'CreateRoute', { ...onTable, vpcPeeringConnectionId: 'pcx-1' });
const main = table([VIA_PEERING]);
const own = (associationId: string) =>
  table([], {
    ...{ routeTableId: 'rtb-own', main: false, subnetIds: ['subnet-a'] },
    associations: [{ routeTableAssociationId: associationId, subnetId: 'subnet-a' }],
  });
const tableOfA = (account: Inventory) =>
  account.routeTables?.find(({ subnetIds }) => subnetIds.includes('subnet-a'))?.routeTableId;
const good = (subnetIds: string[]) => table([VIA_PEERING], { routeTableId: 'rtb-good', main: false, subnetIds });
const associated = call(
  'helper',
  EARLIER,
  'AssociateRouteTable',
  { routeTableId: 'rtb-good', subnetId: 'subnet-a' },
  { associationId: 'rtbassoc-1' },
);

const ROWS: Readonly<Record<string, TakenBack>> = {
  'AuthorizeSecurityGroupIngress, which removes the rules': {
    call: call('erin', NOW, 'AuthorizeSecurityGroupIngress', toGroup(OPEN), ruleSet('securityGroupRuleSet')),
    now: withPermissions(permission),
    ...{ part: groups, before: [] },
  },
  'RevokeSecurityGroupIngress by permission, which adds the permissions of the request': {
    call: call('erin', NOW, 'RevokeSecurityGroupIngress', toGroup(OPEN)),
    now: withPermissions(),
    ...{ part: groups, before: [permission], broke: INEFFECTIVE },
  },
  'RevokeSecurityGroupIngress by permission, less what was unknown': {
    call: call(
      'erin',
      NOW,
      'RevokeSecurityGroupIngress',
      toGroup({ ...VXLAN, ipRanges: items({ cidrIp: '10.0.0.0/8' }, { cidrIp: '192.0.2.0/24' }) }),
      { _return: true, unknownIpPermissionSet: items({ ...VXLAN, ipRanges: items({ cidrIp: '192.0.2.0/24' }) }) },
    ),
    now: withPermissions(),
    ...{ part: groups, before: [permission], broke: INEFFECTIVE },
  },
  'RevokeSecurityGroupIngress by rule id, which adds the rules of the answer': {
    call: call('erin', NOW, 'RevokeSecurityGroupIngress', byId, ruleSet('revokedSecurityGroupRuleSet')),
    now: withPermissions(),
    ...{ part: groups, before: [permission], broke: INEFFECTIVE },
  },
  'RevokeSecurityGroupIngress by rule id, with an old short answer': {
    call: call('erin', NOW, 'RevokeSecurityGroupIngress', byId),
    told: [authorized],
    now: withPermissions(),
    ...{ part: groups, before: [permission], broke: INEFFECTIVE },
  },
  'ModifySecurityGroupRules, which puts the rules back': {
    call: call('erin', NOW, 'ModifySecurityGroupRules', {
      groupId: 'sg-sensor',
      securityGroupRule: items({
        securityGroupRuleId: 'sgr-1',
        securityGroupRule: { ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIpv4: '10.0.0.0/8' },
      }),
    }),
    told: [authorized],
    now: withPermissions(aPermission({ ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIps: ['10.0.0.0/8'] })),
    ...{ part: groups, before: [permission], broke: INEFFECTIVE },
  },
  'CreateNetworkAclEntry, which removes the entry': {
    call: call('erin', NOW, 'CreateNetworkAclEntry', entry({ ruleNumber: 90, ruleAction: 'deny' })),
    now: withEntries(deny, anAclEntry()),
    ...{ part: ingress, before: [anAclEntry()], broke: INEFFECTIVE },
  },
  'DeleteNetworkAclEntry, which adds the entry': {
    call: call('erin', NOW, 'DeleteNetworkAclEntry', { networkAclId: 'acl-1', ruleNumber: 100, egress: false }),
    told: [entryMade],
    now: withEntries(),
    ...{ part: ingress, before: [anAclEntry()], broke: INEFFECTIVE },
  },
  'ReplaceNetworkAclEntry, which puts the entry back': {
    call: call('erin', NOW, 'ReplaceNetworkAclEntry', entry({ ruleAction: 'deny' })),
    told: [entryMade],
    now: withEntries(anAclEntry({ ruleAction: 'deny' })),
    ...{ part: ingress, before: [anAclEntry()], broke: INEFFECTIVE },
  },
  'ReplaceNetworkAclAssociation where every other ACL lets the copies pass: which one it was is known by elimination': {
    call: replaceAcl('erin', NOW, 'acl-shut', 'aclassoc-b', 'aclassoc-new'),
    now: onShutAcl(),
    ...{ part: aclOfB, before: 'acl-1', broke: INEFFECTIVE },
  },
  'ReplaceNetworkAclAssociation where another ACL does not let them pass': {
    call: replaceAcl('erin', NOW, 'acl-shut', 'aclassoc-b', 'aclassoc-new'),
    told: [replaceAcl('helper', EARLIER, 'acl-1', 'aclassoc-0', 'aclassoc-b')],
    now: onShutAcl(shut('acl-shut-too', [])),
    ...{ part: aclOfB, before: 'acl-1', broke: INEFFECTIVE },
  },
  'CreateRoute, which removes the route': {
    call: call('erin', NOW, 'CreateRoute', {
      ...{ routeTableId: 'rtb-1', destinationCidrBlock: '10.1.0.0/24', natGatewayId: 'nat-1' },
    }),
    now: toPeer(table([VIA_PEERING, { destinationCidrBlock: '10.1.0.0/24', natGatewayId: 'nat-1' }])),
    ...{ part: routes, before: [LOCAL, VIA_PEERING], broke: INEFFECTIVE },
  },
  'DeleteRoute, which adds the route': {
    call: call('erin', NOW, 'DeleteRoute', onTable),
    told: [routeMade],
    now: toPeer(table([])),
    ...{ part: routes, before: [LOCAL, VIA_PEERING], broke: INEFFECTIVE },
  },
  'ReplaceRoute, which puts the route back': {
    call: call('erin', NOW, 'ReplaceRoute', { ...onTable, natGatewayId: 'nat-1' }),
    told: [routeMade],
    now: toPeer(table([AWAY])),
    ...{ part: routes, before: [LOCAL, VIA_PEERING], broke: INEFFECTIVE },
  },
  'AssociateRouteTable, which gives the subnet the main table back': {
    call: call(
      ...(['erin', NOW, 'AssociateRouteTable'] as const),
      { routeTableId: 'rtb-own', subnetId: 'subnet-a' },
      { associationId: 'rtbassoc-1' },
    ),
    now: toPeer(main, own('rtbassoc-1')),
    ...{ part: tableOfA, before: undefined, broke: INEFFECTIVE },
  },
  'ReplaceRouteTableAssociation, which gives the subnet its table back': {
    call: call(
      ...(['erin', NOW, 'ReplaceRouteTableAssociation'] as const),
      { routeTableId: 'rtb-own', associationId: 'rtbassoc-1' },
      { newAssociationId: 'rtbassoc-2' },
    ),
    told: [associated],
    now: toPeer(table([]), good([]), own('rtbassoc-2')),
    ...{ part: tableOfA, before: 'rtb-good', broke: INEFFECTIVE },
  },
  'DisassociateRouteTable, which gives the subnet its table back': {
    call: call('erin', NOW, 'DisassociateRouteTable', { associationId: 'rtbassoc-1' }),
    told: [associated],
    now: toPeer(table([]), good([])),
    ...{ part: tableOfA, before: 'rtb-good', broke: INEFFECTIVE },
  },
};

describe.each(Object.entries(ROWS))('taking back %s', (_, row) => {
  itTakesBack(row);
});
