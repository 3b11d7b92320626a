import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NetworkAclEntry } from '../../src/inventory/network-acl.ts';
import type { IpPermission } from '../../src/inventory/security-group.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { candidatesFor } from '../../src/mirror/select-target.ts';
import type { Check } from '../../src/mirror/verdict.ts';
import {
  anAcl,
  anAclEntry,
  anInterface,
  anInventory,
  aPermission,
  aPolicy,
  aSecurityGroup,
} from '../support/inventories.ts';

/** `10.0.2.0/24` holds `10.0.2.9` when the first 24 characters of their bits agree. An IPv6 block never holds an IPv4. */
function holds(block: string, address: string): boolean {
  if (block.includes(':')) return false;
  const [base = '', length = '32'] = block.split('/');
  const bits = (text: string): string =>
    text
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
  return bits(base).slice(0, Number(length)) === bits(address).slice(0, Number(length));
}

/** The model: what a person reading the rules aloud would say. */
function naiveAcl(entries: readonly NetworkAclEntry[], address: string): 'allow' | 'block' {
  let best: NetworkAclEntry | undefined;
  for (const entry of entries) {
    const isUdp = entry.protocol === '17' || entry.protocol === '-1';
    const { from, to } = entry.portRange ?? { from: 0, to: 65_535 };
    const isPort = entry.protocol === '-1' || (from <= 4789 && 4789 <= to);
    if (entry.egress || !isUdp || !isPort || entry.cidrBlock === undefined || !holds(entry.cidrBlock, address))
      continue;
    if (best === undefined || entry.ruleNumber < best.ruleNumber) best = entry;
  }
  return best?.ruleAction === 'allow' ? 'allow' : 'block';
}

function naiveGroups(
  permissions: readonly IpPermission[],
  address: string,
  groupIds: readonly string[],
): 'allow' | 'block' {
  const allows = permissions.some(({ ipProtocol, fromPort, toPort, cidrIps, userIdGroupPairs }) => {
    const isAll = ipProtocol === '-1';
    if (!isAll && ipProtocol !== 'udp' && ipProtocol !== '17') return false;
    if (!isAll && !((fromPort ?? 0) <= 4789 && 4789 <= (toPort ?? 65_535))) return false;
    return (
      cidrIps.some((cidr) => holds(cidr, address)) || userIdGroupPairs.some(({ groupId }) => groupIds.includes(groupId))
    );
  });
  return allows ? 'allow' : 'block';
}

const octet = fc.constantFrom(0, 1, 2, 128, 255);
const address = fc.tuple(octet, octet, octet).map(([a, b, c]) => `10.${a}.${b}.${c}`);
const block = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(address, fc.constantFrom(0, 8, 9, 16, 17, 24, 25, 31, 32)).map((it) => it.join('/')),
  },
  { weight: 1, arbitrary: fc.constantFrom('::/0', '2001:db8::/32', '::ffff:10.0.0.0/104') },
);
const ports = fc.constantFrom([4789, 4789], [4000, 4789], [4789, 5000], [4790, 4800], [0, 65_535], [53, 53]);

const entry: fc.Arbitrary<NetworkAclEntry> = fc
  .record({
    egress: fc.constantFrom(false, false, false, true),
    ruleAction: fc.constantFrom('allow' as const, 'deny' as const),
    protocol: fc.constantFrom('17', '17', '-1', '6', '1', '58'),
    block,
    ports: fc.option(ports, { nil: undefined }),
  })
  .map(({ block, ports, ...rest }) => ({
    ...rest,
    ruleNumber: 0,
    ...(block.includes(':') ? { ipv6CidrBlock: block } : { cidrBlock: block }),
    ...(ports === undefined ? {} : { portRange: { from: ports[0] ?? 0, to: ports[1] ?? 0 } }),
  }));
/** Rule numbers are unique in a direction, and come in no order. */
const entries = fc
  .tuple(fc.array(entry, { maxLength: 8 }), fc.shuffledSubarray([...Array(8).keys()], { minLength: 8 }))
  .map(([list, numbers]) => list.map((one, index) => ({ ...one, ruleNumber: 10 + (numbers[index] ?? 0) })));

const permission: fc.Arbitrary<IpPermission> = fc
  .record({
    ipProtocol: fc.constantFrom('udp', '17', '-1', 'tcp', 'icmp'),
    ports: fc.option(ports, { nil: undefined }),
    blocks: fc.array(block, { maxLength: 2 }),
    groups: fc.subarray(['sg-workload', 'sg-other']),
  })
  .map(({ ipProtocol, ports, blocks, groups }) =>
    aPermission({
      ipProtocol,
      fromPort: ports?.[0],
      toPort: ports?.[1],
      cidrIps: blocks.filter((one) => !one.includes(':')),
      cidrIpv6s: blocks.filter((one) => one.includes(':')),
      userIdGroupPairs: groups.map((groupId) => ({ groupId })),
    }),
  );

/** The check of tmt-b, which is in another subnet, for eni-1 with this address. */
function checkOf(
  name: Check['check'],
  privateIpAddress: string,
  rules: { entries?: readonly NetworkAclEntry[]; permissions?: readonly IpPermission[] },
): Check['result'] {
  const inventory = anInventory();
  const source = anInterface({ privateIpAddress });
  const account = indexAccount(
    anInventory({
      networkInterfaces: [source, ...(inventory.networkInterfaces ?? []).slice(1)],
      networkAcls: [
        anAcl({ subnetIds: ['subnet-a'] }),
        anAcl({ networkAclId: 'acl-b', subnetIds: ['subnet-b'], entries: rules.entries ?? [anAclEntry()] }),
      ],
      securityGroups: [aSecurityGroup(rules.permissions === undefined ? {} : { ipPermissions: rules.permissions })],
    }),
    aPolicy({ targets: [{ id: 'tmt-b' }] }),
  );
  const [candidate] = candidatesFor(source, account);
  return candidate?.checks.find(({ check }) => check === name)?.result ?? 'unknown';
}

describe('the firewall, against naive models', () => {
  it('network ACLs decide as the first matching entry by number', () => {
    fc.assert(
      fc.property(entries, address, (entries, source) => {
        expect(checkOf('network-acl', source, { entries })).toBe(naiveAcl(entries, source));
      }),
      { numRuns: 400 },
    );
  });

  it('network ACLs do not mind the order in which entries come', () => {
    fc.assert(
      fc.property(entries, address, (entries, source) => {
        expect(checkOf('network-acl', source, { entries: entries.toReversed() })).toBe(
          checkOf('network-acl', source, { entries }),
        );
      }),
    );
  });

  it('security groups decide as the union of permissions', () => {
    fc.assert(
      fc.property(fc.array(permission, { maxLength: 4 }), address, (permissions, source) => {
        expect(checkOf('security-group', source, { permissions })).toBe(
          naiveGroups(permissions, source, ['sg-workload']),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('security groups are monotone: one more permission never refuses', () => {
    fc.assert(
      fc.property(fc.array(permission, { maxLength: 3 }), permission, address, (permissions, more, source) => {
        fc.pre(checkOf('security-group', source, { permissions }) === 'allow');
        expect(checkOf('security-group', source, { permissions: [...permissions, more] })).toBe('allow');
      }),
    );
  });

  it('one more denial never lets more in', () => {
    fc.assert(
      fc.property(entries, block, fc.integer({ min: 1, max: 9 }), address, (entries, cidrBlock, ruleNumber, source) => {
        fc.pre(!cidrBlock.includes(':') && checkOf('network-acl', source, { entries }) === 'block');
        const denial = anAclEntry({ ruleNumber, ruleAction: 'deny', cidrBlock });
        expect(checkOf('network-acl', source, { entries: [...entries, denial] })).toBe('block');
      }),
    );
  });
});
