/** What a complete look says about the resources that it does not name: those of the rules that it judged were in order. */

import { groupBy } from '../../collections.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { ListName } from '../../inventory/snapshot-lists.ts';
import type { Judgement, RuleId } from '../finding.ts';

import { ruleOf, type Swept, sweptRules } from '../rule-book.ts';
import type { JudgedRules } from './gap.ts';

/** Enough of an id of 128 bits that two of one account do not look alike. If they do, the look says less than it could. */
export const EXCEPTION_CHARS = 12;
/** Exceptions that are kept for a rule. If there are more, the look says nothing by that rule. */
const MAX_EXCEPTIONS = 200;

/** What a finding is known by. */
type Unproven = Pick<Judgement, 'id' | 'rule'>;

/**
 * What a complete look says. By a rule that needs a list which could not be read, it says nothing about what it did not name. `unproven` are
 * the findings that it could not judge, or that are open elsewhere and that it neither met nor proved to be over.
 */
export function judgedIn(
  inventory: Inventory,
  unproven: readonly Unproven[],
  { mirrored, groups = false, readAt }: Swept & { readonly readAt: Date },
): JudgedRules {
  const byRule = groupBy(unproven, ({ rule }) => rule);
  const swept: readonly RuleId[] = sweptRules({
    mirrored: mirrored && isComplete(inventory),
    groups: groups && isRead(inventory, 'securityGroups'),
    // What is measured is known of the measured alone.
  }).filter((rule) => ruleOf(rule)?.judges !== 'traffic');
  const isSaid = (rule: RuleId): boolean => (byRule.get(rule)?.length ?? 0) <= MAX_EXCEPTIONS;
  const rules = isRead(inventory, 'instances') ? swept.filter(isSaid) : [];
  const except = rules.flatMap((rule) => byRule.get(rule) ?? []).map(({ id }) => id.slice(0, EXCEPTION_CHARS));
  return { at: readAt.toISOString(), rules, except: [...new Set(except)].toSorted() };
}

/** True if a list was read completely: what is not in it is not in the account. */
export function isRead(inventory: Inventory, list: ListName): boolean {
  const { unread, incomplete } = inventory;
  return inventory[list] !== undefined && unread?.[list] === undefined && incomplete?.[list] === undefined;
}

/** True if everything in the account was read. */
export function isComplete({ instances, networkInterfaces, unread, incomplete }: Inventory): boolean {
  return instances !== undefined && networkInterfaces !== undefined && unread === undefined && incomplete === undefined;
}
