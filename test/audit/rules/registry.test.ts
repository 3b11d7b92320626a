import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BuiltInRuleId, ruleIds } from '../../../src/audit/rule-book.ts';
import type { Coverage } from '../../../src/ledger/ledger.ts';
import { coverageOverTime } from '../../../src/report/coverage.ts';
import { NOW } from '../../support/findings.ts';
import { ACCOUNT, REGION } from '../../support/inventories.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the built-in rules', () => {
  it('each have a test of their own, and no test is without its rule', () => {
    const tested = readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith('.test.ts') && file !== 'registry.test.ts')
      .map((file) => file.replace(/\.test\.ts$/, ''));
    expect(tested.toSorted()).toEqual(ruleIds().toSorted());
    for (const id of tested) expect(read(`${id}.test.ts`)).toContain(`describeRule('${id}', {`);
  });

  it('each have a section in docs/findings.md, and no section is without its rule', () => {
    const sections = [...read('../../../docs/findings.md').matchAll(/^## (\S+)$/gm)].map(([, id]) => id);
    expect(sections.toSorted()).toEqual(ruleIds().toSorted());
  });
});

describe('the coverage figures', () => {
  const row = (rule: BuiltInRuleId, checked: number, passed: number): Coverage => ({
    ...{ accountId: ACCOUNT, region: REGION },
    ...{ rule, checked, passed },
  });
  const mirroring = (...coverage: readonly Coverage[]) =>
    coverageOverTime([{ at: NOW, coverage, inputs: [] }], { at: NOW, findings: [], judgements: [] }).mirroring;

  it('are lowered by each failure of each rule that counts in them', () => {
    expect(
      mirroring(
        row('instance-unmirrored', 1000, 998),
        row('mirror-ineffective', 1000, 996),
        row('mirror-rogue', 1000, 992),
      ),
    ).toMatchObject([{ checked: 1000, passed: 994 }]);
  });

  it('leave out resources that are exempt by the rule that counts all, though they pass the other', () => {
    expect(mirroring(row('instance-unmirrored', 1000, 999), row('mirror-ineffective', 1005, 1003))).toMatchObject([
      { checked: 1000, passed: 997 },
    ]);
  });
});
