/** A random small account in which nearly everything is in order, and the policy to judge it by. */

import type { AuditPolicy } from '../../../../src/audit/audit.ts';
import { type Account, EMPTY, entryKey, type GroupRule, put, routeKey, sortedTags, type Tags } from '../account.ts';
import type { Random } from './random.ts';

/** An account with its policy. */
export interface World {
  readonly account: Account;
  readonly policy: AuditPolicy;
}

export const REQUIRED_TAGS: Tags = { Environment: 'prod', OwnerTeam: 'team-a' };
export const EXCLUDE_TAG = { key: 'mirror', value: 'off' } as const;

/** The policy: two required tags, one that excludes from mirroring, and one filter with these targets. */
export function policyFor(filterId: string, targetIds: readonly string[]): AuditPolicy {
  return {
    tags: {
      requiredTags: [
        { key: 'OwnerTeam', allowEmpty: false },
        { key: 'Environment', values: ['prod', 'test'], allowEmpty: false },
      ],
    },
    mirror: {
      mode: 'plan',
      filterId,
      targets: targetIds.map((id) => ({ id })),
      localZoneOnly: false,
      interfaces: 'all',
      onUnknown: 'refuse',
      sessionNumber: 1,
      fargate: true,
      sourceEgressAcl: 'warn',
      excludeTags: [EXCLUDE_TAG],
      trustedOwners: [],
      configHash: 'model',
      cleanup: false,
    },
    exemptions: [],
    severities: {},
    graceSeconds: 0,
  };
}

const VXLAN = { protocol: 'udp', fromPort: 4789, toPort: 4789 } as const;

/** One or two VPCs, two to four sensors, four to ten instances; most are tagged and have a session to a sensor. */
export function worldOf(random: Random): World {
  const vpcs = random.chance(0.6) ? ['vpc-1', 'vpc-2'] : ['vpc-1'];
  let account = EMPTY;
  for (const [index, vpcId] of vpcs.entries()) account = withVpc(account, vpcId, index, vpcs.length, random);
  account = withFilters(account, random);
  for (let left = 2 + random.below(3); left > 0; left -= 1) account = withSensor(account, random);
  const targetIds = Object.keys(account.targets);
  // The last of three or more sensors is somebody else's: a session to it is rogue.
  const configured = targetIds.length > 2 && random.chance(0.8) ? targetIds.slice(0, -1) : targetIds;
  for (let left = 4 + random.below(7); left > 0; left -= 1) account = withWorkload(account, configured, random);
  return { account, policy: policyFor(Object.keys(account.filters)[0] ?? '', configured) };
}

function withVpc(before: Account, vpcId: string, index: number, vpcCount: number, random: Random): Account {
  let account = withGroups(before, vpcId, random);
  const acls = withAcls(account, vpcId, random);
  account = acls.account;
  const peering = 'pcx-0a1';
  if (vpcCount === 2)
    account = put(account, 'peerings', peering, { id: peering, requesterVpcId: 'vpc-1', accepterVpcId: 'vpc-2' });
  const tables = ['main', 'own', 'lonely'].map((kind) => ({ kind, id: random.id('rtb') }));
  for (const { kind, id } of tables) {
    const mainAssociationId = kind === 'main' ? random.id('rtbassoc') : null;
    account = put(account, 'routeTables', id, { id, vpcId, mainAssociationId });
    account = withRoute(account, id, `10.${index}.0.0/16`, 'local');
    if (vpcCount === 2 && kind !== 'lonely') account = withRoute(account, id, `10.${1 - index}.0.0/16`, peering);
    account = withRoute(account, id, '0.0.0.0/0', 'igw-0a1');
  }
  for (let subnet = 0; subnet < 2; subnet += 1) {
    const id = random.id('subnet');
    const tableId = random.chance(0.5) ? (tables[1]?.id ?? null) : null;
    account = put(account, 'subnets', id, {
      id,
      vpcId,
      cidr: `10.${index}.${subnet}.0/24`,
      zone: subnet === 0 ? 'a' : 'b',
      aclId: random.chance(0.5) ? acls.standard : acls.open,
      aclAssociationId: random.id('aclassoc'),
      tableId,
      tableAssociationId: tableId === null ? null : random.id('rtbassoc'),
    });
  }
  return account;
}

function withRoute(account: Account, tableId: string, destination: string, target: string): Account {
  return put(account, 'routes', routeKey({ tableId, destination }), { tableId, destination, target });
}

/** Four groups: of workloads, two of sensors (by address, by group), and one that lets no copies in. */
function withGroups(before: Account, vpcId: string, random: Random): Account {
  const [work, sensors, referring, closed] = [0, 1, 2, 3].map(() => random.id('sg'));
  let account = before;
  for (const id of [work, sensors, referring, closed])
    if (id !== undefined) account = put(account, 'groups', id, { id, vpcId });
  const add = (groupId: string | undefined, rule: Partial<GroupRule>): void => {
    const id = random.id('sgr');
    account = put(account, 'groupRules', id, {
      ...{ id, groupId: groupId ?? '', isEgress: false, ...VXLAN, cidr: null, peerGroupId: null },
      ...rule,
    });
  };
  const web = { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' };
  add(work, web);
  add(closed, web);
  add(sensors, { cidr: '10.0.0.0/8' });
  if (random.chance(0.2)) add(sensors, { fromPort: 4000, toPort: 5000, cidr: '10.0.0.0/9' });
  add(referring, { peerGroupId: work ?? null });
  add(referring, { cidr: '10.1.0.0/16' });
  for (const id of [work, sensors])
    add(id, { isEgress: true, protocol: '-1', fromPort: null, toPort: null, cidr: '0.0.0.0/0' });
  return account;
}

/** The default ACL, an open one of somebody's own, and a strict one that keeps copies out. */
function withAcls(
  before: Account,
  vpcId: string,
  random: Random,
): { readonly account: Account; readonly standard: string; readonly open: string } {
  const [standard = '', open = '', strict = ''] = [0, 1, 2].map(() => random.id('acl'));
  let account = before;
  for (const id of [standard, open, strict])
    account = put(account, 'acls', id, { id, vpcId, isDefault: id === standard });
  const add = (aclId: string, number: number, egress: boolean, action: 'allow' | 'deny', udp: boolean): void => {
    const ports = udp
      ? { protocol: '17', fromPort: 4789, toPort: 4789 }
      : { protocol: '-1', fromPort: null, toPort: null };
    const entry = { aclId, number, egress, action, ...ports, cidr: '0.0.0.0/0' };
    account = put(account, 'aclEntries', entryKey(entry), entry);
  };
  for (const id of [standard, open, strict]) add(id, 100, true, 'allow', false);
  add(standard, 100, false, 'allow', false);
  add(open, 90, false, 'allow', true);
  if (random.chance(0.3)) add(open, 100, false, 'allow', false);
  add(strict, 90, false, 'deny', true);
  add(strict, 100, false, 'allow', false);
  return { account, standard, open };
}

/** The filter of the policy, which takes everything, and another that takes only what comes in. */
function withFilters(before: Account, random: Random): Account {
  const [good = '', other = ''] = [0, 1].map(() => random.id('tmf'));
  let account = before;
  for (const id of [good, other]) account = put(account, 'filters', id, { id });
  for (const [filterId, direction] of [
    [good, 'ingress'],
    [good, 'egress'],
    [other, 'ingress'],
  ] as const) {
    const id = random.id('tmfr');
    const rule = { id, filterId, direction, number: 100, action: 'accept', protocol: null } as const;
    account = put(account, 'filterRules', id, rule);
  }
  return account;
}

function withSensor(before: Account, random: Random): Account {
  const subnet = random.pick(Object.values(before.subnets));
  if (subnet === undefined) return before;
  const groups = Object.values(before.groups).filter(({ vpcId }) => vpcId === subnet.vpcId);
  const groupId = groups[random.chance(0.7) ? 1 : 2]?.id ?? '';
  const machine = withMachine(before, subnet.id, [groupId], { ...REQUIRED_TAGS }, random);
  const id = random.id('tmt');
  return put(machine.account, 'targets', id, { id, interfaceId: machine.interfaceId });
}

function withWorkload(before: Account, targetIds: readonly string[], random: Random): Account {
  const subnet = random.pick(Object.values(before.subnets));
  if (subnet === undefined) return before;
  const groups = Object.values(before.groups).filter(({ vpcId }) => vpcId === subnet.vpcId);
  const isExcluded = random.chance(0.15);
  const tags = {
    ...(random.chance(0.93) && { Environment: 'prod' }),
    ...(random.chance(0.93) && { OwnerTeam: 'team-a' }),
    ...(isExcluded && { [EXCLUDE_TAG.key]: EXCLUDE_TAG.value }),
    Name: 'workload',
  };
  const machine = withMachine(before, subnet.id, [groups[random.chance(0.9) ? 0 : 3]?.id ?? ''], tags, random);
  let { account } = machine;
  const { instanceId, interfaceId } = machine;
  const instance = account.instances[instanceId];
  const isStopped = random.chance(0.12);
  if (instance !== undefined && isStopped)
    account = put(account, 'instances', instanceId, { ...instance, state: 'stopped' });
  if (random.chance(0.1)) {
    const id = random.id('eni');
    const address = addressIn(subnet.cidr, random);
    const groupIds = [groups[0]?.id ?? ''];
    account = put(account, 'interfaces', id, { id, subnetId: subnet.id, address, groupIds, attachment: null });
  }
  if (isExcluded || random.chance(isStopped ? 0.7 : 0.06)) return account;
  const [filterId = ''] = Object.keys(account.filters);
  const id = random.id('tms');
  return put(account, 'sessions', id, {
    ...{ id, interfaceId, targetId: random.favour(targetIds) ?? '', filterId, number: 1 },
    managed: random.chance(0.7),
  });
}

interface Machine {
  readonly account: Account;
  readonly instanceId: string;
  readonly interfaceId: string;
}

function withMachine(
  before: Account,
  subnetId: string,
  groupIds: readonly string[],
  tags: Tags,
  random: Random,
): Machine {
  const [instanceId, interfaceId] = [random.id('i'), random.id('eni')];
  const cidr = before.subnets[subnetId]?.cidr ?? '';
  const attachment = { id: random.id('eni-attach'), instanceId, deviceIndex: 0, deleteOnTermination: true };
  const withInstance = put(before, 'instances', instanceId, {
    ...{ id: instanceId, subnetId, type: 'm7i.large', state: 'running', tags: sortedTags(tags) },
    ...{ imageId: 'ami-0a1', reservationId: random.id('r'), launchTime: '2026-02-01T06:00:00Z' },
  });
  const made = { id: interfaceId, subnetId, address: addressIn(cidr, random), groupIds, attachment };
  return { account: put(withInstance, 'interfaces', interfaceId, made), instanceId, interfaceId };
}

/** An address of a /24 block. Two interfaces may get the same one, which nothing here minds. */
export function addressIn(cidr: string, random: Random): string {
  return `${cidr.slice(0, cidr.lastIndexOf('.'))}.${10 + random.below(230)}`;
}
