/** What the rest of the program asks of the rules: which there are, how urgent they are, what repairs them, where they are counted. */

import type { CoverageFigure, Repair, Rule } from './rule.ts';
import type { ResourceType, Severity } from './rule-answer.ts';
import { RULES } from './rules/registry.ts';

/** A rule that comes with the program. */
export type BuiltInRuleId = keyof typeof RULES;

/** A rule's id; a configured watch rule is `custom:NAME`. */
export type RuleId = BuiltInRuleId | `custom:${string}`;

/** Every built-in rule's id, in the order of the registry. */
export const RULE_IDS: readonly BuiltInRuleId[] = Object.keys(RULES).filter(isBuiltIn);

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
  return RULE_IDS.filter((id) => holds(RULES[id]));
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

/** The rules of a figure: first the one that counts every resource, then those that add only failures. */
export function rulesCountedIn(figure: CoverageFigure): readonly BuiltInRuleId[] {
  const counting = (counts: 'all' | 'failures'): readonly BuiltInRuleId[] =>
    rulesWhere(({ countedIn }) => countedIn?.figure === figure && countedIn.counts === counts);
  return [...counting('all'), ...counting('failures')];
}

/** True when a rule's findings may be about a resource of this type; a custom rule's may be about any. */
export function appliesTo(id: RuleId, resourceType: ResourceType): boolean {
  return ruleOf(id)?.appliesTo.includes(resourceType) ?? true;
}
