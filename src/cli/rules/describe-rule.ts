/** The built-in and the configured rules, for `rules list` and `rules show`. */

import type { AllowedPorts, OpenGroupPolicy } from '../../audit/calls/watch-policy.ts';
import { type BuiltInRuleId, ruleIds, ruleOf, severityOf } from '../../audit/rule-book.ts';
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
      const described = { id, severity: severityOf(id, severities), title, when, appliesTo, repairedBy };
      const settings = settingsOf(id, watch);
      return settings === undefined ? described : { ...described, settings };
    }),
    ...watch.rules.rules.map((rule) => describedCallRule(rule, severityOf(`custom:${rule.name}`, severities))),
  ];
}

/** What the configuration sets of a built-in rule in `watch`, defaults among it; undefined for other rules. */
function settingsOf(id: BuiltInRuleId, { securityGroupOpen, iamUserAfterHours }: Config['watch']): unknown {
  if (id === 'security-group-open') {
    if (securityGroupOpen === null) return notJudged('watch.securityGroupOpen');
    const { allowedPorts, exceptGroups, exceptTags } = securityGroupOpen;
    return { allowedPorts: allowedPorts.map(portsInWords), exceptGroups, exceptTags: exceptTags.map(tagInWords) };
  }
  if (id !== 'iam-user-after-hours') return undefined;
  if (iamUserAfterHours === null) return notJudged('watch.iamUserAfterHours');
  const { timeZone, days, hours, holidays, exempt } = iamUserAfterHours;
  const { fromMinute, toMinute } = hours;
  return { timeZone, days, hours: { from: clockOf(fromMinute), to: clockOf(toMinute) }, holidays, exempt };
}

function notJudged(setting: string): string {
  return `not judged: the configuration has no ${setting}`;
}

/** As the configuration writes it: `443`, `udp/443`, `8000-8100`. */
function portsInWords({ protocol, from, to }: AllowedPorts): string {
  return `${protocol === 'tcp' ? '' : `${protocol}/`}${from === to ? from : `${from}-${to}`}`;
}

function tagInWords({ key, value }: OpenGroupPolicy['exceptTags'][number]): string {
  return value === undefined ? key : `${key}=${value}`;
}

function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
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
