/** What the rest of the program asks of the rules: which there are, how urgent they are, what repairs them, where they are counted. */

import type { CoverageFigure, Repair, Rule } from './rule.ts';
import type { Severity } from './rule-answer.ts';
import { RULES } from './rules/registry.ts';

/** A rule that comes with the program. */
export type BuiltInRuleId = keyof typeof RULES;

/** A rule's id; a configured watch rule is `custom:NAME`. */
export type RuleId = BuiltInRuleId | `custom:${string}`;

/** Every built-in rule's id, in the order of the registry. */
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

/** The severity of a rule: the configured one, else the rule's own; `medium` for a custom rule. */
export function severityOf(id: RuleId, configured: Readonly<Partial<Record<RuleId, Severity>>>): Severity {
  return configured[id] ?? ruleOf(id)?.severity ?? 'medium';
}

/** A rule's heading; a custom rule goes by its name. */
export function titleOf(id: RuleId): string {
  return ruleOf(id)?.title ?? id.replace(/^custom:/, '');
}

/** Built-in rules that meet a condition, with their ids. */
export function rulesWhere(holds: (rule: Rule) => boolean): readonly BuiltInRuleId[] {
  return ruleIds().filter((id) => holds(RULES[id]));
}

/** The rules whose findings a kind of step can resolve; none for steps that only prepare (`create-target`). */
export function rulesRepairedBy(kind: string): readonly BuiltInRuleId[] {
  return rulesWhere(({ repairedBy }) => repairedBy.some((repair) => repair === kind));
}

/** The kinds of steps that can resolve a rule's findings. */
export function repairsOf(id: RuleId): readonly Repair[] {
  return ruleOf(id)?.repairedBy ?? [];
}

/**
 * The rules that a complete look at an account settles; only those it judged: without `mirrored`, mirroring was not judged.
 */
export function sweptRules({ mirrored }: { readonly mirrored: boolean }): readonly BuiltInRuleId[] {
  return rulesWhere(({ settledBySweep, judges }) => settledBySweep && (mirrored || judges === 'instance'));
}

/** The rules whose findings count against a figure. */
export function rulesCountedIn(figure: CoverageFigure): readonly BuiltInRuleId[] {
  return rulesWhere(({ countedIn }) => countedIn?.figure === figure);
}

/** True for the rule that says how many resources a figure is about. */
export function countsAll(id: RuleId): boolean {
  return ruleOf(id)?.countedIn?.counts === 'all';
}
