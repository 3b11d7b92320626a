/** Random firewall rules, and the check of a candidate behind them. The property tests of ACLs and security groups share these. */

import fc from 'fast-check';
import type { NetworkAclEntry } from '../../../src/inventory/network-acl.ts';
import type { IpPermission } from '../../../src/inventory/security-group.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { candidatesFor } from '../../../src/mirror/select-target.ts';
import type { Check } from '../../../src/mirror/verdict.ts';
import { anAcl, anAclEntry, anInterface, anInventory, aPolicy, aSecurityGroup } from '../../support/inventories.ts';

/** `10.0.2.0/24` holds `10.0.2.9` when the first 24 bits of both agree. An IPv6 block never holds an IPv4 address. */
export function holds(block: string, address: string): boolean {
  if (block.includes(':')) return false;
  const [base = '', length = '32'] = block.split('/');
  const bits = (text: string): string =>
    text
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
  return bits(base).slice(0, Number(length)) === bits(address).slice(0, Number(length));
}

const octet = fc.constantFrom(0, 1, 2, 128, 255);
/** Addresses in 10.0.0.0/8, close to the edges of the blocks below. */
export const address = fc.tuple(octet, octet, octet).map(([a, b, c]) => `10.${a}.${b}.${c}`);
/** Blocks of both families. */
export const block = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(address, fc.constantFrom(0, 8, 9, 16, 17, 24, 25, 31, 32)).map((it) => it.join('/')),
  },
  { weight: 1, arbitrary: fc.constantFrom('::/0', '2001:db8::/32', '::ffff:10.0.0.0/104') },
);
/** Port ranges, some of which include 4789. */
export const ports = fc.constantFrom([4789, 4789], [4000, 4789], [4789, 5000], [4790, 4800], [0, 65_535], [53, 53]);

/** A check of tmt-b, which is in another subnet, for eni-1 with this address. */
export function checkOf(
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
