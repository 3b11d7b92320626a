import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { explain } from '../../src/mirror/explain.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import type { Check, Explanation } from '../../src/mirror/verdict.ts';
import { applyPlan } from '../../src/remediation/apply-plan.ts';
import { planRemediation } from '../../src/remediation/plan-remediation.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import {
  aBalancerTarget,
  aListener,
  aLoadBalancer,
  anAcl,
  anAclEntry,
  anInterface,
  anInventory,
  aPolicy,
  aRouteTable,
  aSensorInterface,
  aSubnet,
  aTarget,
} from '../support/inventories.ts';
import { anAccountOf } from '../support/mirror-writers.ts';

const NOW = new Date('2026-11-21T09:00:00Z');

const explained = (inventory: Inventory, policy: Partial<MirrorPolicy> = {}): Explanation | undefined =>
  explain('eni-1', indexAccount(inventory, aPolicy({ targets: [{ id: 'tmt-a' }], ...policy })));

const checkOf = (name: Check['check'], inventory: Inventory, policy: Partial<MirrorPolicy> = {}): Check | undefined =>
  explained(inventory, policy)?.candidates[0]?.checks.find(({ check }) => check === name);

/** A balancer with nodes in zones b and c, none in the zone of eni-1, each behind an ACL of its own that denies. */
const elsewhere = anInventory({
  trafficMirrorTargets: [aBalancerTarget()],
  listeners: [aListener()],
  loadBalancers: [
    aLoadBalancer({
      availabilityZones: [
        { zoneName: 'eu-west-1c', subnetId: 'subnet-c' },
        { zoneName: 'eu-west-1b', subnetId: 'subnet-b' },
      ],
    }),
  ],
  subnets: ['a', 'b', 'c'].map((zone) =>
    aSubnet({
      subnetId: `subnet-${zone}`,
      availabilityZone: `eu-west-1${zone}`,
      availabilityZoneId: `euw1-az-${zone}`,
      cidrBlock: undefined,
    }),
  ),
  networkInterfaces: [
    anInterface({ availabilityZone: 'eu-west-1a', availabilityZoneId: 'euw1-az-a' }),
    aSensorInterface('a'),
  ],
  networkAcls: [
    anAcl({ networkAclId: 'acl-a', subnetIds: ['subnet-a'] }),
    ...['b', 'c'].map((zone) =>
      anAcl({
        networkAclId: `acl-${zone}`,
        subnetIds: [`subnet-${zone}`],
        entries: [anAclEntry({ ruleAction: 'deny' })],
      }),
    ),
  ],
});

describe('the reason of a check', () => {
  it('does not depend on the order of zones, nor of any other list', () => {
    const lists = Object.entries(elsewhere).filter(([, value]) => Array.isArray(value));
    const seeds = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
    const expected = explained(elsewhere);
    expect(checkOf('network-acl', elsewhere)?.reason).toContain('network ACL acl-b');
    fc.assert(
      fc.property(seeds, (keys) => {
        let next = 0;
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((item) => ({ item, key: keys[next++ % keys.length] ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item);
        const other = Object.fromEntries(lists.map(([name, value]) => [name, shuffled(value as readonly unknown[])]));
        const loadBalancers = (elsewhere.loadBalancers ?? []).map((each) => ({
          ...each,
          availabilityZones: shuffled(each.availabilityZones),
        }));
        expect(explained({ ...elsewhere, ...other, loadBalancers })).toEqual(expected);
      }),
    );
  });

  it('names the same target of a sensor with two, whatever their order', () => {
    const [first, second] = [aTarget(), aTarget({ trafficMirrorTargetId: 'tmt-b' })];
    const selfOf = (trafficMirrorTargets: readonly [typeof first, typeof first]) =>
      explain(
        'eni-sensor-2',
        indexAccount(
          anInventory({
            trafficMirrorTargets,
            networkInterfaces: [
              aSensorInterface('a'),
              aSensorInterface('a', { networkInterfaceId: 'eni-sensor-2' }),
              anInterface(),
            ],
          }),
          aPolicy(),
        ),
      )?.verdict.reason;
    expect(selfOf([second, first])).toBe(selfOf([first, second]));
    expect(selfOf([first, second])).toContain('tmt-a');
  });
});

describe('a load balancer whose address is not known', () => {
  const outbound = (entries: Parameters<typeof anAcl>[0]) => ({
    ...elsewhere,
    networkAcls: [
      anAcl({ networkAclId: 'acl-a', subnetIds: ['subnet-a'], ...entries }),
      anAcl({ networkAclId: 'acl-open', subnetIds: ['subnet-b', 'subnet-c'] }),
    ],
  });
  const egress = { egress: true, cidrBlock: '10.0.1.0/24' } as const;

  it('is what the outbound check names, not an ACL that was read', () => {
    const inventory = outbound({ entries: [anAclEntry(), anAclEntry(egress)] });
    expect(checkOf('network-acl', inventory, { sourceEgressAcl: 'enforce' })).toMatchObject({
      result: 'unknown',
      reason:
        "the address of the target's load balancer node in subnet-b is not known, and what network ACL acl-a does with udp 4789 depends on it",
    });
  });

  it('does not matter where the ACL decides alike for every address', () => {
    const everywhere = { egress: true, cidrBlock: '0.0.0.0/0' } as const;
    const open = outbound({ entries: [anAclEntry(), anAclEntry(everywhere)] });
    expect(checkOf('network-acl', open, { sourceEgressAcl: 'enforce' })?.result).toBe('allow');
    const closed = outbound({ entries: [anAclEntry(), anAclEntry({ ...everywhere, ruleAction: 'deny' })] });
    expect(checkOf('network-acl', closed, { sourceEgressAcl: 'enforce' })?.result).toBe('block');
    const inTheWay = outbound({
      entries: [
        anAclEntry(),
        anAclEntry({ ...everywhere, ruleNumber: 200 }),
        anAclEntry({ ...egress, ruleNumber: 50, ruleAction: 'deny' }),
      ],
    });
    expect(checkOf('network-acl', inTheWay, { sourceEgressAcl: 'enforce' })?.result).toBe('unknown');
  });

  it('is named by the route check in another VPC', () => {
    const far = {
      ...elsewhere,
      loadBalancers: (elsewhere.loadBalancers ?? []).map((each) => ({ ...each, vpcId: 'vpc-2' })),
      routeTables: [aRouteTable()],
    };
    expect(checkOf('route', far)).toMatchObject({
      result: 'unknown',
      reason: "the address of the target's load balancer node in subnet-b is not known",
    });
  });
});

describe('a source with a session to a target that could not be checked', () => {
  it('is not unplaced after an apply that tries such targets', async () => {
    const account = anAccountOf(anInventory({ securityGroups: undefined }));
    const policy = aPolicy({ onUnknown: 'try' });
    const planNow = () => planRemediation(indexAccount(account.inventories()[0] ?? anInventory(), policy));
    const outcomes = await applyPlan(planNow(), account.writer, { now: NOW, clock: STOPPED_CLOCK });
    expect(outcomes.map(({ result }) => result)).toEqual(['done']);
    expect(planNow()).toMatchObject({ steps: [], unplaced: [] });
  });

  it('is unplaced, with the reason, where such targets are refused', () => {
    const { unplaced } = planRemediation(indexAccount(anInventory({ securityGroups: undefined }), aPolicy()));
    expect(unplaced).toMatchObject([{ networkInterfaceId: 'eni-1' }]);
  });
});
