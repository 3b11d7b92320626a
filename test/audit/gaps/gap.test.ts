import { describe, expect, it } from 'vitest';
import { causesOf, failedLook, lookAt, unjudgedWords } from '../../../src/audit/gaps/gap.ts';
import { aJudgement, aLook } from '../../support/findings.ts';
import { ACCOUNT, anInventory, REGION } from '../../support/inventories.ts';

const unknown = (
  resourceId: string,
  reason: string,
  rule: 'instance-unmirrored' | 'instance-untagged' = 'instance-unmirrored',
) => aJudgement({ resourceId, rule, reason, result: 'unknown' });

describe('lookAt', () => {
  it('names each list that could not be read or is incomplete, with its reason', () => {
    const inventory = anInventory({ unread: { securityGroups: 'denied' }, incomplete: { instances: '2 of it' } });
    expect(lookAt(inventory, true, [])).toEqual({
      accountId: ACCOUNT,
      region: REGION,
      complete: true,
      gaps: [
        { kind: 'list', name: 'instances', reason: '2 of it' },
        { kind: 'list', name: 'securityGroups', reason: 'denied' },
      ],
      unjudged: {},
    });
  });

  it('sums up what could not be judged by reason, with its rules, and counts each resource once', () => {
    const judgements = [
      ...['i-1', 'i-2', 'i-3', 'i-4', 'i-5', 'i-6', 'i-7'].map((id) =>
        unknown(id, `eni-${id} of ${id} at 10.0.0.1 is unclear`),
      ),
      unknown('i-1', 'no tags', 'instance-untagged'),
      unknown('i-1', 'no tags'),
      aJudgement({ resourceId: 'i-8' }),
    ];
    const { gaps, unjudged } = lookAt(anInventory(), true, judgements);
    expect(gaps).toEqual([
      {
        kind: 'rule',
        name: 'instance-unmirrored',
        reason: 'an interface of it at its address is unclear',
        count: 7,
        resources: ['i-1', 'i-2', 'i-3', 'i-4', 'i-5'],
      },
      { kind: 'rule', name: 'instance-unmirrored, instance-untagged', reason: 'no tags', count: 1, resources: ['i-1'] },
    ]);
    expect(unjudged).toEqual({ 'AWS::EC2::Instance': 7 });
  });

  it('stays small however many resources, reasons and words there are, and still counts all', () => {
    const words = ['w'.repeat(50_000), 'x'.repeat(50_000)];
    const judgements = Array.from({ length: 20_000 }, (_, n) =>
      unknown(`i-${n}${'y'.repeat(900)}`, `${words[n % 2]} ${n}`),
    );
    const look = lookAt(anInventory(), true, judgements);
    expect(JSON.stringify(look).length).toBeLessThan(20_000);
    expect(look.gaps.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(20_000);
    expect(look.unjudged).toEqual({ 'AWS::EC2::Instance': 20_000 });
  });
});

describe('causesOf', () => {
  const list = { kind: 'list', name: 'securityGroups', reason: 'denied' } as const;
  const rule = { kind: 'rule', name: 'instance-unmirrored', reason: 'unclear', count: 1, resources: ['i-1'] } as const;

  it.each([
    ['nothing for a look without gaps', aLook(), []],
    [
      'the account when nothing in it could be read',
      failedLook({ accountId: ACCOUNT, region: REGION }, true, 'x'),
      [''],
    ],
    [
      'each list, not what depends on it',
      aLook({ gaps: [list, { ...list, name: 'subnets' }, rule] }),
      ['securityGroups', 'subnets'],
    ],
    ['the resources when everything was read', aLook({ gaps: [rule] }), ['resources']],
  ])('is %s', (_, look, causes) => {
    expect([...causesOf(look).keys()]).toEqual(causes);
  });
});

describe('unjudgedWords', () => {
  it.each([
    [{}, ''],
    [{ 'AWS::EC2::Instance': 14 }, '14 instances'],
    [{ 'AWS::ECS::Task': 1, 'AWS::EC2::Instance': 2 }, '2 instances and 1 task'],
    [
      { 'AWS::EC2::TrafficMirrorSession': 1, 'AWS::ECS::Task': 1, 'AWS::EC2::Instance': 40 },
      '40 instances, 1 task and 1 mirror session',
    ],
  ])('says %o as "%s"', (unjudged, words) => {
    expect(unjudgedWords(unjudged)).toBe(words);
  });
});
