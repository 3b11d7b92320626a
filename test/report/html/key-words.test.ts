import { describe, expect, it } from 'vitest';
import { labelOf, valueWords, wordsOfKey } from '../../../src/report/html/key-words.ts';
import { packFindings } from '../../../src/report/html/pack-findings.ts';
import { aFinding, aReport } from '../../support/findings.ts';

describe('a key of a finding’s detail', () => {
  it.each([
    ['trafficMirrorSessionIds', 'Mirror sessions'],
    ['groupName', 'Group name'],
    ['timeZone', 'Time zone'],
    ['constructor', 'Constructor'],
    ['a "key" of somebody', 'A "key" of somebody'],
  ])('%s is called %s', (key, label) => expect(labelOf(key)).toBe(label));

  it('is never long', () => expect(wordsOfKey('x'.repeat(500)).length).toBeLessThanOrEqual(60));

  it('of a list of an account is in words', () => expect(wordsOfKey('securityGroups')).toBe('security groups'));
});

describe('a value', () => {
  it.each([
    ['a text', 'as it is', 'as it is'],
    ['a yes', true, 'yes'],
    ['nothing', null, ''],
    ['a list', ['tms-1', 'tms-2'], 'tms-1; tms-2'],
    [
      'ports',
      [{ protocol: 'tcp', from: 22, to: 22, sources: ['0.0.0.0/0', '::/0'] }],
      'protocol tcp, from 22, to 22, sources 0.0.0.0/0, ::/0',
    ],
    ['what was done', [{ what: 'a password', localTime: '02:10', eventID: 'e-1' }], 'a password, at 02:10, event e-1'],
    [
      'a long list',
      Array.from({ length: 30 }, (_, n) => n),
      `${Array.from({ length: 20 }, (_, n) => n).join('; ')}; and 10 more`,
    ],
  ])('that is %s is in words', (_, value, words) => expect(valueWords(value)).toBe(words));

  it('may be nested as deep as somebody likes', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 5000; level += 1) deep = [{ deep }];
    expect(valueWords(deep)).toMatch(/…$/);
  });
});

describe('what the page says of a finding', () => {
  it('has no key, no JSON and no null', () => {
    const detail = {
      autoScalingGroupName: 'web',
      trafficMirrorSessionIds: ['tms-1'],
      interfaces: [{ networkInterfaceId: 'eni-1', verdict: 'ineffective', reason: 'no route' }],
      openPorts: [{ protocol: 'tcp', from: 22, to: 22, sources: ['0.0.0.0/0'] }],
      managed: true,
      expiredExemption: { reason: 'old', owner: 'ada', expires: '2026-01-01' },
      nothing: null,
    };
    const remediation = { kind: 'create-session', outcome: 'not-needed' } as const;
    const { strings } = packFindings(aReport({ findings: [aFinding({ detail, remediation })] }), 1e6);
    expect(
      strings.filter((text) => /[{}[\]]|[a-z][A-Z][a-z]+Ids?\b|null|not-needed|create-session|ineffective/.test(text)),
    ).toEqual([]);
    expect(strings).toEqual(
      expect.arrayContaining([
        'Mirror sessions',
        'tms-1',
        'eni-1: its session carries nothing. no route',
        'Made by us',
        'yes',
      ]),
    );
  });
});
