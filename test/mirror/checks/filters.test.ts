import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { TrafficMirrorFilter, TrafficMirrorFilterRule } from '../../../src/inventory/mirror.ts';
import { type AccountIndex, indexAccount } from '../../../src/mirror/account-index.ts';
import { filterCheck } from '../../../src/mirror/checks/filters.ts';
import { verdictOf } from '../../../src/mirror/coverage.ts';
import { explain } from '../../../src/mirror/explain.ts';
import type { MirrorPolicy } from '../../../src/mirror/policy.ts';
import { planRemediation } from '../../../src/remediation/plan-remediation.ts';
import { planSuspicion } from '../../../src/remediation/suspicion/plan-suspicion.ts';
import { aFilter, anInterface, anInventory, aPolicy, aSession, type Override } from '../../support/inventories.ts';
import { at, suspected } from '../../support/sightings.ts';

const accept = { ruleNumber: 100, ruleAction: 'accept' } as const;
const rejectAll = { ruleNumber: 50, ruleAction: 'reject', sourceCidrBlock: '0.0.0.0/0' } as const;

const between = (
  sourceCidrBlock: string,
  destinationCidrBlock = sourceCidrBlock.includes(':') ? '::/0' : '0.0.0.0/0',
) => ({
  sourceCidrBlock,
  destinationCidrBlock,
});

function accountWith(inventory: Override<Inventory>, policy: Partial<MirrorPolicy> = {}): AccountIndex {
  return indexAccount(anInventory(inventory), aPolicy(policy));
}
const withFilter = (filter: Partial<TrafficMirrorFilter>) => ({ trafficMirrorFilters: [aFilter(filter)] });

const USELESS: readonly [string, Override<Inventory>, string][] = [
  ['has no rule', withFilter({ ingressFilterRules: [], egressFilterRules: [] }), 'filter tmf-1 accepts nothing'],
  ['accepts no egress', withFilter({ egressFilterRules: [] }), 'filter tmf-1 accepts no outbound traffic'],
  ['accepts no ingress', withFilter({ ingressFilterRules: [] }), 'filter tmf-1 accepts no inbound traffic'],
  [
    'rejects everything before it accepts',
    withFilter({ ingressFilterRules: [accept, rejectAll] }),
    'filter tmf-1 accepts no inbound traffic',
  ],
  [
    'rejects everything by two rules before it accepts',
    withFilter({
      ingressFilterRules: [
        { ruleNumber: 10, ruleAction: 'reject', ...between('0.0.0.0/1') },
        { ruleNumber: 20, ruleAction: 'reject', ...between('128.0.0.0/1') },
        { ...accept, ...between('0.0.0.0/0') },
      ],
    }),
    'filter tmf-1 accepts no inbound traffic',
  ],
  ['is not in the account', { trafficMirrorFilters: [] }, 'filter tmf-1 is not in the account'],
];

describe('filterCheck', () => {
  it('allows a filter that accepts something in each direction', () => {
    expect(filterCheck('tmf-1', accountWith({}))).toMatchObject({ check: 'filter', result: 'allow' });
    const later = withFilter({ ingressFilterRules: [{ ...rejectAll, protocol: 6 }, accept] });
    expect(filterCheck('tmf-1', accountWith(later)).result).toBe('allow');
  });

  it('is unknown when the filters could not be read', () => {
    expect(filterCheck('tmf-1', accountWith({ trafficMirrorFilters: undefined }))).toMatchObject({
      result: 'unknown',
      reason: 'filter tmf-1 could not be read',
    });
  });
});

describe('what the rules of one direction leave', () => {
  type Rule = readonly [action: 'accept' | 'reject', ...fields: readonly Partial<TrafficMirrorFilterRule>[]];
  const resultOf = (rules: readonly Rule[]): string => {
    const ingressFilterRules = rules.map(([ruleAction, ...fields], index) =>
      Object.assign({ ruleNumber: index + 1, ruleAction }, ...fields),
    );
    return filterCheck('tmf-1', accountWith(withFilter({ ingressFilterRules }))).result;
  };
  const ALL = between('0.0.0.0/0');
  const ALL6 = between('::/0');
  const to = (fromPort: number, toPort: number) => ({ destinationPortRange: { fromPort, toPort } });
  const tcp = { protocol: 6 };

  it.each<[what: string, result: 'allow' | 'block' | 'unknown', rules: readonly Rule[]]>([
    [
      'IPv4 halves before IPv6',
      'allow',
      [
        ['reject', between('0.0.0.0/1')],
        ['reject', between('128.0.0.0/1')],
        ['accept', ALL6],
      ],
    ],
    [
      'IPv6 halves before IPv6',
      'block',
      [
        ['reject', between('::/1')],
        ['reject', between('8000::/1')],
        ['accept', ALL6],
      ],
    ],
    [
      'IPv6 halves but one address',
      'allow',
      [
        ['reject', between('::/1')],
        ['reject', between('8000::/2')],
        ['accept', ALL6],
      ],
    ],
    [
      'four quarters of both ends',
      'block',
      [
        ['reject', between('0.0.0.0/1', '0.0.0.0/1')],
        ['reject', between('0.0.0.0/1', '128.0.0.0/1')],
        ['reject', between('128.0.0.0/1', '0.0.0.0/1')],
        ['reject', between('128.0.0.0/1', '128.0.0.0/1')],
        ['accept', ALL],
      ],
    ],
    [
      'three quarters of both ends',
      'allow',
      [
        ['reject', between('0.0.0.0/1', '0.0.0.0/1')],
        ['reject', between('0.0.0.0/1', '128.0.0.0/1')],
        ['reject', between('128.0.0.0/1', '0.0.0.0/1')],
        ['accept', ALL],
      ],
    ],
    [
      'rejects that cover the accepted block only',
      'block',
      [
        ['reject', between('10.0.0.0/8')],
        ['accept', between('10.1.0.0/16')],
      ],
    ],
    [
      'a reject that covers a part',
      'allow',
      [
        ['reject', between('10.1.0.0/16')],
        ['accept', between('10.0.0.0/8')],
      ],
    ],
    [
      'the accept before the reject',
      'allow',
      [
        ['accept', between('10.0.0.0/8')],
        ['reject', ALL],
      ],
    ],
    [
      'another protocol',
      'allow',
      [
        ['reject', tcp, ALL],
        ['accept', { protocol: 17 }, ALL],
      ],
    ],
    [
      'the same protocol',
      'block',
      [
        ['reject', tcp, ALL],
        ['accept', tcp, ALL, to(443, 443)],
      ],
    ],
    [
      'some ports',
      'allow',
      [
        ['reject', tcp, ALL, to(0, 1023)],
        ['accept', tcp, ALL],
      ],
    ],
    [
      'all ports by two rules',
      'block',
      [
        ['reject', tcp, ALL, to(0, 1023)],
        ['reject', tcp, ALL, to(1024, 65535)],
        ['accept', tcp, ALL],
      ],
    ],
    [
      'ports of all protocols but one',
      'allow',
      [
        ['reject', tcp, ALL],
        ['accept', ALL],
      ],
    ],
    ['blocks of two families, which match nothing', 'block', [['accept', between('10.0.0.0/8', '::/0')]]],
    [
      'a block that is no block, rejected',
      'unknown',
      [
        ['reject', between('everything')],
        ['accept', ALL],
      ],
    ],
    ['a block that is no block, accepted', 'unknown', [['accept', between('everything')]]],
    [
      'a block that is no block, after an accept',
      'allow',
      [
        ['accept', ALL],
        ['reject', between('everything')],
      ],
    ],
    [
      'a block that is no block, accepted before a sound one',
      'allow',
      [
        ['accept', between('everything')],
        ['accept', ALL],
      ],
    ],
  ])('%s: %s', (_what, result, rules) => {
    expect(resultOf(rules)).toBe(result);
  });
});

describe.each(USELESS)('a filter that %s', (_, inventory, reason) => {
  it('makes no session, and is the reason for it', () => {
    const account = accountWith(inventory);
    const { steps, unplaced } = planRemediation(account);
    expect(steps).toEqual([]);
    expect(unplaced).toMatchObject([{ networkInterfaceId: 'eni-1', reason: expect.stringContaining(reason) }]);
    expect(verdictOf(anInterface(), account)).toMatchObject({
      kind: 'missing',
      remediable: false,
      reason: `no session, and none would carry its traffic: ${reason}`,
    });
  });

  it('is shown by explain as the check of every candidate', () => {
    const explained = explain('eni-1', accountWith(inventory));
    expect(explained?.selected).toBeNull();
    expect(explained?.candidates.map(({ eligible }) => eligible)).toEqual([false, false]);
    for (const { checks } of explained?.candidates ?? []) {
      expect(checks.at(-1)).toEqual({ check: 'filter', result: 'block', reason });
    }
  });

  it('is given to no session that has another filter or target', () => {
    for (const session of [{ trafficMirrorFilterId: 'tmf-old' }, { trafficMirrorTargetId: 'tmt-b' }]) {
      const filters = anInventory(inventory).trafficMirrorFilters ?? [];
      const account = accountWith(
        {
          trafficMirrorFilters: [...filters, aFilter({ trafficMirrorFilterId: 'tmf-old' })],
          trafficMirrorSessions: [aSession(session)],
        },
        { targets: [{ id: 'tmt-a' }] },
      );
      const { steps, unplaced } = planRemediation(account);
      expect(steps).toEqual([]);
      expect(unplaced).toHaveLength(1);
    }
  });

  it('makes no session on suspicion', () => {
    const onSuspicion = { filterId: 'tmf-1', targetIds: ['tmt-b'], hours: 1 };
    const plan = planSuspicion(accountWith(inventory, { onSuspicion }), [suspected(0, 'i-1')], at(1));
    expect(plan.steps).toEqual([]);
    expect(plan.unplaced).toMatchObject([{ reason }]);
  });
});

describe('a filter that could not be read', () => {
  const unread = { trafficMirrorFilters: undefined };

  it('makes no session where what is unknown is refused, and one where it is tried', () => {
    const refused = planRemediation(accountWith(unread));
    expect(refused.steps).toEqual([]);
    expect(refused.unplaced[0]?.reason).toContain('filter tmf-1 could not be read');
    expect(planRemediation(accountWith(unread, { onUnknown: 'try' })).steps).toMatchObject([
      { kind: 'create-session', trafficMirrorTargetId: 'tmt-a' },
    ]);
  });
});
