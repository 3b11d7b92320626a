/** The rules that a SARIF file's results name. */

import { type Finding, type Judgement, type RuleId, SEVERITIES, type Severity } from '../../audit/finding.ts';
import { ruleOf, severityOf } from '../../audit/rule-book.ts';
import { compareText } from '../../collections.ts';
import { ruleTitles } from '../rule-titles.ts';
import { messageOf } from './message.ts';

/** A finding's severity as SARIF's level. */
export const LEVELS = { low: 'note', medium: 'warning', high: 'error', critical: 'error' } as const satisfies Record<
  Severity,
  string
>;

/**
 * GitHub's score, of which it makes the severity of the same name again. It is no CVSS score.
 *
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
const SCORES = { low: '2.0', medium: '5.5', high: '8.0', critical: '9.5' } as const satisfies Record<Severity, string>;

/** The rules by their id, in the order of the ids. Each has the severity of its worst finding: results have levels, but no score. */
export function rulesOf(findings: readonly Finding[], unknown: readonly Judgement[]): ReadonlyMap<RuleId, object> {
  const worst = new Map<RuleId, Severity>();
  for (const { rule, severity } of findings) worst.set(rule, moreSevere(severity, worst.get(rule)));
  for (const { rule } of unknown) if (!worst.has(rule)) worst.set(rule, severityOf(rule, {}));
  const titles = ruleTitles(findings);
  return new Map(
    [...worst]
      .sort(([a], [b]) => compareText(a, b))
      .map(([rule, severity]) => [rule, descriptorOf(rule, severity, titles.get(rule))]),
  );
}

function moreSevere(a: Severity, b: Severity | undefined): Severity {
  return b !== undefined && SEVERITIES.indexOf(b) > SEVERITIES.indexOf(a) ? b : a;
}

function descriptorOf(id: RuleId, severity: Severity, heading: string | undefined): object {
  const builtIn = ruleOf(id);
  const title = builtIn?.title ?? heading ?? id.replace(/^custom:/, '');
  const when = builtIn?.when ?? `${title} (a rule of the configuration).`;
  return {
    id,
    name: messageOf(title).text,
    shortDescription: messageOf(title),
    fullDescription: messageOf(when),
    help: {
      ...messageOf(when, `mirrorwatch rules show ${id} shows everything about this rule.`),
      // Our own words alone: nobody else's text is Markdown.
      ...(builtIn !== undefined && {
        markdown: `${when}\n\n\`mirrorwatch rules show ${id}\` shows everything about this rule.`,
      }),
    },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { 'security-severity': SCORES[severity], tags: ['security', 'aws', 'cloudtrail'] },
  };
}
