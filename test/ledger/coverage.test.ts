import { describe, expect, it } from 'vitest';
import type { Finding, Judgement } from '../../src/audit/finding.ts';
import { coverageOf } from '../../src/ledger/coverage.ts';
import { aFinding, aJudgement } from '../support/findings.ts';

describe('coverageOf', () => {
  it.each<[string, readonly Finding[], readonly Judgement[], readonly [number, number] | undefined]>([
    ['an open finding as checked', [aFinding({ status: 'open' })], [], [1, 0]],
    ['a repaired finding as passed', [aFinding({ status: 'resolved' })], [], [1, 1]],
    ['a pass as passed', [], [aJudgement({ result: 'pass' })], [1, 1]],
    ['neither a muted finding', [aFinding({ status: 'muted' })], [], undefined],
    ['nor a resource that is gone', [], [aJudgement({ result: 'gone' })], undefined],
    ['several of one rule together', [aFinding()], [aJudgement(), aJudgement({ resourceId: 'i-2' })], [3, 2]],
  ])('counts %s', (_, findings, judgements, counts) => {
    expect(coverageOf(findings, judgements).map(({ checked, passed }) => [checked, passed])).toEqual(
      counts === undefined ? [] : [counts],
    );
  });

  it('counts what could not be judged on its own, so a sweep that judged nothing is not mistaken for none', () => {
    const unknown = aJudgement({ result: 'unknown' });
    expect(coverageOf([aFinding()], [unknown])).toMatchObject([{ checked: 1, passed: 0, unknown: 1 }]);
    expect(coverageOf([], [unknown, aJudgement({ resourceId: 'i-2', result: 'unknown' })])).toMatchObject([
      { checked: 0, passed: 0, unknown: 2 },
    ]);
  });

  it('counts a resource that fails two rules of one figure as one failure', () => {
    const findings = [aFinding({ rule: 'mirror-ineffective' }), aFinding({ rule: 'instance-unmirrored' })];
    expect(coverageOf(findings, []).map(({ rule, checked, passed }) => [rule, checked, passed])).toEqual([
      ['instance-unmirrored', 1, 0],
    ]);
  });

  it('counts each account, region and rule on its own, in that order', () => {
    const findings = [
      aFinding({ accountId: '2', region: 'eu-west-1' }),
      aFinding({ accountId: '1', region: 'us-east-1' }),
      aFinding({ accountId: '1', region: 'eu-west-1', rule: 'mirror-rogue' }),
      aFinding({ accountId: '1', region: 'eu-west-1', rule: 'instance-untagged' }),
    ];
    expect(coverageOf(findings, []).map(({ accountId, region, rule }) => `${accountId} ${region} ${rule}`)).toEqual([
      '1 eu-west-1 instance-untagged',
      '1 eu-west-1 mirror-rogue',
      '1 us-east-1 instance-untagged',
      '2 eu-west-1 instance-untagged',
    ]);
  });

  it('is empty when nothing was judged', () => {
    expect(coverageOf([], [])).toEqual([]);
  });
});
