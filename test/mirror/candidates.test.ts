import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NetworkAclEntry } from '../../src/inventory/network-acl.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { candidateSetFor } from '../../src/mirror/candidates.ts';
import { destinationsOf } from '../../src/mirror/destinations.ts';
import { checksOf, type TargetJudgement } from '../../src/mirror/judge-target.ts';
import { hasBit } from '../../src/mirror/placement/bit-set.ts';
import {
  anAcl,
  anAclEntry,
  anInterface,
  anInventory,
  aPermission,
  aPolicy,
  aSecurityGroup,
  aSession,
} from '../support/inventories.ts';
import { address, block } from './checks/firewall-model.ts';

const entry: fc.Arbitrary<NetworkAclEntry> = fc
  .tuple(block, fc.constantFrom('allow' as const, 'deny' as const), fc.boolean())
  .map(([cidrBlock, ruleAction, egress]) => anAclEntry({ cidrBlock, ruleAction, egress }));
const account = fc.record({
  source: address,
  blocks: fc.array(block, { maxLength: 3 }),
  entries: fc.array(entry, { maxLength: 4 }),
  isListUnread: fc.boolean(),
  isFull: fc.boolean(),
  egress: fc.constantFrom('warn' as const, 'enforce' as const, 'ignore' as const),
  hasFilter: fc.constantFrom(true, true, true, false),
});

/** The candidates of eni-1 (subnet-a) among tmt-a, tmt-b (subnet-b) and tmt-c, which does not exist. */
function candidatesOf({ source, blocks, entries, isListUnread, isFull, egress, hasFilter }: Arbitrary) {
  const all = anInventory();
  const networkInterface = anInterface({ privateIpAddress: source });
  const prefixListIds = isListUnread ? ['pl-unread'] : [];
  const inventory = anInventory({
    networkInterfaces: [networkInterface, ...(all.networkInterfaces ?? []).slice(1)],
    securityGroups: [aSecurityGroup({ ipPermissions: [aPermission({ cidrIps: blocks, prefixListIds })] })],
    networkAcls: [
      anAcl({ subnetIds: ['subnet-a'], entries }),
      anAcl({ networkAclId: 'acl-b', subnetIds: ['subnet-b'], entries }),
    ],
    trafficMirrorSessions: isFull ? [aSession({ networkInterfaceId: 'eni-9' })] : [],
    ...(!hasFilter && { trafficMirrorFilters: [] }),
  });
  const targets = [{ id: 'tmt-a', maxSources: 1 }, { id: 'tmt-b' }, { id: 'tmt-c' }];
  const policy = aPolicy({ targets, sourceEgressAcl: egress });
  const to = destinationsOf(policy).of(networkInterface, []);
  if (to === undefined) throw new Error('there is a destination for everything');
  return candidateSetFor(networkInterface, to, indexAccount(inventory, policy));
}
type Arbitrary = typeof account extends fc.Arbitrary<infer T> ? T : never;

describe('candidateSetFor', () => {
  it.each([
    ['once for sources whose groups differ only in some that no target refers to', ['sg-workload', 'sg-web'], true],
    ['apart for a source in a group that a target refers to', ['sg-db'], false],
  ])('compares the targets %s', (_, groupIds, isShared) => {
    const referred = aPermission({ cidrIps: ['10.0.0.0/8'], userIdGroupPairs: [{ groupId: 'sg-db' }] });
    const inventory = anInventory({ securityGroups: [aSecurityGroup({ ipPermissions: [referred] })] });
    const index = indexAccount(inventory, aPolicy());
    const to = destinationsOf(aPolicy()).of(anInterface(), []);
    if (to === undefined) throw new Error('there is a destination for everything');
    const other = anInterface({ networkInterfaceId: 'eni-2', privateIpAddress: '10.0.0.6', groupIds });
    const isSame = candidateSetFor(other, to, index) === candidateSetFor(anInterface(), to, index);
    expect(isSame).toBe(isShared);
  });

  it('gives the results that all checks together give, without working them out', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(account, (one) => {
        const { targets, judge, pass, unknown, obstacles, best } = candidatesOf(one);
        expect(targets.map(({ id }) => id)).toEqual(['tmt-a', 'tmt-b', 'tmt-c']);
        const found = new Map(obstacles().map(({ target, check }) => [target, check]));
        for (const target of targets) {
          const judgement = judge(target);
          const { tier, result } = judgement;
          const zone = tier === 'same-zone' ? 'near' : 'far';
          const sets = { pass: hasBit(pass[zone], target.index), unknown: hasBit(unknown[zone], target.index) };
          const withRoom = worstOf(judgement, ({ check, result: each }) => check !== 'capacity' || each !== 'block');
          expect(sets).toEqual({ pass: withRoom === 'pass', unknown: withRoom === 'unknown' });
          expect(result).toBe(worstOf(judgement, () => true));
          expect(found.get(target)).toEqual(checksOf(judgement).find((check) => check.result === result));
          if (best !== undefined && hasBit(best.targets, target.index)) expect(best).toMatchObject({ tier, result });
          seen.add(`${result} ${withRoom}`);
        }
      }),
      { numRuns: 500 },
    );
    expect(seen).toEqual(new Set(['pass pass', 'unknown unknown', 'block block', 'block pass', 'block unknown']));
  });
});

function worstOf(judgement: TargetJudgement, counts: (check: ReturnType<typeof checksOf>[number]) => boolean): string {
  const results = checksOf(judgement)
    .filter(counts)
    .map(({ result }) => result);
  return results.includes('block') ? 'block' : results.includes('unknown') ? 'unknown' : 'pass';
}
