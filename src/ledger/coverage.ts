/** Counts how many of the judged resources comply. Coverage over time is made from these figures. */

import type { Finding, Judgement } from '../audit/finding.ts';
import { countsAll, ruleOf } from '../audit/rule-book.ts';
import { byText } from '../collections.ts';
import type { Coverage } from './ledger.ts';

/** True unless the resource already failed in the same figure. Notes it in `failed`. */
function isFirst({ accountId, region, rule, resourceId }: Finding, failed: Set<string>): boolean {
  const figure = ruleOf(rule)?.countedIn?.figure;
  if (figure === undefined) return true;
  const key = `${figure}\n${accountId}\n${region}\n${resourceId}`;
  if (failed.has(key)) return false;
  failed.add(key);
  return true;
}

/** A figure while it is being counted. */
type Count = { -readonly [Field in keyof Coverage]: Coverage[Field] };

/**
 * By account, region and rule, how many resources were judged and how many passed. A finding that was resolved by its repair passes.
 * Muted findings count as neither: an exemption does not improve the figure. Unknown results are counted on their own, so a sweep
 * that could judge nothing replaces the figures of the sweep before.
 */
export function coverageOf(findings: readonly Finding[], judgements: readonly Judgement[]): readonly Coverage[] {
  const counts = new Map<string, Count>();
  const countOf = ({ accountId, region, rule }: Finding | Judgement): Count => {
    const key = `${rule}\n${accountId}\n${region}`;
    const known = counts.get(key) ?? { accountId, region, rule, checked: 0, passed: 0 };
    counts.set(key, known);
    return known;
  };
  const failed = new Set<string>();
  // A rule that only counts failures comes last: a resource that failed another rule of its figure fails once, not twice.
  for (const finding of findings.toSorted((a, b) => Number(countsAll(b.rule)) - Number(countsAll(a.rule)))) {
    if (finding.status === 'muted') continue;
    if (finding.status === 'open' && !isFirst(finding, failed)) continue;
    const count = countOf(finding);
    count.checked += 1;
    if (finding.status === 'resolved') count.passed += 1;
  }
  for (const judgement of judgements) {
    if (judgement.result === 'gone') continue;
    const count = countOf(judgement);
    if (judgement.result === 'unknown') count.unknown = (count.unknown ?? 0) + 1;
    else {
      count.checked += 1;
      count.passed += 1;
    }
  }
  return [...counts.values()].toSorted(byText(({ accountId, region, rule }) => `${accountId} ${region} ${rule}`));
}
