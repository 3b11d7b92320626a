/** Accounts that earlier mirroring tools got wrong, each with the right answer. The numbers are those of our collection of such cases. */

import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { NetworkAclEntry } from '../../src/inventory/network-acl.ts';
import type { NetworkInterface } from '../../src/inventory/network-interface.ts';
import type { IpPermission } from '../../src/inventory/security-group.ts';
import { type AccountIndex, indexAccount } from '../../src/mirror/account-index.ts';
import { sessionFindings, verdictOf } from '../../src/mirror/coverage.ts';
import { POOL_TAG, poolOf } from '../../src/mirror/destinations.ts';
import { eligibilityOf } from '../../src/mirror/eligibility.ts';
import { explain, explainInstance } from '../../src/mirror/explain.ts';
import { sensorToken } from '../../src/mirror/ours/sensors.ts';
import { assign } from '../../src/mirror/placement/assign.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { selectTarget } from '../../src/mirror/select-target.ts';
import { freeSessionNumber } from '../../src/mirror/session-number.ts';
import type { Check, Verdict } from '../../src/mirror/verdict.ts';
import {
  aBalancerTarget,
  aFilter,
  aListener,
  aLoadBalancer,
  anAcl,
  anAclEntry,
  anEndpoint,
  anEndpointTarget,
  anInstance,
  anInterface,
  anInventory,
  anOurs,
  aPermission,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aTarget,
  attachedTo,
} from '../support/inventories.ts';
import { aWorld } from '../support/worlds.ts';

interface Account {
  readonly inventory?: Partial<Inventory>;
  readonly policy?: Partial<MirrorPolicy>;
}

const indexed = ({ inventory = {}, policy = {} }: Account): AccountIndex =>
  indexAccount(anInventory(inventory), aPolicy(policy));

const workload = (account: Account): NetworkInterface => {
  const found = indexed(account).networkInterface('eni-1');
  return typeof found === 'object' ? found : anInterface();
};

const verdict = (account: Account): Verdict => verdictOf(workload(account), indexed(account));
const selected = (account: Account): string | undefined => {
  const selection = selectTarget(workload(account), indexed(account));
  return selection.kind === 'selected' ? selection.trafficMirrorTargetId : undefined;
};

/** The check of tmt-b, which is in another subnet than eni-1. */
const check = (name: Check['check'], { inventory, policy }: Account): Check['result'] | undefined =>
  explain(
    'eni-1',
    indexed({ ...(inventory && { inventory }), policy: { ...policy, targets: [{ id: 'tmt-b' }] } }),
  )?.candidates[0]?.checks.find((one) => one.check === name)?.result;

const interfaces = (...all: NetworkInterface[]): NetworkInterface[] => [
  ...all,
  aSensorInterface('a'),
  aSensorInterface('b'),
];
const sensorRules = (...ipPermissions: IpPermission[]): Account => ({
  inventory: { securityGroups: [aSecurityGroup({ ipPermissions })] },
});
const aclEntries = (...entries: NetworkAclEntry[]): Account => ({
  inventory: {
    networkAcls: [
      anAcl({ subnetIds: ['subnet-a'] }),
      anAcl({ networkAclId: 'acl-b', subnetIds: ['subnet-b'], entries }),
    ],
  },
});
const udp = { protocol: '17', portRange: { from: 4789, to: 4789 } } as const;
const deny = (ruleNumber: number, rest: Partial<NetworkAclEntry> = {}): NetworkAclEntry =>
  anAclEntry({ ruleNumber, ruleAction: 'deny', ...rest });

describe('security groups', () => {
  it.each<[string, IpPermission, 'allow' | 'block' | 'unknown']>([
    [
      'case 2: protocol -1 from anywhere, without ports',
      aPermission({ ipProtocol: '-1', fromPort: undefined, toPort: undefined, cidrIps: ['0.0.0.0/0'] }),
      'allow',
    ],
    [
      'case 3: udp 4000-4789 includes its end',
      aPermission({ fromPort: 4000, toPort: 4789, cidrIps: ['10.0.0.0/8'] }),
      'allow',
    ],
    ['case 3: udp 4789-4790', aPermission({ toPort: 4790, cidrIps: ['10.0.0.0/8'] }), 'allow'],
    ['case 3: udp 0-65535', aPermission({ fromPort: 0, toPort: 65535, cidrIps: ['10.0.0.0/8'] }), 'allow'],
    ['case 3: udp 4790-4800', aPermission({ fromPort: 4790, toPort: 4800, cidrIps: ['10.0.0.0/8'] }), 'block'],
    ['case 3: udp 4789-4789', aPermission({ cidrIps: ['10.0.0.0/8'] }), 'allow'],
    ['case 4: protocol 17', aPermission({ ipProtocol: '17', cidrIps: ['10.0.0.0/8'] }), 'allow'],
    ['case 5: only the group of the source', aPermission({ userIdGroupPairs: [{ groupId: 'sg-workload' }] }), 'allow'],
    ['case 5: only another group', aPermission({ userIdGroupPairs: [{ groupId: 'sg-sensor' }] }), 'block'],
    ['case 6: a prefix list that could not be read', aPermission({ prefixListIds: ['pl-hidden'] }), 'unknown'],
    ['case 7: only the public address of the source', aPermission({ cidrIps: ['203.0.113.10/32'] }), 'block'],
    ['case 8: only a secondary address of the source', aPermission({ cidrIps: ['10.0.0.6/32'] }), 'block'],
  ])('%s', (_, permission, expected) => {
    expect(check('security-group', sensorRules(permission))).toBe(expected);
  });

  it('case 6: a prefix list that covers the source', () => {
    const inventory = {
      securityGroups: [aSecurityGroup({ ipPermissions: [aPermission({ prefixListIds: ['pl-1'] })] })],
      prefixLists: [{ prefixListId: 'pl-1', cidrs: ['192.0.2.0/24', '10.0.0.0/24'] }],
    };
    expect(check('security-group', { inventory })).toBe('allow');
  });

  it('case 17: one address for tcp 4789 and another for udp 53 do not add up', () => {
    const rules = sensorRules(
      aPermission({ ipProtocol: 'tcp', cidrIps: ['10.0.0.5/32'] }),
      aPermission({ fromPort: 53, toPort: 53, cidrIps: ['10.0.0.5/32'] }),
      aPermission({ cidrIps: ['10.9.9.9/32'] }),
    );
    expect(check('security-group', rules)).toBe('block');
  });
});

describe('network ACLs', () => {
  it.each<[string, NetworkAclEntry[], 'allow' | 'block']>([
    [
      'case 9: allow 17 from 10.0.0.0/8, then the final deny',
      [anAclEntry({ ...udp, cidrBlock: '10.0.0.0/8' }), deny(32767)],
      'allow',
    ],
    ['case 10: deny 17 before allow all', [deny(90, udp), anAclEntry()], 'block'],
    ['case 11: deny only the source before allow all', [deny(90, { cidrBlock: '10.0.0.5/32' }), anAclEntry()], 'block'],
    ['case 11: deny another address before allow all', [deny(90, { cidrBlock: '10.0.0.6/32' }), anAclEntry()], 'allow'],
    ['case 12: unsorted, allow 200 and deny 100', [anAclEntry({ ruleNumber: 200 }), deny(100)], 'block'],
    ['case 12: unsorted, deny 200 and allow 100', [deny(200), anAclEntry({ ruleNumber: 100 })], 'allow'],
    ['case 13: a port range with a protocol that passes', [anAclEntry(udp)], 'allow'],
    [
      'case 14: ports 4000-4789 include their end',
      [anAclEntry({ protocol: '17', portRange: { from: 4000, to: 4789 } })],
      'allow',
    ],
    ['case 14: ports 4790-4800', [anAclEntry({ protocol: '17', portRange: { from: 4790, to: 4800 } })], 'block'],
    ['case 15: same VPC, other subnet, everything denied', [deny(100), deny(32767)], 'block'],
  ])('%s', (_, entries, expected) => {
    expect(check('network-acl', aclEntries(...entries))).toBe(expected);
  });

  it('case 16: ACLs are not evaluated within a subnet, even if they deny everything', () => {
    expect(
      selected({
        inventory: { networkAcls: [anAcl({ entries: [deny(100)] })] },
        policy: { targets: [{ id: 'tmt-a' }] },
      }),
    ).toBe('tmt-a');
  });

  it('case 18: a subnet without an ACL in the list is unknown', () => {
    expect(check('network-acl', { inventory: { networkAcls: [anAcl({ subnetIds: ['subnet-a'] })] } })).toBe('unknown');
  });
});

describe('targets', () => {
  const nlb = aBalancerTarget({ trafficMirrorTargetId: 'tmt-nlb' });
  const endpoint = anEndpointTarget({ trafficMirrorTargetId: 'tmt-gwlbe' });

  it('case 19: a network load balancer and an endpoint are selected', () => {
    const inventory = {
      trafficMirrorTargets: [nlb, endpoint],
      loadBalancers: [aLoadBalancer()],
      listeners: [aListener()],
      vpcEndpoints: [anEndpoint()],
    };
    expect(selected({ inventory, policy: { targets: [{ id: 'tmt-nlb' }] } })).toBe('tmt-nlb');
    expect(selected({ inventory, policy: { targets: [{ id: 'tmt-gwlbe' }] } })).toBe('tmt-gwlbe');
  });

  it('case 20: a deleted target is skipped and reported', () => {
    const account = { policy: { targets: [{ id: 'tmt-gone' }, { id: 'tmt-a' }] } };
    expect(selected(account)).toBe('tmt-a');
    const gone = explain('eni-1', indexed(account))?.candidates.find((one) => one.trafficMirrorTargetId === 'tmt-gone');
    expect(gone?.checks[0]).toMatchObject({
      check: 'alive',
      result: 'block',
      reason: expect.stringContaining('tmt-gone'),
    });
  });

  it('case 28: a sensor of another account is unknown, not gone', () => {
    const inventory = {
      trafficMirrorTargets: [aTarget({ networkInterfaceId: 'eni-far', ownerId: '444455556666' })],
    };
    expect(verdict({ inventory, policy: { targets: [{ id: 'tmt-a' }] } })).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('444455556666'),
    });
  });

  it('case 58: an account without targets gets a finding, not a crash', () => {
    expect(verdict({ policy: { targets: [] } })).toMatchObject({ kind: 'missing', remediable: false });
  });

  it('case 55: when the target in the own zone is full, the other one is selected', () => {
    const trafficMirrorSessions = Array.from({ length: 10 }, (_, index) =>
      aSession({ trafficMirrorSessionId: `tms-${index}`, networkInterfaceId: `eni-x${index}` }),
    );
    expect(selected({ inventory: { trafficMirrorSessions } })).toBe('tmt-b');
  });

  it('case 43: a target that AWS refused as full is skipped, and nothing is launched', () => {
    const selection = selectTarget(anInterface(), indexed({}), { exclude: new Set(['tmt-a', 'tmt-b']) });
    expect(selection).toMatchObject({ kind: 'none', unknown: false });
  });

  it('case 46: a target has room again when a source leaves', () => {
    const policy = { targets: [{ id: 'tmt-a', maxSources: 1 }] };
    const trafficMirrorSessions = [aSession({ networkInterfaceId: 'eni-x' })];
    expect(selected({ policy, inventory: { trafficMirrorSessions } })).toBeUndefined();
    expect(selected({ policy })).toBe('tmt-a');
  });
});

describe('zones', () => {
  it('case 27: zone ids distinguish zones that have the same name in two accounts', () => {
    const far = aSensorInterface('a', {
      availabilityZone: 'eu-west-1a',
      availabilityZoneId: 'euw1-az3',
      subnetId: 'subnet-far',
    });
    const inventory = { networkInterfaces: [anInterface(), far, aSensorInterface('b')] };
    const [candidate] =
      explain('eni-1', indexed({ inventory, policy: { targets: [{ id: 'tmt-a' }] } }))?.candidates ?? [];
    expect(candidate?.tier).toBe('other-zone');
  });

  it('case 54: of two targets, the one in the same zone is selected', () => {
    expect(selected({})).toBe('tmt-a');
    const inB = anInterface({ subnetId: 'subnet-b', availabilityZone: 'eu-west-1b', availabilityZoneId: 'euw1-az2' });
    expect(selected({ inventory: { networkInterfaces: interfaces(inB) } })).toBe('tmt-b');
  });

  const onlyBLetsIn = {
    networkInterfaces: [anInterface(), aSensorInterface('a', { groupIds: ['sg-workload'] }), aSensorInterface('b')],
  };

  it('falls back to another zone when the target in the own zone is blocked', () => {
    expect(selected({ inventory: onlyBLetsIn })).toBe('tmt-b');
  });

  it('case 33: with localZoneOnly the reason names the zone', () => {
    const account = { inventory: onlyBLetsIn, policy: { localZoneOnly: true } };
    expect(selected(account)).toBeUndefined();
    expect(verdict(account).reason).toContain('only euw1-az1 is allowed');
  });
});

describe('load', () => {
  it('case 24: a large target with 50 of 100 sources is selected before a small one with 10 of 10', () => {
    const of = (target: string, count: number) =>
      Array.from({ length: count }, (_, index) =>
        aSession({
          trafficMirrorSessionId: `tms-${target}-${index}`,
          networkInterfaceId: `eni-${target}-${index}`,
          trafficMirrorTargetId: target,
        }),
      );
    const inventory = {
      instances: [
        anInstance(),
        anInstance({ instanceId: 'i-sensor-a', instanceType: 'c5.large' }),
        anInstance({ instanceId: 'i-sensor-b', instanceType: 'c5.24xlarge' }),
      ],
      trafficMirrorSessions: [...of('tmt-a', 10), ...of('tmt-b', 50)],
    };
    expect(selected({ inventory })).toBe('tmt-b');
    const capacities = explain('eni-1', indexed({ inventory }))?.candidates.map(({ capacity }) => capacity);
    expect(capacities?.toSorted()).toEqual([10, 100]);
  });

  it('case 82: the limit is 100 for a large sensor and 10 for others, unless configured', () => {
    const inventory = {
      instances: [anInstance(), anInstance({ instanceId: 'i-sensor-a', instanceType: 'c5.18xlarge' })],
    };
    const policy = { targets: [{ id: 'tmt-a' }, { id: 'tmt-b', maxSources: 3 }] };
    const candidates = explain('eni-1', indexed({ inventory, policy }))?.candidates ?? [];
    expect(Object.fromEntries(candidates.map((one) => [one.trafficMirrorTargetId, one.capacity]))).toEqual({
      'tmt-a': 100,
      'tmt-b': 3,
    });
  });

  it('case 25: distinct sources are counted, no matter who made the sessions', () => {
    const trafficMirrorSessions = [
      aSession({ trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-x' }),
      aSession({ trafficMirrorSessionId: 'tms-2', networkInterfaceId: 'eni-x', sessionNumber: 2, tags: [] }),
      aSession({ trafficMirrorSessionId: 'tms-3', networkInterfaceId: 'eni-y', tags: [] }),
    ];
    const found = explain('eni-1', indexed({ inventory: { trafficMirrorSessions } }))?.candidates;
    expect(found?.find((one) => one.trafficMirrorTargetId === 'tmt-a')?.sources).toBe(2);
  });

  const spread = (sources: number, targets: number): number[] => {
    const world = aWorld({
      sources: Array.from({ length: sources }, () => ({ zone: 'a' as const, targets: [...Array(targets).keys()] })),
      targets: Array.from({ length: targets }, () => ({ zone: 'a' as const, capacity: 10 })),
    });
    const { load } = assign(indexAccount(world.inventory, world.policy), world.sources);
    return load.map((one) => one.sources);
  };

  it.each([
    ['case 56: 4 on 2 empty targets', 4, 2, [2, 2]],
    ['case 56: 3 on 3 empty targets', 3, 3, [1, 1, 1]],
    ['case 31: a burst of 100 on 10 targets of 10', 100, 10, Array(10).fill(10)],
  ])('%s', (_, sources, targets, expected) => {
    expect(spread(sources, targets)).toEqual(expected);
  });

  it('case 64: with 2 sources that can only use A, a third that can use both goes to B', () => {
    const world = aWorld({
      sources: [
        { zone: 'a', targets: [0] },
        { zone: 'a', targets: [0] },
        { zone: 'a', targets: [0, 1] },
      ],
      targets: [
        { zone: 'a', capacity: 10 },
        { zone: 'a', capacity: 10 },
      ],
    });
    const { placed } = assign(indexAccount(world.inventory, world.policy), world.sources);
    expect(placed.map((one) => one.trafficMirrorTargetId)).toEqual(['tmt-0', 'tmt-0', 'tmt-1']);
  });
});

describe('sources', () => {
  const second = anInterface({
    networkInterfaceId: 'eni-2',
    privateIpAddress: '10.0.0.6',
    attachment: attachedTo('i-1', 1),
  });

  it('case 1: an interface without a public address is mirrored', () => {
    expect(selected({})).toBe('tmt-a');
  });

  it.each(['case 21', 'case 60', 'case 80'])('%s: both interfaces of an instance are mirrored', () => {
    const it = indexed({ inventory: { networkInterfaces: interfaces(anInterface(), second) } });
    expect(explainInstance('i-1', it)?.interfaces.map((one) => one.verdict.kind)).toEqual(['missing', 'missing']);
    expect(assign(it, [anInterface(), second]).placed).toHaveLength(2);
  });

  it('case 22: a session on the first interface does not hide the second one', () => {
    const inventory = { networkInterfaces: interfaces(anInterface(), second), trafficMirrorSessions: [aSession()] };
    expect(explainInstance('i-1', indexed({ inventory }))?.interfaces.map((one) => one.verdict.kind)).toEqual([
      'mirrored',
      'missing',
    ]);
  });

  it('case 26: a sensor is exempt', () => {
    expect(eligibilityOf(aSensorInterface('a'), indexed({}))).toMatchObject({ kind: 'exempt', code: 'SENSOR' });
  });

  it('case 38: three instances of one launch get three sessions', () => {
    const three = [1, 2, 3].map((index) =>
      anInterface({
        networkInterfaceId: `eni-n${index}`,
        privateIpAddress: `10.0.0.1${index}`,
        attachment: attachedTo(`i-n${index}`),
      }),
    );
    const instances = three.map(({ attachment }) => anInstance({ instanceId: attachment?.instanceId ?? '' }));
    const it = indexed({ inventory: { instances: [...(anInventory().instances ?? []), ...instances] } });
    expect(assign(it, three).placed).toHaveLength(3);
  });

  it('case 39: a terminated instance, which has no subnet, breaks nothing', () => {
    const dead = anInstance({ instanceId: 'i-dead', state: 'terminated', subnetId: undefined, vpcId: undefined });
    const it = indexed({ inventory: { instances: [...(anInventory().instances ?? []), dead] } });
    expect(explainInstance('i-dead', it)).toEqual({ resourceId: 'i-dead', interfaces: [] });
    expect(verdictOf(anInterface(), it).kind).toBe('missing');
  });

  it('case 40: the primary interface is the one with device index 0, not the first in the list', () => {
    const it = indexed({
      inventory: { networkInterfaces: interfaces(second, anInterface()) },
      policy: { interfaces: 'primary' },
    });
    expect(eligibilityOf(anInterface(), it).kind).toBe('source');
    expect(eligibilityOf(second, it)).toMatchObject({ kind: 'exempt', code: 'SECONDARY' });
  });

  it('case 41: an instance without interfaces breaks nothing', () => {
    expect(explainInstance('i-1', indexed({ inventory: { networkInterfaces: interfaces() } }))).toEqual({
      resourceId: 'i-1',
      interfaces: [],
    });
  });

  it.each(['case 50', 'case 63'])('%s: a stopped instance gets no session', () => {
    const stopped = { inventory: { instances: [anInstance({ state: 'stopped' })] } };
    expect(verdict(stopped)).toMatchObject({ kind: 'exempt', reason: 'instance i-1 is stopped' });
  });

  it.each([
    ['t3.micro', 'missing'],
    ['a1.large', 'missing'],
    ['m6i.large', 'missing'],
    ['t4g.small', 'missing'],
    ['z9.large', 'missing'],
    ['m6i.metal', 'missing'],
    ['t2.micro', 'exempt'],
    ['m3.large', 'exempt'],
  ])('cases 78, 80: an instance of type %s is %s', (instanceType, kind) => {
    const [, ...sensors] = anInventory().instances ?? [];
    expect(verdict({ inventory: { instances: [anInstance({ instanceType }), ...sensors] } }).kind).toBe(kind);
  });

  it('case 80: an untagged instance breaks nothing', () => {
    expect(verdict({ policy: { excludeTags: [{ key: 'mirror', value: 'no' }] } }).kind).toBe('missing');
  });

  it.each([
    ['case 81: a tag value that contains = excludes only that value', 'a=b', 'exempt'],
    ['case 81: another value of that key is not excluded', 'c', 'missing'],
  ])('%s', (_, value, kind) => {
    const tagged = anInterface({ tags: [{ key: 'skip', value }] });
    const account = {
      inventory: { networkInterfaces: interfaces(tagged) },
      policy: { excludeTags: [{ key: 'skip', value: 'a=b' }] },
    };
    expect(verdict(account).kind).toBe(kind);
  });
});

describe('sessions', () => {
  it('case 23: a foreign session does not count, and ours takes a free number', () => {
    const trafficMirrorSessions = [
      aSession({ trafficMirrorSessionId: 'tms-other', trafficMirrorFilterId: 'tmf-other', tags: [] }),
    ];
    const account = { inventory: { trafficMirrorSessions } };
    expect(verdict(account)).toMatchObject({ kind: 'missing', remediable: true });
    expect(freeSessionNumber('eni-1', indexed(account))).toEqual({ kind: 'free', sessionNumber: 2 });
  });

  it('case 23: three foreign sessions leave no slot, and the reason says so', () => {
    const trafficMirrorSessions = [1, 2, 3].map((sessionNumber) =>
      aSession({
        trafficMirrorSessionId: `tms-${sessionNumber}`,
        trafficMirrorFilterId: 'tmf-other',
        sessionNumber,
        tags: [],
      }),
    );
    const account = { inventory: { trafficMirrorSessions } };
    expect(verdict(account)).toMatchObject({
      kind: 'missing',
      remediable: false,
      reason: expect.stringContaining('tms-2'),
    });
    expect(freeSessionNumber('eni-1', indexed(account)).kind).toBe('none');
  });

  it('case 42: an interface that already has a session is mirrored', () => {
    expect(verdict({ inventory: { trafficMirrorSessions: [aSession()] } }).kind).toBe('mirrored');
  });

  it('case 51: a session is an orphan when a tag excludes its source later', () => {
    const tagged = anInterface({ tags: [{ key: 'mirror', value: 'no' }] });
    const it = indexed({
      inventory: { networkInterfaces: interfaces(tagged), trafficMirrorSessions: [aSession()] },
      policy: { excludeTags: [{ key: 'mirror', value: 'no' }] },
    });
    expect(sessionFindings(it)).toMatchObject([{ kind: 'orphan', trafficMirrorSessionId: 'tms-1', managed: true }]);
  });

  it('case 57: a session to a target that is not in the list breaks nothing', () => {
    const trafficMirrorSessions = [
      aSession({ networkInterfaceId: 'eni-x', trafficMirrorTargetId: 'tmt-unshared', tags: [] }),
    ];
    const account = { inventory: { trafficMirrorSessions } };
    expect(selected(account)).toBe('tmt-a');
    expect(sessionFindings(indexed(account)).map(({ kind }) => kind)).toContain('rogue');
  });

  it('case 59: of two sessions of ours on one interface, one is a duplicate and one stays', () => {
    const trafficMirrorSessions = [aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 })];
    const account = { inventory: { trafficMirrorSessions } };
    expect(verdict(account)).toMatchObject({ kind: 'duplicate', trafficMirrorSessionIds: ['tms-1', 'tms-2'] });
    expect(sessionFindings(indexed(account))).toMatchObject([
      { kind: 'duplicate', trafficMirrorSessionId: 'tms-2', keep: 'tms-1' },
    ]);
  });

  it.each([
    ['case 61: numbers 2 and 1, in that order', [2, 1], 3],
    ['case 62: the highest possible number', [32766, 1], 2],
    ['case 81: only number 2', [2], 1],
    ['none', [], 1],
  ])('%s', (_, numbers, expected) => {
    const trafficMirrorSessions = numbers.map((sessionNumber) =>
      aSession({ trafficMirrorSessionId: `tms-${sessionNumber}`, sessionNumber, tags: [] }),
    );
    expect(freeSessionNumber('eni-1', indexed({ inventory: { trafficMirrorSessions } }))).toEqual({
      kind: 'free',
      sessionNumber: expected,
    });
  });

  it('case 62: when the highest number is taken, the lowest free one is used', () => {
    const account = {
      inventory: { trafficMirrorSessions: [aSession({ sessionNumber: 32766, tags: [] })] },
      policy: { sessionNumber: 32766 },
    };
    expect(freeSessionNumber('eni-1', indexed(account))).toEqual({ kind: 'free', sessionNumber: 1 });
  });

  it('case 78: our session to a target that is no longer the right one must be changed', () => {
    const ours = anOurs({ sentTo: { 'tms-1': ['tmt-a'] } });
    const account = {
      inventory: { trafficMirrorSessions: [aSession()], ours },
      policy: { targets: [{ id: 'tmt-b' }] },
    };
    expect(verdict(account)).toMatchObject({ kind: 'ineffective', code: 'WRONG_TARGET' });
    expect(selected(account)).toBe('tmt-b');
  });

  it('case 66: an SSH-only filter of another purpose is not ours', () => {
    const trafficMirrorSessions = [aSession({ trafficMirrorFilterId: 'tmf-ssh', tags: [] })];
    const trafficMirrorFilters = [aFilter(), aFilter({ trafficMirrorFilterId: 'tmf-ssh' })];
    expect(verdict({ inventory: { trafficMirrorSessions, trafficMirrorFilters } }).kind).toBe('missing');
  });
});

describe('rules', () => {
  const pair = [
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
  ];
  const rule = (
    tagList: readonly { key: string; value?: string }[],
    match: 'all' | 'any' = 'all',
  ): Partial<MirrorPolicy> => ({
    rules: { tags: [{ tagList, match, filterId: 'tmf-1', targetIds: ['tmt-b'] }], subnets: [], vpcs: [] },
  });
  const matched = (policy: Partial<MirrorPolicy>, tags: readonly { key: string; value: string }[]): boolean =>
    eligibilityOf(anInterface({ tags }), indexed({ policy })).kind === 'source';

  it.each([
    ['case 34: one of two tags does not match all', rule(pair), [{ key: 'a', value: '1' }], false],
    ['case 34: two of two tags match all', rule(pair), pair, true],
    ['case 34: one of two tags matches any', rule(pair, 'any'), [{ key: 'a', value: '1' }], true],
    ['case 35: a key without a value matches any value', rule([{ key: 'env' }]), [{ key: 'env', value: 'prod' }], true],
    [
      'case 35: a key without a value does not match another key',
      rule([{ key: 'env' }]),
      [{ key: 'Env', value: 'prod' }],
      false,
    ],
    [
      'case 36: values are compared as strings',
      rule([{ key: 'n', value: 1 as unknown as string }]),
      [{ key: 'n', value: '1' }],
      true,
    ],
    [
      'case 37: tags in our own form match whatever event they came by',
      rule([{ key: 'a', value: '1' }]),
      [{ key: 'a', value: '1' }],
      true,
    ],
    ['case 48: empty lists of rules match nothing', { rules: { tags: [], subnets: [], vpcs: [] } }, pair, false],
  ])('%s', (_, policy, tags, expected) => {
    expect(matched(policy, tags)).toBe(expected);
  });

  it('case 37: tags come before subnets, subnets before VPCs', () => {
    const to = (id: string) => ({ filterId: 'tmf-1', targetIds: [id] });
    const rules = {
      tags: [{ tagList: [{ key: 'a' }], match: 'all' as const, ...to('tmt-tag') }],
      subnets: [{ subnetId: 'subnet-a', ...to('tmt-subnet') }],
      vpcs: [{ vpcId: 'vpc-1', ...to('tmt-vpc') }],
    };
    const destination = (overrides: Partial<NetworkInterface>) => {
      const found = eligibilityOf(anInterface(overrides), indexed({ policy: { rules } }));
      return found.kind === 'source' ? [found.destination.rule, ...found.destination.targetIds] : [];
    };
    expect(destination({ tags: [{ key: 'a', value: '' }] })).toEqual(['tags[0]', 'tmt-tag']);
    expect(destination({})).toEqual(['subnets[0]', 'tmt-subnet']);
    expect(destination({ subnetId: 'subnet-b' })).toEqual(['vpcs[0]', 'tmt-vpc']);
  });

  it('case 47: a sensor launched on demand serves only rules that would launch into its pool', () => {
    const launch = (imageId: string) => ({
      imageId,
      instanceType: 'c5.large',
      securityGroupIds: ['sg-sensor'],
      maxPerRun: 1,
    });
    const policy = (imageId: string): Partial<MirrorPolicy> => ({
      targets: [],
      rules: {
        tags: [],
        subnets: [{ subnetId: 'subnet-a', filterId: 'tmf-1', targetIds: [], onDemand: launch(imageId) }],
        vpcs: [],
      },
    });
    const pool = poolOf(launch('ami-1'), 'subnet-a');
    const sensor = anInstance({ instanceId: 'i-sensor-a', clientToken: sensorToken(pool, 0) });
    const instances = [...(anInventory().instances ?? []).filter((each) => each.instanceId !== 'i-sensor-a'), sensor];
    const trafficMirrorTargets = [aTarget({ tags: [{ key: POOL_TAG, value: pool }] })];
    const unproven = { instances, trafficMirrorTargets };
    const inventory = { ...unproven, ours: anOurs({ instanceIds: ['i-sensor-a'] }) };
    expect(selected({ inventory, policy: policy('ami-1') })).toBe('tmt-a');
    expect(selected({ inventory, policy: policy('ami-2') })).toBeUndefined();
    expect(selected({ inventory: unproven, policy: policy('ami-1') })).toBeUndefined();
  });
});
