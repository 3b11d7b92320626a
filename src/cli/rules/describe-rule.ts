/** The built-in and the configured rules, for `rules list` and `rules show`. */

import { ruleIds, ruleOf, severityOf } from '../../audit/rule-book.ts';
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
    ...{ id: `custom:${name}`, severity, title, when: reason, pattern },
    ...{ resource: resource ?? "the record's first ARN, else the actor's, else the account", fix: fix ?? '' },
    ...{ resolveAfterHours, resolvedBy, reads: costOf(rule) },
  };
}
