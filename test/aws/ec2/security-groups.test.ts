/** What the live reader reads for the rule about security groups, and what it says of what it could not read. */

import { beforeEach, describe, expect, it } from 'vitest';
import { audit } from '../../../src/audit/audit.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { LoadOptions, Need } from '../../../src/inventory/load-inventory.ts';
import type { SecurityGroupRule } from '../../../src/inventory/security-group.ts';
import { readTemplate, resolved } from '../../support/cloudformation.ts';
import { isAllowed, statementsOfRole } from '../../support/iam.ts';
import {
  ACCOUNT,
  anInstance,
  anInterface,
  anInventory,
  aPermission,
  aSecurityGroup,
  attachedTo,
  REGION,
} from '../../support/inventories.ts';
import { aFakeAws, livePorts, seed } from '../../support/live.ts';

const PAGE = 100;
const fake = aFakeAws({ page: PAGE });
const SCOPE = { accountId: ACCOUNT, region: REGION };
const ALL: Need = { kind: 'all' };
const NOTHING: Need = { kind: 'some', instanceIds: [], networkInterfaceIds: [] };
const OPTIONS = { region: REGION, ownAccountId: ACCOUNT };

const ssh = (peers: Parameters<typeof aPermission>[0]) =>
  aPermission({ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ...peers });
const WEB = aSecurityGroup({ groupId: 'sg-web', groupName: 'web', ipPermissions: [ssh({ cidrIps: ['0.0.0.0/0'] })] });
const LISTED = aSecurityGroup({ groupId: 'sg-list', ipPermissions: [ssh({ prefixListIds: ['pl-1'] })] });
const RULE: SecurityGroupRule = {
  ...{ securityGroupRuleId: 'sgr-1', groupId: 'sg-web', isEgress: false },
  ...{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIpv4: '0.0.0.0/0' },
};

/** An account with these groups and what `anInventory` has. `eni-1` on `i-1` uses `sg-web`. */
const accountOf = (more: Parameters<typeof anInventory>[0] = {}): Inventory => {
  const { networkInterfaces = [] } = anInventory();
  const [, ...sensors] = networkInterfaces;
  return anInventory({
    networkInterfaces: [anInterface({ groupIds: ['sg-other', 'sg-web'] }), ...sensors],
    securityGroups: [WEB, LISTED],
    securityGroupRules: [RULE],
    prefixLists: [{ prefixListId: 'pl-1', cidrs: ['0.0.0.0/0'] }],
    ...more,
  });
};

const load = (need: Need, options: Partial<LoadOptions> = {}): Promise<Inventory> =>
  livePorts(OPTIONS).inventory.load(SCOPE, need, { mirroring: false, groups: 'all', ...options });

/** What the rule says of each group: `sg-web fail`. */
function judged(inventory: Inventory, scope: 'all' | 'sighted' = 'all'): readonly string[] {
  const { findings, judgements } = audit(
    { inventory, sightings: [], scope, now: new Date('2026-11-20T12:00:00Z') },
    {
      tags: { requiredTags: [] },
      mirror: null,
      openGroups: { allowedPorts: [], exceptGroups: [], exceptTags: [] },
      ...{ exemptions: [], severities: {}, graceSeconds: 0 },
    },
  );
  return [
    ...findings.map(({ resourceId, status }) => `${resourceId} ${status}`),
    ...judgements.map(({ resourceId, result }) => `${resourceId} ${result}`),
  ].toSorted();
}

/** Prefix lists are of the account, of one that shares them, or AWS's own. No other of these calls has a resource. */
const resourcesOf = (call: string): readonly string[] =>
  call.startsWith('Describe')
    ? ['*']
    : [ACCOUNT, '222233334444', 'aws'].map((owner) => `arn:aws:ec2:${REGION}:${owner}:prefix-list/pl-1`);

beforeEach(() => {
  fake().fail();
  fake().calls.length = 0;
  seed(fake().account(ACCOUNT, REGION), accountOf());
});

describe('the complete account, for the rule about security groups', () => {
  it('has every group, its rules under their ids, the entries of its prefix lists and every interface', async () => {
    const inventory = await load(ALL);
    expect(inventory.securityGroups?.map(({ groupId }) => groupId)).toEqual(['sg-web', 'sg-list']);
    expect(inventory.securityGroupRules).toEqual([RULE]);
    expect(inventory.prefixLists).toEqual([{ prefixListId: 'pl-1', cidrs: ['0.0.0.0/0'] }]);
    expect(inventory.networkInterfaces).toHaveLength(3);
    expect(inventory).not.toHaveProperty('partial');
    expect(inventory.unread).toBeUndefined();
    expect(judged(inventory)).toEqual(['sg-list open', 'sg-web open']);
  });

  it('is read to the last page: groups, rules and entries', async () => {
    const groups = Array.from({ length: 250 }, (_, n) => aSecurityGroup({ groupId: `sg-${n}`, ipPermissions: [] }));
    const rules = Array.from({ length: 250 }, (_, n) => ({ ...RULE, securityGroupRuleId: `sgr-${n}` }));
    const cidrs = Array.from({ length: 250 }, (_, n) => `10.0.${n}.0/24`);
    seed(
      fake().account(ACCOUNT, REGION),
      accountOf({
        securityGroups: [...groups, LISTED],
        securityGroupRules: rules,
        prefixLists: [{ prefixListId: 'pl-1', cidrs }],
      }),
    );
    const inventory = await load(ALL);
    expect(inventory.securityGroups).toHaveLength(251);
    expect(inventory.securityGroupRules).toHaveLength(250);
    expect(inventory.prefixLists?.[0]?.cidrs).toHaveLength(250);
    for (const call of ['DescribeSecurityGroups', 'DescribeSecurityGroupRules', 'GetManagedPrefixListEntries'])
      expect(fake().count(call), call).toBe(3);
  });

  it('is read by calls that every role that judges may make, and by no others', async () => {
    await load(ALL);
    const calls = [
      ...['DescribeInstances', 'DescribeNetworkInterfaces', 'DescribeSecurityGroupRules', 'DescribeSecurityGroups'],
      'GetManagedPrefixListEntries',
    ];
    expect([...new Set(fake().calls)].toSorted()).toEqual(calls);
    const stack = resolved(readTemplate('template.json'), {});
    const member = resolved(readTemplate('deploy/member-role.json'), {});
    const roles = [
      ...['WatchRole', 'RespondRole', 'RemediateRole'].map((role) => statementsOfRole(stack, role)),
      ...Object.entries(member.Resources)
        .filter(([, { Type, Condition }]) => Type === 'AWS::IAM::Role' && Condition === undefined)
        .map(([role]) => statementsOfRole(member, role)),
    ];
    expect(roles).toHaveLength(4);
    const mayCall = (statements: Parameters<typeof isAllowed>[0]): readonly string[] =>
      calls.filter((call) =>
        resourcesOf(call).every((resource) => isAllowed(statements, { action: `ec2:${call}`, resource })),
      );
    for (const statements of roles) expect(mayCall(statements)).toEqual(calls);
    for (const role of ['SweepRole', 'ReportRole']) expect(mayCall(statementsOfRole(stack, role)), role).toEqual([]);
  });

  it('makes no call for groups where the rule is off', async () => {
    await load(ALL, { groups: [] });
    expect([...new Set(fake().calls)]).toEqual(['DescribeInstances']);
  });
});

describe('a look at some groups', () => {
  it.each([
    ['its id', ['sg-web']],
    ['its name', ['web']],
  ])('has what uses a group that is named by %s, and says so', async (_, groups) => {
    const inventory = await load(NOTHING, { groups });
    expect(inventory.networkInterfaces?.map(({ networkInterfaceId }) => networkInterfaceId)).toEqual(['eni-1']);
    expect(inventory.instances?.map(({ instanceId }) => instanceId)).toEqual(['i-1']);
    expect(inventory.partial).toMatchObject({ securityGroupIds: ['sg-web'] });
  });

  it('asks for what uses many groups together, 200 to a call', async () => {
    const ids = Array.from({ length: 250 }, (_, n) => `sg-${n}`);
    const networkInterfaces = ids.map((id, n) =>
      anInterface({ networkInterfaceId: `eni-${n}`, groupIds: [id], attachment: attachedTo('i-1', n) }),
    );
    const securityGroups = ids.map((groupId) => aSecurityGroup({ groupId, ipPermissions: [] }));
    seed(fake().account(ACCOUNT, REGION), accountOf({ securityGroups, networkInterfaces, instances: [anInstance()] }));
    const inventory = await load(NOTHING, { groups: ids });
    expect(inventory.networkInterfaces).toHaveLength(250);
    expect(inventory.partial?.securityGroupIds).toHaveLength(250);
    // 200 groups in the first call, whose answer has two pages, and 50 in the second.
    expect(fake().count('DescribeNetworkInterfaces')).toBe(3);
    expect(fake().count('DescribeInstances')).toBe(1);
  });

  it('asks for nothing that uses a group that is not there', async () => {
    const inventory = await load(NOTHING, { groups: ['sg-gone'] });
    expect(fake().calls).not.toContain('DescribeNetworkInterfaces');
    expect(inventory.securityGroups?.map(({ groupId }) => groupId)).toContain('sg-web');
  });
});

describe('what the credentials may not read', () => {
  const denied = (action: string) => fake().fail({ action, code: 'UnauthorizedOperation', status: 403, times: 99 });

  it('groups: they are unread, and none is judged', async () => {
    denied('DescribeSecurityGroups');
    const inventory = await load(ALL);
    expect(inventory.securityGroups).toBeUndefined();
    expect(inventory.unread?.securityGroups).toContain('UnauthorizedOperation');
    expect(judged(inventory).filter((one) => one.endsWith(' pass'))).toEqual([]);
  });

  it('prefix lists: their entries are unknown, and so is a group that needs them', async () => {
    denied('GetManagedPrefixListEntries');
    const inventory = await load(ALL);
    expect(inventory.prefixLists).toEqual([{ prefixListId: 'pl-1' }]);
    expect(judged(inventory)).toEqual(['sg-list unknown', 'sg-web open']);
  });

  it('rules by their ids: everything else is read, and the fix names rules by what they open', async () => {
    denied('DescribeSecurityGroupRules');
    const inventory = await load(ALL);
    expect(inventory.securityGroupRules).toBeUndefined();
    expect(inventory.unread).toBeUndefined();
    expect(inventory.unreadForCauses?.securityGroupRules).toContain('UnauthorizedOperation');
    expect(judged(inventory)).toEqual(['sg-list open', 'sg-web open']);
  });

  it('interfaces: what uses the groups is unknown, and no empty list', async () => {
    denied('DescribeNetworkInterfaces');
    const inventory = await load(NOTHING, { groups: ['sg-web'] });
    expect(inventory.networkInterfaces).toBeUndefined();
    expect(inventory.unread?.networkInterfaces).toContain('UnauthorizedOperation');
    expect(inventory.partial?.securityGroupIds).toBeUndefined();
  });

  it('a second page: the list is unread, and not as long as the first page', async () => {
    const many = Array.from({ length: PAGE + 1 }, (_, n) => aSecurityGroup({ groupId: `sg-${n}`, ipPermissions: [] }));
    seed(fake().account(ACCOUNT, REGION), accountOf({ securityGroups: many }));
    fake().fail({ action: 'DescribeSecurityGroups', code: 'UnauthorizedOperation', status: 403, skip: 1, times: 99 });
    const inventory = await load(ALL);
    expect(inventory.securityGroups).toBeUndefined();
    expect(inventory.unread?.securityGroups).toContain('UnauthorizedOperation');
  });

  it.each(['DescribeSecurityGroups', 'GetManagedPrefixListEntries'])(
    'for the moment only (%s fails): the look is tried again later',
    async (action) => {
      fake().fail({ action, code: 'InternalError', status: 500, times: 100 });
      await expect(load(ALL)).rejects.toMatchObject({ retryable: true });
    },
    60_000,
  );
});
