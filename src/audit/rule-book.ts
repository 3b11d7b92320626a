/** Look-ups on the rules for the rest of the program: which exist, how severe they are, what repairs them, where they count. */

import type { CoverageFigure, Repair, Rule } from './rule.ts';
import type { FindingDetail, Severity } from './rule-answer.ts';
import { RULES } from './rules/registry.ts';

/** A rule that comes with the program. */
export type BuiltInRuleId = keyof typeof RULES;

/** A rule's id; a configured watch rule is `custom:NAME`. */
export type RuleId = BuiltInRuleId | `custom:${string}`;

/** The ids of all built-in rules, in the registry's order. */
export function ruleIds(): readonly BuiltInRuleId[] {
  return Object.keys(RULES).filter(isBuiltIn);
}

/** True for the id of a built-in rule, and for nothing that an object merely inherits. */
export function isBuiltIn(id: string): id is BuiltInRuleId {
  return Object.hasOwn(RULES, id);
}

/** Everything known about a built-in rule; undefined for a custom one. */
export function ruleOf(id: RuleId): Rule | undefined {
  return isBuiltIn(id) ? RULES[id] : undefined;
}

/** True for the id of a built-in rule or of a custom one. */
export function isRuleId(id: string): id is RuleId {
  return isBuiltIn(id) || id.startsWith('custom:');
}

/** The severity of a rule: the configured one, else the rule's own; `medium` for a custom rule. */
export function severityOf(id: RuleId, configured: Readonly<Partial<Record<RuleId, Severity>>>): Severity {
  return configured[id] ?? (isBuiltIn(id) ? RULES[id].severity : 'medium');
}

/** The heading of the rule behind a finding or judgement; for a custom rule, the title that its finding carries, else its name. */
export function ruleTitleOf({
  rule,
  detail,
}: {
  readonly rule: RuleId;
  readonly detail?: FindingDetail | undefined;
}): string {
  return ruleOf(rule)?.title ?? detail?.ruleTitle ?? rule.replace(/^custom:/, '');
}

/** True for a rule on single calls: no look at an account settles its findings, and who made the call is told even if it is over. */
export function isOnCalls(id: RuleId): boolean {
  return isBuiltIn(id) ? RULES[id].judges === 'call' : true;
}

/** The ids of the built-in rules that meet a condition. */
export function rulesWhere(matches: (rule: Rule) => boolean): readonly BuiltInRuleId[] {
  return ruleIds().filter((id) => matches(RULES[id]));
}

/** The rules whose findings this kind of step can resolve. Empty for steps that only prepare others, such as `create-target`. */
export function rulesRepairedBy(kind: string): readonly BuiltInRuleId[] {
  return rulesWhere(({ repairedBy }) => repairedBy.some((repair) => repair === kind));
}

/** The kinds of steps that can resolve a rule's findings. */
export function repairsOf(id: RuleId): readonly Repair[] {
  return ruleOf(id)?.repairedBy ?? [];
}

/** What a sweep judged besides instances. */
export interface Swept {
  readonly mirrored: boolean;
  /** @default false */
  readonly groups?: boolean | undefined;
}

/** The rules whose findings a sweep settles: those of the instances, and of what else it judged. */
export function sweptRules({ mirrored, groups = false }: Swept): readonly BuiltInRuleId[] {
  return rulesWhere(({ settledBySweep, judges }) => {
    if (!settledBySweep) return false;
    return judges === 'security-group' ? groups : mirrored || judges === 'instance';
  });
}

/** The rules whose findings count against a coverage figure. */
export function rulesCountedIn(figure: CoverageFigure): readonly BuiltInRuleId[] {
  return rulesWhere(({ countedIn }) => countedIn?.figure === figure);
}

/** True for a rule that judges every resource of its coverage figure, and so gives its total. */
export function countsAll(id: RuleId): boolean {
  return ruleOf(id)?.countedIn?.counts === 'all';
}
