/** The built-in and the configured rules, for `rules list` and `rules show`. */

import { ruleIds, ruleOf, severityOf } from '../../audit/rule-book.ts';
import { truncate } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { type CallRule, withRuleDefaults } from '../../rules/call-rule.ts';
import { costOf } from './scan-cost.ts';

/** A rule as people see it. */
export interface DescribedRule {
  readonly id: string;
  readonly severity: string;
  readonly title: string;
  /** When there is a finding. */
  readonly when: string;
  readonly [part: string]: unknown;
}

/** Every rule, the built-in ones first, with the severities of the configuration. */
export function describedRules({ severities, watch }: Pick<Config, 'severities' | 'watch'>): readonly DescribedRule[] {
  return [
    ...ruleIds().map((id) => {
      const { title = id, when = '', appliesTo = [], repairedBy = [] } = ruleOf(id) ?? {};
      return { id, severity: severityOf(id, severities), title, when, appliesTo, repairedBy };
    }),
    ...watch.rules.rules.map((rule) => describedCallRule(rule, severityOf(`custom:${rule.name}`, severities))),
  ];
}

/** The longest part of a pattern that a line of the list quotes, in characters. */
const PATTERN_LENGTH = 100;

/** For a rule without a title: the pattern says when there is a finding. */
function matchOf(pattern: unknown): string {
  return `A call matches ${truncate(JSON.stringify(pattern), PATTERN_LENGTH)}`;
}

function describedCallRule(rule: CallRule, severity: string): DescribedRule {
  const {
    name,
    title = name,
    reason = '',
    pattern,
    resource,
    fix,
    resolveAfterHours,
    resolvedBy,
  } = withRuleDefaults(rule.written);
  return {
    ...{ id: `custom:${name}`, severity, title, when: title === name ? matchOf(pattern) : title, pattern, reason },
    ...{ resource: resource ?? "the record's first ARN, else the actor's, else the account", fix: fix ?? '' },
    ...{ resolveAfterHours, resolvedBy, reads: costOf(rule) },
  };
}
