/** The headings of the rules that have findings. */

import type { Finding, RuleId } from '../audit/finding.ts';
import { ruleTitleOf } from '../audit/rule-book.ts';
import { compareText } from '../collections.ts';

/** Each rule's heading. Findings of one rule carry different titles where the configuration changed: that of the newest counts. */
export function ruleTitles(findings: readonly Finding[]): ReadonlyMap<RuleId, string> {
  const newest = new Map<RuleId, Finding>();
  for (const finding of findings) {
    const known = newest.get(finding.rule);
    if (known === undefined || compareText(finding.lastSeen, known.lastSeen) > 0) newest.set(finding.rule, finding);
  }
  return new Map([...newest].map(([rule, finding]) => [rule, ruleTitleOf(finding)]));
}
