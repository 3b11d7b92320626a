import { describe, expect, it } from 'vitest';
import { watchDoubts } from '../../src/config/watch-doubts.ts';

const NOW = new Date('2026-06-15T12:00:00Z');
const said = (watch: unknown): readonly string[] =>
  watchDoubts(watch, NOW).map(({ path, message }) => `${path}: ${message}`);
const ports = (...allowedPorts: unknown[]): readonly string[] => said({ securityGroupOpen: { allowedPorts } });
const tags = (...exceptTags: unknown[]): readonly string[] => said({ securityGroupOpen: { exceptTags } });
const holidays = (...days: unknown[]): readonly string[] => said({ iamUserAfterHours: { holidays: days } });
const exempt = (...arns: unknown[]): readonly string[] => said({ iamUserAfterHours: { exempt: arns } });

const EVERY = (name: string): string =>
  `watch.securityGroupOpen.allowedPorts: allows every ${name} port: a group that is open to the world on ${name} ports alone is never found`;

describe('watchDoubts', () => {
  it.each<[readonly unknown[], readonly string[]]>([
    [['0-65535'], [EVERY('TCP')]],
    [['1-65535'], [EVERY('TCP')]],
    [['30000-65535', '0-20000', '10000-30000'], [EVERY('TCP')]],
    [
      ['udp/0-65535', 'tcp/0-65535'],
      [EVERY('TCP'), EVERY('UDP')],
    ],
    [['0-65534'], []],
    [['0-20000', '20002-65535'], []],
    [[80, 443, 'udp/443'], []],
    [[], []],
    [['nonsense', null], []],
  ])('says of the allowed ports %j: %j', (entries, expected) => {
    expect(ports(...entries)).toEqual(expected);
  });

  it.each<[unknown, string | undefined]>([
    ['*', 'has no wildcards: it excepts only groups with a tag whose key is "*"'],
    ['Env*', 'has no wildcards: it excepts only groups with a tag whose key is "Env*"'],
    ['Env=*', 'has no wildcards: it excepts only the value "*"; leave the value out for any'],
    [
      { key: 'Env', value: 'prod*' },
      'has no wildcards: it excepts only the value "prod*"; leave the value out for any',
    ],
    ['Env', undefined],
    ['Env=prod', undefined],
    [{ key: 'Env' }, undefined],
    [{}, undefined],
    [7, undefined],
  ])('says of the excepted tag %j: %j', (tag, expected) => {
    expect(tags('Public', tag)).toEqual(
      expected === undefined ? [] : [`watch.securityGroupOpen.exceptTags[1]: ${expected}`],
    );
  });

  it('says that all holidays are over, but not on the last of them', () => {
    const over = 'watch.iamUserAfterHours.holidays: are all over, the last on 2026-01-01; add those to come';
    expect(holidays('2026-01-01', '2025-12-25', 'x')).toEqual([over]);
    expect(holidays('2025-12-25', '2026-06-15')).toEqual([]);
    expect(holidays()).toEqual([]);
  });

  it('says that an entry exempts every role or user', () => {
    const at = 'watch.iamUserAfterHours.exempt[0]';
    expect(exempt('arn:aws:iam::*:role/*')).toEqual([`${at}: exempts every role, whoever uses it`]);
    expect(exempt('arn:aws:iam::111122223333:user/*')).toEqual([
      `${at}: exempts every user of account 111122223333, whoever uses it`,
    ]);
    expect(exempt('arn:aws:iam::*:role/ci-*')).toEqual([]);
  });
});
