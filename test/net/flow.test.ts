import { describe, expect, it } from 'vitest';
import { coversVxlan, protocolInWords } from '../../src/net/flow.ts';

describe('coversVxlan', () => {
  it.each([
    ['udp', 4789, 4789, true],
    ['UDP', 4789, 4789, true],
    ['17', 4789, 4789, true],
    ['tcp', 4789, 4789, false],
    ['6', 4789, 4789, false],
    ['icmp', -1, -1, false],
    ['1', -1, -1, false],
    ['-1', undefined, undefined, true],
    ['-1', 22, 22, true],
    ['udp', 4000, 4789, true],
    ['udp', 4789, 4790, true],
    ['udp', 0, 65535, true],
    ['udp', 4790, 4800, false],
    ['udp', 4000, 4788, false],
    ['udp', undefined, undefined, true],
    ['udp', -1, -1, true],
    ['udp', 4789, undefined, true],
    ['udp', undefined, 53, false],
  ])('protocol %s ports %s to %s: %s', (protocol, from, to, expected) => {
    expect(coversVxlan(protocol, { from, to })).toBe(expected);
  });
});

describe('protocolInWords', () => {
  it.each([
    ['-1', undefined, undefined, 'all traffic'],
    ['17', 4789, 4789, 'udp 4789'],
    ['udp', 4000, 5000, 'udp 4000-5000'],
    ['udp', undefined, undefined, 'all udp'],
    ['udp', 0, 65535, 'all udp'],
  ])('%s %s-%s is %s', (protocol, from, to, words) => {
    expect(protocolInWords(protocol, { from, to })).toBe(words);
  });
});
