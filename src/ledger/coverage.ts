/** Counts how many of the judged resources comply. Coverage over time is made from these figures. */

import { type Finding, findingId, type Judgement } from '../audit/finding.ts';
import { byText } from '../collections.ts';
import type { Coverage } from './ledger.ts';

/**
 * By account, region and rule, how many resources were judged and how many passed. A finding that was resolved by its repair passes.
 * Muted findings and unknown results count as neither: an exemption does not improve the figure.
 */
export function coverageOf(findings: readonly Finding[], judgements: readonly Judgement[]): readonly Coverage[] {
  const counts = new Map<string, Coverage>();
  const count = ({ accountId, region, rule }: Finding | Judgement, passed: number): void => {
    const key = findingId(rule, accountId, region, '');
    const known = counts.get(key) ?? { accountId, region, rule, checked: 0, passed: 0 };
    counts.set(key, { ...known, checked: known.checked + 1, passed: known.passed + passed });
  };
  for (const finding of findings) if (finding.status !== 'muted') count(finding, finding.status === 'resolved' ? 1 : 0);
  for (const judgement of judgements) if (judgement.result === 'pass') count(judgement, 1);
  return [...counts.values()].toSorted(byText(({ accountId, region, rule }) => `${accountId} ${region} ${rule}`));
}
