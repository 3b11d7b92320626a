/** What somebody may do next to security groups, ACLs and routes. */

import type { Acl, AclEntry, GroupRule, Subnet } from '../account.ts';
import type { Permission } from '../call.ts';
import type { Intent, Scene } from './intents.ts';

const NOWHERE = '192.0.2.0/24';

/** A group that guards a sensor, mostly. */
function aGuard({ account, random }: Scene): string | undefined {
  const guards = Object.values(account.targets).flatMap(
    ({ interfaceId }) => account.interfaces[interfaceId]?.groupIds ?? [],
  );
  return random.chance(0.85) ? random.favour(guards) : random.pick(Object.keys(account.groups));
}

/** A subnet with a sensor, mostly. */
function sensorSubnet({ account, random }: Scene): Subnet | undefined {
  const ids = Object.values(account.targets).flatMap(
    ({ interfaceId }) => account.interfaces[interfaceId]?.subnetId ?? [],
  );
  const id = random.favour(ids);
  return id !== undefined && random.chance(0.85) ? account.subnets[id] : random.pick(Object.values(account.subnets));
}

function permissionOf({ protocol, fromPort, toPort, cidr, peerGroupId }: GroupRule): Permission {
  return { protocol, fromPort, toPort, cidr, peerGroupId };
}

const PERMISSIONS: readonly Permission[] = [
  { protocol: 'udp', fromPort: 4789, toPort: 4789, cidr: '10.0.0.0/8', peerGroupId: null },
  { protocol: 'udp', fromPort: 4789, toPort: 4789, cidr: '10.0.0.0/8', peerGroupId: null },
  { protocol: '-1', fromPort: null, toPort: null, cidr: '10.0.0.0/16', peerGroupId: null },
  { protocol: 'tcp', fromPort: 8443, toPort: 8443, cidr: '10.0.0.0/8', peerGroupId: null },
];

const authorize: Intent = (scene) => {
  const { random } = scene;
  const groupId = aGuard(scene);
  const permission = random.pick(PERMISSIONS);
  if (groupId === undefined || permission === undefined) return undefined;
  const rules = [{ ...permission, ruleId: random.id('sgr') }];
  const eventName = random.chance(0.9) ? 'AuthorizeSecurityGroupIngress' : 'AuthorizeSecurityGroupEgress';
  return { eventName, params: { groupId, rules, flat: random.chance(0.3) } };
};

const revoke: Intent = (scene) => {
  const { account, random } = scene;
  const groupId = aGuard(scene);
  if (groupId === undefined) return undefined;
  const isEgress = random.chance(0.1);
  const rules = Object.values(account.groupRules).filter(
    (rule) => rule.groupId === groupId && rule.isEgress === isEgress,
  );
  const rule = random.favour(rules);
  const eventName = isEgress ? 'RevokeSecurityGroupEgress' : 'RevokeSecurityGroupIngress';
  const answer = random.chance(0.5) ? 'short' : 'full';
  if (rule === undefined || random.chance(0.1)) {
    const permission = random.pick(PERMISSIONS);
    return permission && { eventName, params: { groupId, by: { permissions: [permission] }, answer } };
  }
  const by = random.chance(0.45) ? { ruleIds: [rule.id] } : { permissions: [permissionOf(rule)] };
  return { eventName, params: { groupId, by, answer } };
};

const modifyRule: Intent = (scene) => {
  const { account, random } = scene;
  const groupId = aGuard(scene);
  const rule = random.pick(Object.values(account.groupRules).filter((each) => each.groupId === groupId));
  if (groupId === undefined || rule === undefined) return undefined;
  const cidr = random.pick([NOWHERE, '10.0.0.0/8', '0.0.0.0/0']) ?? NOWHERE;
  const rules = [{ ...permissionOf(rule), cidr, peerGroupId: null, ruleId: rule.id }];
  return { eventName: 'ModifySecurityGroupRules', params: { groupId, rules } };
};

function guardingAcl(scene: Scene): Acl | undefined {
  const aclId = sensorSubnet(scene)?.aclId;
  return aclId === undefined ? undefined : scene.account.acls[aclId];
}

function aDoor(aclId: string, number: number, { random }: Scene): AclEntry {
  const udp = { protocol: '17', fromPort: 4789, toPort: 4789 };
  const all = { protocol: '-1', fromPort: null, toPort: null };
  const action = random.chance(0.6) ? 'deny' : 'allow';
  const cidr = random.pick(['0.0.0.0/0', '0.0.0.0/0', '10.0.0.0/16', NOWHERE]) ?? '0.0.0.0/0';
  return { aclId, number, egress: random.chance(0.1), action, ...(random.chance(0.6) ? udp : all), cidr };
}

const createEntry: Intent = (scene) => {
  const acl = guardingAcl(scene);
  const number = scene.random.pick([20, 50, 90, 110]) ?? 20;
  return acl && { eventName: 'CreateNetworkAclEntry', params: aDoor(acl.id, number, scene) };
};

function anEntry(scene: Scene): AclEntry | undefined {
  const acl = guardingAcl(scene);
  const entries = Object.values(scene.account.aclEntries).filter(({ aclId }) => aclId === acl?.id);
  return scene.random.pick(scene.random.chance(0.9) ? entries.filter(({ egress }) => !egress) : entries);
}

const deleteEntry: Intent = (scene) => {
  const entry = anEntry(scene);
  if (entry === undefined) return undefined;
  const { aclId, number, egress } = entry;
  return { eventName: 'DeleteNetworkAclEntry', params: { aclId, number, egress } };
};

const replaceEntry: Intent = (scene) => {
  const entry = anEntry(scene);
  if (entry === undefined) return undefined;
  const { aclId, number, egress } = entry;
  return { eventName: 'ReplaceNetworkAclEntry', params: { ...aDoor(aclId, number, scene), egress } };
};

const replaceAcl: Intent = (scene) => {
  const { account, random } = scene;
  const subnet = sensorSubnet(scene);
  const acl = random.pick(Object.values(account.acls).filter(({ vpcId }) => vpcId === subnet?.vpcId));
  if (subnet === undefined || acl === undefined) return undefined;
  const newAssociationId = random.id('aclassoc');
  const params = { associationId: subnet.aclAssociationId, aclId: acl.id, newAssociationId };
  return { eventName: 'ReplaceNetworkAclAssociation', params };
};

const changeRoute: Intent = ({ account, random }) => {
  const between = Object.values(account.routes).filter(({ target }) => target !== 'local');
  const route = random.pick(
    random.chance(0.8) ? between.filter(({ destination }) => destination !== '0.0.0.0/0') : between,
  );
  if (route === undefined) return undefined;
  const { tableId, destination } = route;
  if (random.chance(0.5)) return { eventName: 'DeleteRoute', params: { tableId, destination } };
  const target = random.pick(['igw-0a1', 'nat-0a1', 'pcx-0a1']) ?? 'igw-0a1';
  return { eventName: 'ReplaceRoute', params: { tableId, destination, target } };
};

const createRoute: Intent = ({ account, random }) => {
  const table = random.pick(Object.values(account.routeTables));
  if (table === undefined) return undefined;
  const destination = random.pick(['10.0.0.0/16', '10.1.0.0/16', '10.1.0.0/24', '172.16.0.0/12']) ?? '172.16.0.0/12';
  const target = random.pick(['pcx-0a1', 'pcx-0a1', 'nat-0a1']) ?? 'pcx-0a1';
  return { eventName: 'CreateRoute', params: { tableId: table.id, destination, target } };
};

const changeTable: Intent = ({ account, random }) => {
  const subnet = random.pick(Object.values(account.subnets));
  const table = random.pick(Object.values(account.routeTables).filter(({ vpcId }) => vpcId === subnet?.vpcId));
  if (subnet === undefined || table === undefined) return undefined;
  const newId = random.id('rtbassoc');
  const { tableAssociationId: associationId } = subnet;
  if (associationId === null) {
    const main = Object.values(account.routeTables).find(
      ({ vpcId, mainAssociationId }) => vpcId === subnet.vpcId && mainAssociationId !== null,
    );
    return main?.mainAssociationId && random.chance(0.3)
      ? {
          eventName: 'ReplaceRouteTableAssociation',
          params: { associationId: main.mainAssociationId, tableId: table.id, newAssociationId: newId },
        }
      : {
          eventName: 'AssociateRouteTable',
          params: { tableId: table.id, subnetId: subnet.id, associationId: newId },
        };
  }
  return random.chance(0.5)
    ? { eventName: 'DisassociateRouteTable', params: { associationId } }
    : {
        eventName: 'ReplaceRouteTableAssociation',
        params: { associationId, tableId: table.id, newAssociationId: newId },
      };
};

/** The intents on the network, each with how often it comes up. */
export const NETWORK_INTENTS: readonly (readonly [number, Intent])[] = [
  [5, authorize],
  [5, revoke],
  [1, modifyRule],
  [4, createEntry],
  [1, deleteEntry],
  [1, replaceEntry],
  [1, replaceAcl],
  [3, changeRoute],
  [2, createRoute],
  [1, changeTable],
];
