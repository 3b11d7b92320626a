import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { partsOfFix } from '../../../src/audit/fixes/fix-parts.ts';
import { revocationFix } from '../../../src/audit/fixes/revocation.ts';
import { isOneCommand } from '../../../src/audit/fixes/shell.ts';
import { type IngressRule, openToWorld } from '../../../src/audit/open-groups/open-to-world.ts';
import { portsOf } from '../../../src/config/watch-schema.ts';
import type { SecurityGroupRule } from '../../../src/inventory/security-group.ts';

const ALL4 = '0.0.0.0/0';

/** A rule such as `tcp/22` or `tcp/0-65535` with its peers. */
function rule(ports: string, ...peers: readonly string[]): IngressRule {
  const [ipProtocol = '-1', range = ''] = ports.split('/');
  const [fromPort, toPort = fromPort] = range === '' ? [] : range.split('-').map(Number);
  return {
    ...{ ipProtocol, fromPort, toPort },
    cidrIps: peers.filter((peer) => !peer.includes(':') && !peer.startsWith('pl-')),
    cidrIpv6s: peers.filter((peer) => peer.includes(':')),
    prefixListIds: peers.filter((peer) => peer.startsWith('pl-')),
  };
}

/** The same rules under ids, a rule for each peer: `sgr-1`, `sgr-2`… */
function withIds(rules: readonly IngressRule[]): readonly SecurityGroupRule[] {
  const each = rules.flatMap(({ cidrIps, cidrIpv6s, prefixListIds, ...ports }) => [
    ...cidrIps.map((cidrIpv4) => ({ ...ports, cidrIpv4 })),
    ...cidrIpv6s.map((cidrIpv6) => ({ ...ports, cidrIpv6 })),
    ...prefixListIds.map((prefixListId) => ({ ...ports, prefixListId })),
  ]);
  return each.map((one, index) => ({
    ...{ ...one, securityGroupRuleId: `sgr-${index + 1}`, groupId: 'sg-web', isEgress: false },
  }));
}

interface Given {
  readonly rules: readonly IngressRule[];
  readonly allowed?: readonly (number | string)[];
  readonly ids?: readonly SecurityGroupRule[] | undefined;
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  readonly groupId?: string;
}

/** The fix of a group with these rules. */
function fixOf({ rules, allowed = [], ids, lists = {}, groupId = 'sg-web' }: Given): string {
  const ports = allowed.flatMap((one) => portsOf(one) ?? []);
  const { open } = openToWorld(rules, (id) => lists[id], ports);
  return revocationFix({ groupId, region: 'eu-west-1', open, allowed: ports, rules: ids });
}

/** The words that a shell makes of a fix's command. */
function wordsOf(fix: string): readonly string[] {
  const script = `printf '%s\\0' ${partsOfFix(fix).command}`;
  return execFileSync('/bin/sh', { input: script, env: {} }).toString('utf8').split('\0').slice(0, -1);
}

/** The members that EC2 knows. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
const PEERS: Readonly<Record<string, string>> = {
  IpRanges: 'CidrIp',
  Ipv6Ranges: 'CidrIpv6',
  PrefixListIds: 'PrefixListId',
};

/**
 * What `aws ec2 revoke-security-group-ingress` is asked to revoke: ids, or `tcp 22-22 0.0.0.0/0`. Throws for a command that the AWS CLI
 * would refuse.
 *
 * @see https://docs.aws.amazon.com/cli/latest/reference/ec2/revoke-security-group-ingress.html
 */
function revoked(fix: string): readonly string[] {
  const [program, service, operation, ...options] = wordsOf(fix);
  expect([program, service, operation]).toEqual(['aws', 'ec2', 'revoke-security-group-ingress']);
  const named = Object.fromEntries(
    Array.from({ length: options.length / 2 }, (_, index) => options.slice(2 * index, 2 * index + 2)),
  );
  const { '--region': region, '--group-id': groupId, ...what } = named;
  expect([region, groupId]).toEqual(['eu-west-1', 'sg-web']);
  expect(Object.keys(what)).toHaveLength(1);
  if (what['--security-group-rule-ids'] !== undefined) return JSON.parse(what['--security-group-rule-ids']);
  const permissions: readonly Readonly<Record<string, unknown>>[] = JSON.parse(what['--ip-permissions'] ?? '');
  return permissions.flatMap(({ IpProtocol, FromPort, ToPort, ...peers }) => {
    expect(IpProtocol).toEqual(expect.any(String));
    const [[kind = '', list] = []] = Object.entries(peers);
    expect(Object.keys(peers)).toHaveLength(1);
    const member = PEERS[kind] ?? '';
    return (list as readonly Readonly<Record<string, string>>[]).map((peer) => {
      expect(Object.keys(peer)).toEqual([member]);
      const ports = FromPort === undefined ? '' : ` ${FromPort}-${ToPort}`;
      return `${IpProtocol}${ports} ${peer[member]}`;
    });
  });
}

describe('the command that closes a group', () => {
  const HALVES = [rule('tcp/22', '0.0.0.0/1'), rule('tcp/22', '128.0.0.0/1')];

  it.each<[string, Given, readonly string[]]>([
    ['one rule', { rules: [rule('tcp/22', ALL4)] }, ['tcp 22-22 0.0.0.0/0']],
    ['no rule that opens nothing', { rules: [rule('tcp/22', ALL4, '10.0.0.0/8')] }, ['tcp 22-22 0.0.0.0/0']],
    ['every rule that takes part', { rules: HALVES }, ['tcp 22-22 0.0.0.0/1', 'tcp 22-22 128.0.0.0/1']],
    ['both families', { rules: [rule('tcp/22', ALL4, '::/0')] }, ['tcp 22-22 0.0.0.0/0', 'tcp 22-22 ::/0']],
    ['a block as it is written', { rules: [rule('tcp/22', '0:0::/0')] }, ['tcp 22-22 0:0::/0']],
    [
      'several ranges of ports',
      { rules: [rule('tcp/22', ALL4), rule('udp/53', ALL4)] },
      ['tcp 22-22 0.0.0.0/0', 'udp 53-53 0.0.0.0/0'],
    ],
    ['every protocol, which has no ports', { rules: [rule('-1', ALL4)] }, ['-1 0.0.0.0/0']],
    ['a protocol by its number', { rules: [rule('50', ALL4)] }, ['50 0.0.0.0/0']],
    [
      'ICMP with its type and code',
      { rules: [{ ...rule('icmp', ALL4), fromPort: 8, toPort: -1 }] },
      ['icmp 8--1 0.0.0.0/0'],
    ],
    ['a prefix list, once', { rules: [rule('tcp/22', 'pl-1')], lists: { 'pl-1': [ALL4] } }, ['tcp 22-22 pl-1']],
    [
      'no rule for allowed ports',
      { rules: [rule('tcp/22', ALL4), rule('tcp/443', ALL4)], allowed: [443] },
      ['tcp 22-22 0.0.0.0/0'],
    ],
  ])('revokes %s', (_, given, expected) => {
    const fix = fixOf(given);
    expect(partsOfFix(fix).words).toBe('');
    expect(revoked(fix).toSorted()).toEqual(expected.toSorted());
  });

  it.each<[string, readonly IngressRule[], readonly string[]]>([
    ['one rule', [rule('tcp/22', '10.0.0.0/8', ALL4)], ['sgr-2']],
    ['several', HALVES, ['sgr-1', 'sgr-2']],
    ['both families', [rule('tcp/22', ALL4, '::/0')], ['sgr-1', 'sgr-2']],
    ['a protocol by its number', [rule('6/22', ALL4)], ['sgr-1']],
    ['a rule among others of its peer', [rule('tcp/22', ALL4), rule('udp/22', '10.0.0.0/8')], ['sgr-1']],
  ])('names by their ids %s', (_, rules, expected) => {
    expect(revoked(fixOf({ rules, ids: withIds(rules) }))).toEqual(expected);
  });

  it('names a rule that is written as tcp here and as 6 there by its id', () => {
    expect(revoked(fixOf({ rules: [rule('tcp/22', ALL4)], ids: withIds([rule('6/22', ALL4)]) }))).toEqual(['sgr-1']);
  });

  it.each<[string, readonly SecurityGroupRule[] | undefined]>([
    ['no rule was read under its id', undefined],
    ['not all of them were', withIds(HALVES).slice(1)],
    ['one is an egress rule', withIds(HALVES).map((one, index) => ({ ...one, isEgress: index === 0 }))],
    ['one is for another port', withIds([rule('tcp/23', '0.0.0.0/1'), ...HALVES.slice(1)])],
  ])('names rules by what they open if %s', (_, ids) => {
    expect(revoked(fixOf({ rules: HALVES, ids }))).toEqual(['tcp 22-22 0.0.0.0/1', 'tcp 22-22 128.0.0.0/1']);
  });
});

describe('words come before the command', () => {
  it.each([
    ['every tcp port', 'tcp/0-65535', [80, 443]],
    ['every protocol', '-1', [443]],
    ['udp/400-500', 'udp/400-500', ['udp/443']],
  ])('if its rule for %s also opens ports that may be open', (words, ports, allowed) => {
    const rules = [rule(ports, ALL4)];
    const fix = fixOf({ rules, allowed, ids: withIds(rules) });
    expect(partsOfFix(fix).words).toBe(
      `No command should be run unseen, as the rule for ${words} also opens ports that may be open. This one revokes the rules:`,
    );
    expect(revoked(fix)).toEqual(['sgr-1']);
  });

  it('not for allowed ports of another protocol', () => {
    expect(partsOfFix(fixOf({ rules: [rule('udp/0-65535', ALL4)], allowed: [80, 443] })).words).toBe('');
  });

  it('if a prefix list serves others as well', () => {
    const lists = { 'pl-1': ['0.0.0.0/1', '128.0.0.0/1', '2001:db8::/32'] };
    const fix = fixOf({ rules: [rule('tcp/22', 'pl-1')], lists });
    expect(partsOfFix(fix).words).toContain('the rule for tcp/22 also serves the other entries of its prefix list');
    expect(revoked(fix)).toEqual(['tcp 22-22 pl-1']);
  });

  it.each([
    [21, '1 more rule is open and needs another command'],
    [25, '5 more rules are open and need another command'],
  ])('if not all of %i rules fit in it', (count, words) => {
    const rules = Array.from({ length: count }, (_, port) => rule(`tcp/${2 * port + 1}`, ALL4));
    const fix = fixOf({ rules, ids: withIds(rules) });
    expect(partsOfFix(fix).words).toContain(words);
    expect(revoked(fix)).toHaveLength(20);
  });
});

describe('text of somebody’s making', () => {
  const HOSTILE = [
    "'; touch pwned; '",
    '$(touch pwned)',
    '`touch pwned`',
    '"; touch pwned; "',
    '\\',
    '--endpoint-url=x',
  ];

  it.each(HOSTILE)('%s reaches the command only as a value', (text) => {
    const fix = fixOf({ rules: [{ ...rule('tcp/22', ALL4), ipProtocol: text, fromPort: undefined }] });
    expect(revoked(fix)).toEqual([`${text} 0.0.0.0/0`]);
  });

  it.each([
    ['a\nb', 1],
    ['a\u0000b', 1],
    ['a\u202eb', 0],
    ['a\u200bb', 0],
  ])('%j, which nobody sees, is an escape in JSON, else in no command', (text, commands) => {
    const fix = fixOf({ rules: [{ ...rule('-1', ALL4), ipProtocol: text }] });
    expect(commandsOf(fix)).toHaveLength(commands);
    for (const command of commandsOf(fix)) expect(isOneCommand(command)).toBe(true);
  });

  it.each([...HOSTILE, 'web', 'sg-WEB', ''])('%j is no group that a command could name', (groupId) => {
    const fix = fixOf({ rules: [rule('tcp/22', ALL4)], groupId });
    expect(fix).toMatch(/^No command can be given safely: the id of the security group /);
    expect(commandsOf(fix)).toEqual([]);
  });

  it.each(['sgr-1"]; touch pwned', "sgr-1'", 'SGR-1', ''])(
    '%j is no rule that a command could name',
    (securityGroupRuleId) => {
      const rules = [rule('tcp/22', ALL4)];
      const fix = fixOf({ rules, ids: withIds(rules).map((one) => ({ ...one, securityGroupRuleId })) });
      expect(fix).toMatch(/^No command can be given safely: the ids of the rules /);
      expect(commandsOf(fix)).toEqual([]);
    },
  );
});

/** The command of a fix, if it has one. */
function commandsOf(fix: string): readonly string[] {
  const { command } = partsOfFix(fix);
  return command === '' ? [] : [command];
}
