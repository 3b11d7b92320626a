import { describe, expect, it } from 'vitest';
import { type IngressRule, openToWorld } from '../../../src/audit/open-groups/open-to-world.ts';
import { portsOf } from '../../../src/config/watch-schema.ts';

const NONE = (): undefined => undefined;
const ALL4 = '0.0.0.0/0';
const HALVES = ['0.0.0.0/1', '128.0.0.0/1'];
const QUARTERS = ['0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/2', '192.0.0.0/2'];

function rule(ports: string, ...peers: readonly string[]): IngressRule {
  const [ipProtocol = '-1', range = ''] = ports.split('/');
  const [from, to = from] = range === '' ? [] : range.split('-').map(Number);
  return {
    ...{ ipProtocol, fromPort: from, toPort: to },
    cidrIps: peers.filter((peer) => !peer.includes(':') && !peer.startsWith('pl-')),
    cidrIpv6s: peers.filter((peer) => peer.includes(':')),
    prefixListIds: peers.filter((peer) => peer.startsWith('pl-')),
  };
}

function openBy(rules: readonly IngressRule[], allowed: readonly (string | number)[] = []): readonly string[] {
  const { open } = openToWorld(
    rules,
    NONE,
    allowed.flatMap((ports) => portsOf(ports) ?? []),
  );
  return open.map(({ protocol, from, to, family }) => `${protocol}/${from}-${to} IPv${family}`);
}

describe('openToWorld', () => {
  it.each([
    ['one rule for everybody', [rule('tcp/22', ALL4)], ['6/22-22 IPv4']],
    ['a block of prefix length 0 with host bits', [rule('tcp/22', '10.1.2.3/0')], ['6/22-22 IPv4']],
    ['IPv6', [rule('tcp/22', '::/0')], ['6/22-22 IPv6']],
    ['IPv6 in another spelling', [rule('tcp/22', '0:0:0:0::/0')], ['6/22-22 IPv6']],
    ['both families', [rule('tcp/22', ALL4, '::/0')], ['6/22-22 IPv4', '6/22-22 IPv6']],
    ['two halves in one rule', [rule('tcp/22', ...HALVES)], ['6/22-22 IPv4']],
    ['two halves in two rules', HALVES.map((half) => rule('tcp/22', half)), ['6/22-22 IPv4']],
    ['four quarters', QUARTERS.map((quarter) => rule('tcp/22', quarter)), ['6/22-22 IPv4']],
    ['halves of IPv6', [rule('tcp/22', '::/1', '8000::/1')], ['6/22-22 IPv6']],
    [
      'half and two quarters',
      [rule('tcp/22', '0.0.0.0/1'), rule('tcp/22', '128.0.0.0/2', '192.0.0.0/2')],
      ['6/22-22 IPv4'],
    ],
    ['halves whose ports overlap', [rule('tcp/22', '0.0.0.0/1'), rule('tcp/22-25', '128.0.0.0/1')], ['6/22-22 IPv4']],
    [
      'halves for tcp and for every protocol',
      [rule('tcp/22', '0.0.0.0/1'), rule('-1', '128.0.0.0/1')],
      ['6/22-22 IPv4'],
    ],
    ['half of the addresses', [rule('tcp/22', '0.0.0.0/1')], []],
    ['three quarters', QUARTERS.slice(1).map((quarter) => rule('tcp/22', quarter)), []],
    ['everything but one address', lacksOne().map((block) => rule('tcp/22', block)), []],
    ['halves of two families', [rule('tcp/22', '0.0.0.0/1', '8000::/1')], []],
    ['halves on different ports', [rule('tcp/22', '0.0.0.0/1'), rule('tcp/23', '128.0.0.0/1')], []],
    ['halves of different protocols', [rule('tcp/22', '0.0.0.0/1'), rule('udp/22', '128.0.0.0/1')], []],
    ['the same half twice', [rule('tcp/22', '0.0.0.0/1'), rule('tcp/22', '0.0.0.0/1')], []],
    ['a private network', [rule('tcp/22', '10.0.0.0/8')], []],
    ['nobody', [rule('tcp/22')], []],
    ['no rule', [], []],
    ['every protocol', [rule('-1', ALL4)], ['-1/0-65535 IPv4']],
    ['every protocol, although ports are named', [rule('-1/22', ALL4)], ['-1/0-65535 IPv4']],
    ['protocols by number', [rule('6/22', ALL4), rule('17/53', ALL4)], ['17/53-53 IPv4', '6/22-22 IPv4']],
    ['a protocol in capitals', [rule('TCP/22', ALL4)], ['6/22-22 IPv4']],
    ['tcp without ports', [rule('tcp', ALL4)], ['6/0-65535 IPv4']],
    ['ports of -1', [{ ...rule('tcp', ALL4), fromPort: -1, toPort: -1 }], ['6/0-65535 IPv4']],
    ['another protocol', [rule('47', ALL4)], ['47/0-65535 IPv4']],
    ['every ICMP message', [{ ...rule('icmp', ALL4), fromPort: -1, toPort: -1 }], ['1/0-65535 IPv4']],
    ['an ICMP type', [{ ...rule('icmp', ALL4), fromPort: 8, toPort: -1 }], ['1/2048-2303 IPv4']],
    ['an ICMP type and code', [{ ...rule('icmp', ALL4), fromPort: 3, toPort: 4 }], ['1/772-772 IPv4']],
  ] as const)('sees %s', (_, rules, expected) => {
    expect(openBy(rules)).toEqual(expected);
  });

  it.each([
    ['an allowed port', [rule('tcp/443', ALL4)], [443], []],
    ['udp by a port that is allowed for tcp', [rule('udp/443', ALL4)], [443], ['17/443-443 IPv4']],
    ['udp where it is allowed', [rule('udp/443', ALL4)], ['udp/443'], []],
    ['a range with a port that is not allowed', [rule('tcp/80-81', ALL4)], [80], ['6/81-81 IPv4']],
    ['a range of allowed ports', [rule('tcp/80-81', ALL4)], [80, 81], []],
    ['a range around an allowed port', [rule('tcp/79-81', ALL4)], [80], ['6/79-79 IPv4', '6/81-81 IPv4']],
    ['an allowed range', [rule('tcp/8000-8010', ALL4)], ['8000-8100'], []],
    ['every tcp port', [rule('tcp', ALL4)], ['0-65535'], []],
    ['every protocol', [rule('-1', ALL4)], ['0-65535', 'udp/0-65535'], ['-1/0-65535 IPv4']],
    [
      'ICMP of a type that is an allowed port',
      [{ ...rule('icmp', ALL4), fromPort: 8, toPort: 0 }],
      [8],
      ['1/2048-2048 IPv4'],
    ],
    ['halves of an allowed port', [rule('tcp/443', '0.0.0.0/1'), rule('tcp/1-500', '128.0.0.0/1')], [443], []],
  ] as const)('judges %s by the allowed ports', (_, rules, allowed, expected) => {
    expect(openBy(rules, allowed)).toEqual(expected);
  });

  it('expands prefix lists, alone and with other rules', () => {
    const lists = new Map([
      ['pl-half', ['0.0.0.0/1']],
      ['pl-all', ['10.0.0.0/8', '::/0']],
    ]);
    const open = (rules: readonly IngressRule[]) => openToWorld(rules, (id) => lists.get(id), []);
    expect(open([rule('tcp/22', 'pl-half')])).toEqual({ open: [], unknown: [] });
    expect(open([rule('tcp/22', 'pl-all')]).open).toMatchObject([{ family: 6, doors: [{ peer: 'pl-all' }] }]);
    const both = open([rule('tcp/22', 'pl-half'), rule('tcp/22', '128.0.0.0/1')]);
    expect(both.open.flatMap(({ doors }) => doors.map(({ peer }) => peer))).toEqual(['pl-half', '128.0.0.0/1']);
  });

  it('names what it does not know, unless it cannot matter', () => {
    const ports = [{ protocol: 'tcp', from: 443, to: 443 }] as const;
    expect(openToWorld([rule('tcp/22', 'pl-1', 'x.x.x.x/0')], NONE, ports)).toEqual({
      open: [],
      unknown: ['prefix list pl-1', 'the block "x.x.x.x/0"'],
    });
    expect(openToWorld([rule('tcp/443', 'pl-1')], NONE, ports)).toEqual({ open: [], unknown: [] });
  });

  it('agrees with a model that asks for every port and block, whatever the rules', () => {
    const seed = Number(process.env.MIRRORWATCH_OPEN_GROUPS_SEED ?? 20_260_312);
    const random = sequence(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const ports = [0, 1, 21, 22, 23, 443, 65_535];
    for (let round = 0; round < 3_000; round++) {
      const rules = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
        const [from, to] = [pick(ports), pick(ports)].toSorted((a, b) => a - b);
        const peers = Array.from({ length: 1 + Math.floor(random() * 4) }, () => someBlock(random));
        return rule(pick(['-1', `tcp/${from}-${to}`, `udp/${from}-${to}`, `6/${from}-${to}`]), ...peers);
      });
      const { open } = openToWorld(rules, NONE, [{ protocol: 'tcp', from: 22, to: 30 }]);
      const asked = ([4, 6] as const).flatMap((family) =>
        ['6', '17', '47'].flatMap((protocol) => [...ports, 24, 30, 31].map((port) => ({ family, protocol, port }))),
      );
      const wrong = asked.filter(
        ({ family, protocol, port }) =>
          isOpen(rules, { family, protocol, port }) !==
          open.some(
            (one) =>
              one.family === family && ['-1', protocol].includes(one.protocol) && one.from <= port && port <= one.to,
          ),
      );
      if (wrong.length > 0) expect({ seed, round, rules, wrong }).toBeUndefined();
    }
  });

  it('answers in seconds for thousands of rules', () => {
    const rules = Array.from({ length: 8_000 }, (_, index) =>
      rule(`tcp/${index}-${65_535 - index}`, `${index % 2 === 0 ? '0' : '128'}.0.0.0/1`),
    );
    const started = performance.now();
    expect(openToWorld(rules, NONE, []).open.length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

/** Numbers from 0 up to 1, the same ones for the same seed. */
function sequence(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646.5;
  };
}

/** Blocks that hold every address but 0.0.0.0. */
function lacksOne(): readonly string[] {
  return Array.from({ length: 32 }, (_, bit) => {
    const first = 2 ** bit;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${32 - bit}`;
  });
}

const EIGHTHS = [0, 1, 2, 3, 4, 5, 6, 7];

/** A block of at least an eighth of the addresses of a family. */
function someBlock(random: () => number): string {
  const prefix = Math.floor(random() * 4);
  const first = Math.floor(random() * 2 ** prefix) * 2 ** (3 - prefix);
  return random() < 0.6 ? `${first * 32}.0.0.0/${prefix}` : `${(first * 0x2000).toString(16)}::/${prefix}`;
}

/** Asks every rule about each eighth of the addresses. Written without the code under test. */
function isOpen(
  rules: readonly IngressRule[],
  { family, protocol, port }: { readonly family: 4 | 6; readonly protocol: string; readonly port: number },
): boolean {
  const numbers: Readonly<Record<string, string>> = { tcp: '6', udp: '17' };
  const everybody = (some: readonly IngressRule[]): boolean =>
    EIGHTHS.every((eighth) =>
      some.some(({ cidrIps, cidrIpv6s }) =>
        (family === 4 ? cidrIps : cidrIpv6s).some((block) => {
          const [address = '', prefix = '0'] = block.split('/');
          const first = family === 4 ? Number(address.split('.')[0]) / 32 : Number.parseInt(address, 16) / 0x2000;
          return eighth >= (first || 0) && eighth < (first || 0) + 2 ** (3 - Number(prefix));
        }),
      ),
    );
  if (everybody(rules.filter(({ ipProtocol }) => ipProtocol === '-1'))) return true;
  if (protocol === '6' && port >= 22 && port <= 30) return false;
  const here = rules.filter(
    ({ ipProtocol, fromPort = 0, toPort = 65_535 }) =>
      ipProtocol === '-1' || ((numbers[ipProtocol] ?? ipProtocol) === protocol && fromPort <= port && port <= toPort),
  );
  // A protocol that no rule names is open only by the rules for every protocol.
  return here.some(({ ipProtocol }) => ipProtocol !== '-1') && everybody(here);
}
