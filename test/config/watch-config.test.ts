import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

const parse = (watch: unknown) => parseConfig(JSON.stringify({ watch }), 'config.json');

function problemsOf(watch: unknown): readonly string[] {
  try {
    parse(watch);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

function linesOf(watch: unknown): string {
  try {
    parse(watch);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
    throw error;
  }
  return '';
}

const HOURS = { timeZone: 'Europe/Berlin', hours: { from: '08:00', to: '18:00' } };
const RULE = { name: 'a', pattern: { eventName: ['StopLogging'] } };

describe('watch in the configuration', () => {
  it('watches for nothing by default', () => {
    const { watch } = parseConfig('{}', 'config.json');
    expect(watch).toMatchObject({ securityGroupOpen: null, iamUserAfterHours: null, rules: { rules: [] } });
  });

  it('allows no port unless it is written, and takes ports for TCP', () => {
    expect(parse({ securityGroupOpen: {} }).watch.securityGroupOpen?.allowedPorts).toEqual([]);
    const { watch } = parse({ securityGroupOpen: { allowedPorts: [80, '443', 'udp/443', '8000-8100'] } });
    expect(watch.securityGroupOpen?.allowedPorts).toEqual([
      { protocol: 'tcp', from: 80, to: 80 },
      { protocol: 'tcp', from: 443, to: 443 },
      { protocol: 'udp', from: 443, to: 443 },
      { protocol: 'tcp', from: 8000, to: 8100 },
    ]);
  });

  it('takes Monday to Friday for the days of work', () => {
    expect(parse({ iamUserAfterHours: HOURS }).watch.iamUserAfterHours).toEqual({
      timeZone: 'Europe/Berlin',
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      hours: { fromMinute: 480, toMinute: 1080 },
      holidays: [],
      exempt: [],
    });
  });

  it('gives a rule its severity, which severities overrides', () => {
    const config = { watch: { rules: [{ ...RULE, severity: 'high' }] } };
    expect(parseConfig(JSON.stringify(config), 'c').severities).toEqual({ 'custom:a': 'high' });
    const overridden = { ...config, severities: { 'custom:a': 'low' } };
    expect(parseConfig(JSON.stringify(overridden), 'c').severities).toEqual({ 'custom:a': 'low' });
  });

  it('is part of the identity of the configuration', () => {
    const hashOf = (watch: unknown) => parse(watch).hash;
    expect(hashOf({ rules: [RULE] })).not.toBe(hashOf({ rules: [{ ...RULE, pattern: { eventName: ['x'] } }] }));
    expect(parseConfig('{}', 'c').hash).not.toBe(hashOf({ rules: [RULE] }));
  });

  it.each<[unknown, string]>([
    [{ rules: [{ pattern: RULE.pattern }] }, 'watch.rules[0].name: is missing; it must be a string'],
    [{ rules: [{ name: 'a' }] }, 'watch.rules[0].pattern: is missing; it must be an object'],
    [{ rules: [{ ...RULE, title: 3 }] }, 'watch.rules[0].title: must be a string'],
    [{ rules: [{ ...RULE, title: '' }] }, 'watch.rules[0].title: must not be empty'],
    [{ rules: [{ ...RULE, title: 'x'.repeat(101) }] }, 'watch.rules[0].title: must have at most 100 characters'],
    [
      { rules: [{ ...RULE, severity: 'x' }] },
      'watch.rules[0].severity: must be one of "low", "medium", "high", "critical"',
    ],
    [{ rules: [{ ...RULE, resolveAfterHours: -1 }] }, 'watch.rules[0].resolveAfterHours: must be above 0'],
    [{ rules: [{ ...RULE, resolveAfterHours: 9999 }] }, 'watch.rules[0].resolveAfterHours: must be at most 8760'],
    [{ rules: {} }, 'watch.rules: must be a list'],
    [{ iamUserAfterHours: { timeZone: 'UTC' } }, 'watch.iamUserAfterHours.hours: is missing; it must be an object'],
    [{ iamUserAfterHours: { ...HOURS, hours: '8-18' } }, 'watch.iamUserAfterHours.hours: must be an object'],
    [
      { iamUserAfterHours: { ...HOURS, hours: { from: 8, to: '25:00' } } },
      'watch.iamUserAfterHours.hours.from: must be a string\nwatch.iamUserAfterHours.hours.to: must be a time such as 08:00',
    ],
    [{ iamUserAfterHours: { ...HOURS, days: [] } }, 'watch.iamUserAfterHours.days: must not be empty'],
    [
      { rules: [{ name: 'a', pattern: { x: [{ 'anything-but': [false, 'a', null, true] }] } }] },
      [0, 2, 3].map((at) => `watch.rules[0].pattern.x[0].anything-but[${at}]: must be a string or a number`).join('\n'),
    ],
    [
      { rules: [{ name: 'a', pattern: { x: [{ 'anything-but': { prefix: ['', 'a', 1] } }] } }] },
      'watch.rules[0].pattern.x[0].anything-but.prefix[0]: must not be empty\nwatch.rules[0].pattern.x[0].anything-but.prefix[2]: must be a string or a list of strings',
    ],
    [
      { rules: [{ name: 'a', pattern: { x: [{ 'anything-but': [1, 'a'] }] } }] },
      'watch.rules[0].pattern.x[0].anything-but: must be all strings or all numbers',
    ],
  ])('says in plain words what is wrong with %j', (watch, expected) => {
    expect(linesOf(watch)).toBe(expected);
  });

  it('names every fault of every rule at once, with its path', () => {
    const rules = [
      { name: 'A', pattern: { eventName: 'x' } },
      { name: 'b', pattern: { eventName: [{ prefx: 'a' }], $or: 3 }, reason: 'a {b', resource: 'a b', resolvedBy: {} },
      { name: 'b', pattern: { a: ['b'], 'c.d': ['e'], c: { d: ['f'] } }, resolveAfterHours: 0, extra: 1 },
    ];
    expect(problemsOf({ rules }).toSorted()).toEqual(
      [
        'watch.rules[0].name',
        'watch.rules[0].pattern.eventName',
        'watch.rules[1].pattern.eventName[0].prefx',
        'watch.rules[1].pattern.$or',
        'watch.rules[1].resolvedBy',
        'watch.rules[1].resource',
        'watch.rules[1].reason',
        'watch.rules[2].name',
        'watch.rules[2].pattern.c.d',
        'watch.rules[2].resolveAfterHours',
        'watch.rules[2].extra',
      ].toSorted(),
    );
  });

  it.each([
    [{ iamUserAfterHours: { ...HOURS, timeZone: '+02:00' } }, 'watch.iamUserAfterHours.timeZone'],
    [{ iamUserAfterHours: { ...HOURS, timeZone: 'Europe/Berlim' } }, 'watch.iamUserAfterHours.timeZone'],
    [{ iamUserAfterHours: { ...HOURS, days: ['monday'] } }, 'watch.iamUserAfterHours.days[0]'],
    [{ iamUserAfterHours: { ...HOURS, hours: { from: '8:00', to: '18:00' } } }, 'watch.iamUserAfterHours.hours.from'],
    [{ iamUserAfterHours: { ...HOURS, hours: { from: '08:00', to: '08:00' } } }, 'watch.iamUserAfterHours.hours'],
    [{ iamUserAfterHours: { ...HOURS, holidays: ['2026-02-30'] } }, 'watch.iamUserAfterHours.holidays[0]'],
    [{ iamUserAfterHours: { ...HOURS, exempt: ['ci-*'] } }, 'watch.iamUserAfterHours.exempt[0]'],
    [{ securityGroupOpen: { allowedPorts: ['http'] } }, 'watch.securityGroupOpen.allowedPorts[0]'],
    [{ securityGroupOpen: { allowedPorts: [70_000] } }, 'watch.securityGroupOpen.allowedPorts[0]'],
    [{ securityGroupOpen: { allowedPorts: ['9-1'] } }, 'watch.securityGroupOpen.allowedPorts[0]'],
    [{ unknown: 1 }, 'watch.unknown'],
  ])('refuses %j', (watch, path) => {
    expect(problemsOf(watch)).toEqual([path]);
  });

  it.each([
    { iamUserAfterHours: { ...HOURS, hours: { from: '22:00', to: '06:00' } } },
    { iamUserAfterHours: { ...HOURS, hours: { from: '00:00', to: '24:00' } } },
    { rules: [{ ...RULE, pattern: { sourceIPAddress: [{ cidr: '203.0.113.9/32' }, { cidr: '2001:db8::1/128' }] } }] },
    { rules: [{ ...RULE, pattern: { source: ['aws.iam'], detail: { eventName: ['CreateUser'] } } }] },
  ])('accepts %j', (watch) => {
    expect(problemsOf(watch)).toEqual([]);
  });
});
