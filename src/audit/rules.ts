/** The rules: what each is called, how severe it is, and what it asks. The findings table of the README is made from this. */

import type { RuleId, Severity } from './finding.ts';

export interface Rule {
  readonly title: string;
  /** Unless the configuration's `severities` says otherwise. */
  readonly severity: Severity;
  /** One sentence: when there is a finding. */
  readonly when: string;
}

export const RULES = {
  'instance-untagged': {
    title: 'Instance without its required tags',
    severity: 'medium',
    when: 'An instance misses a required tag, or its value is empty or not allowed.',
  },
  'instance-unmirrored': {
    title: 'Instance not mirrored',
    severity: 'high',
    when: 'An interface of an instance or task has no mirror session to a sensor.',
  },
  'mirror-ineffective': {
    title: 'Mirror session that carries nothing',
    severity: 'high',
    when: 'A session exists, but its target, filter, route, security group or network ACL stops the copies.',
  },
  'mirror-rogue': {
    title: 'Mirror session to a stranger',
    severity: 'critical',
    when: 'A session sends traffic to a target that is not configured, or belongs to a foreign account.',
  },
  'mirror-duplicate': {
    title: 'Two mirror sessions for one purpose',
    severity: 'low',
    when: 'An interface has more than one session for the same purpose; each is billed, one is used.',
  },
  'mirror-orphan': {
    title: 'Mirror session with nothing to mirror',
    severity: 'low',
    when: 'A session is billed although its source is stopped, detached, excluded or gone.',
  },
  'log-integrity': {
    title: 'Log that cannot be trusted',
    severity: 'critical',
    when: 'A log file was changed, is missing or was not delivered by the trail, or a delivery came from a stranger.',
  },
  'security-group-open': {
    title: 'Security group opened to the world',
    severity: 'medium',
    when: 'A security group was opened to every address.',
  },
  'iam-user-after-hours': {
    title: 'IAM user at work after hours',
    severity: 'medium',
    when: 'An IAM user made a changing call outside working hours.',
  },
} as const satisfies Readonly<Record<Exclude<RuleId, `custom:${string}`>, Rule>>;

/** The severity of a rule: the configuration's, else the rule's own; `medium` for a custom rule. */
export function severityOf(rule: RuleId, configured: Readonly<Partial<Record<RuleId, Severity>>>): Severity {
  const known: Readonly<Partial<Record<RuleId, Rule>>> = RULES;
  return configured[rule] ?? known[rule]?.severity ?? 'medium';
}
