import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalCidr, ipv4Of, parseCidr } from '../../src/net/cidr.ts';

/** Compares the first `length` bits of two addresses one by one: the definition of a block, slow and obvious. */
function sameBits(a: bigint, b: bigint, bits: number, length: number): boolean {
  for (let bit = 0; bit < length; bit += 1) {
    const shift = BigInt(bits - 1 - bit);
    if (((a >> shift) & 1n) !== ((b >> shift) & 1n)) return false;
  }
  return true;
}

/** Whether a block contains an address, by the parsed ranges of both. */
function holds(block: string, address: string): boolean {
  const outer = parseCidr(block);
  const inner = parseCidr(address);
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

const v4Text = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
const v6Text = (value: bigint): string =>
  Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16)).join(':');

/** Pairs of addresses that share a random number of leading bits, to get both answers often. */
function neighbours(bits: number): fc.Arbitrary<{ block: bigint; address: bigint; length: number }> {
  const all = (1n << BigInt(bits)) - 1n;
  return fc
    .record({
      block: fc.bigInt({ min: 0n, max: all }),
      noise: fc.bigInt({ min: 0n, max: all }),
      shared: fc.integer({ min: 0, max: bits }),
      length: fc.integer({ min: 0, max: bits }),
    })
    .map(({ block, noise, shared, length }) => ({ block, length, address: block ^ (noise >> BigInt(shared)) }));
}

describe('parseCidr', () => {
  it('agrees with comparing leading bits one by one, for IPv4', () => {
    fc.assert(
      fc.property(neighbours(32), ({ block, address, length }) => {
        expect(holds(`${v4Text(block)}/${length}`, v4Text(address))).toBe(sameBits(block, address, 32, length));
      }),
    );
  });

  it('agrees with comparing leading bits one by one, for IPv6', () => {
    fc.assert(
      fc.property(neighbours(128), ({ block, address, length }) => {
        expect(holds(`${v6Text(block)}/${length}`, v6Text(address))).toBe(sameBits(block, address, 128, length));
      }),
    );
  });

  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.2.7/24', '10.0.2.200', true],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['10.0.0.5/32', '10.0.0.5', true],
    ['10.0.0.5', '10.0.0.6', false],
    ['::/0', '10.0.0.5', false],
    ['0.0.0.0/0', '::1', false],
    ['::ffff:10.0.0.0/104', '10.0.0.5', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
  ])('%s contains %s: %s', (cidr, address, expected) => {
    expect(holds(cidr, address)).toBe(expected);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '010.0.0.1/8',
    '10.0.0.256',
    'fe80::1%eth0',
    '2001:db8::/129',
    'any',
  ])('refuses %j', (text) => {
    expect(() => parseCidr(text)).toThrow(expect.objectContaining({ code: 'address-invalid' }));
  });

  it('quotes at most as much of the text as an address can be long', () => {
    expect(() => parseCidr('9'.repeat(5_000))).toThrow(/^.{0,300}$/s);
  });
});

describe('ipv4Of', () => {
  it.each([
    ['10.0.0.5', 0x0a000005],
    ['255.255.255.255', 2 ** 32 - 1],
    ['10.0.0.5/32', undefined],
    ['::1', undefined],
    ['x', undefined],
    [undefined, undefined],
  ])('%s is %s', (text, expected) => {
    expect(ipv4Of(text)).toBe(expected);
  });
});

describe('canonicalCidr', () => {
  it.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.7/32', '192.0.2.7/32'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['2001:0DB8:0:0::1/32', '2001:db8::/32'],
    ['::/0', '::/0'],
    ['10.0.0.0/33', '10.0.0.0/33'],
    ['pl-0a', 'pl-0a'],
    ['', ''],
  ])('%s is %s in EC2', (text, canonical) => {
    expect(canonicalCidr(text)).toBe(canonical);
  });
});
