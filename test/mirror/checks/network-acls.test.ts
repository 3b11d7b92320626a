import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NetworkAclEntry } from '../../../src/inventory/network-acl.ts';
import { anAclEntry } from '../../support/inventories.ts';
import { address, block, checkOf, holds, ports } from './firewall-model.ts';

/** The model: the first matching entry by number, found by looking at each. */
function firstMatch(entries: readonly NetworkAclEntry[], address: string): 'allow' | 'block' {
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
/** Rule numbers are unique and come in any order. */
const entries = fc
  .tuple(fc.array(entry, { maxLength: 8 }), fc.shuffledSubarray([...Array(8).keys()], { minLength: 8 }))
  .map(([list, numbers]) => list.map((one, index) => ({ ...one, ruleNumber: 10 + (numbers[index] ?? 0) })));

describe('network ACLs', () => {
  it('decide by the first matching entry in order of numbers', () => {
    fc.assert(
      fc.property(entries, address, (entries, source) => {
        expect(checkOf('network-acl', source, { entries })).toBe(firstMatch(entries, source));
      }),
      { numRuns: 400 },
    );
  });

  it('give the same result for any order of the entries', () => {
    fc.assert(
      fc.property(entries, address, (entries, source) => {
        expect(checkOf('network-acl', source, { entries: entries.toReversed() })).toBe(
          checkOf('network-acl', source, { entries }),
        );
      }),
    );
  });

  it('never admit more because of an additional denial', () => {
    fc.assert(
      fc.property(entries, block, fc.integer({ min: 1, max: 9 }), address, (entries, cidrBlock, ruleNumber, source) => {
        fc.pre(!cidrBlock.includes(':') && checkOf('network-acl', source, { entries }) === 'block');
        const denial = anAclEntry({ ruleNumber, ruleAction: 'deny', cidrBlock });
        expect(checkOf('network-acl', source, { entries: [...entries, denial] })).toBe('block');
      }),
    );
  });
});
