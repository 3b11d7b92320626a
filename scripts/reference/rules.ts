/** The reference of the rules: what each judges, how severe a finding is, what repairs and what resolves it. */

import type { Rule } from '../../src/audit/rule.ts';
import { SEVERITIES } from '../../src/audit/rule-answer.ts';
import { RULES } from '../../src/audit/rules/registry.ts';
import { code, table } from './markdown.ts';

/** Every built-in rule, the most severe first. */
export function rulesReference(): string {
  const rules = (Object.entries(RULES) as [string, Rule][]).toSorted(
    ([, a], [, b]) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity),
  );
  return table(
    ['rule', 'severity', 'there is a finding when', 'about', 'repaired by', 'resolved by a sweep'],
    rules.map(([id, { severity, when, appliesTo, repairedBy, settledBySweep }]) => [
      `[${code(id)}](../findings.md#${id})`,
      severity,
      when,
      appliesTo.map(code).join(', '),
      repairedBy.length === 0 ? 'people' : repairedBy.map(code).join(', '),
      settledBySweep ? 'yes' : 'no',
    ]),
  );
}
