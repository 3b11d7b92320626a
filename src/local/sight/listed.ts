/** The findings that the local ledger's file lists to be found without reading everything (`in_sight`). */

import type { Database } from 'libsql';
import type { RuleId } from '../../audit/finding.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { Sight } from '../../ledger/ledger.ts';
import { scopeRules } from '../../ledger/sight/in-sight.ts';

/** The SQL condition of a part of what is listed, with its values. */
export function listedCondition(sight: Sight): { readonly where: string; readonly values: readonly string[] } {
  const rules = JSON.stringify(scopeRules());
  const isOfRule = 'IN (SELECT value FROM json_each(?))';
  if (sight === 'other-rules') return { where: `in_sight = 1 AND rule NOT ${isOfRule}`, values: [rules] };
  const { accountId, region } = sight;
  return {
    where: `in_sight = 1 AND account_id = ? AND region = ? AND rule ${isOfRule}`,
    values: [accountId, region, rules],
  };
}

/** The findings that are listed in an account and region: their rules by id. */
export function listedIn(db: Database, scope: Scope): ReadonlyMap<string, RuleId> {
  const { where, values } = listedCondition(scope);
  const rows = db.prepare(`SELECT id, rule FROM finding WHERE ${where}`).all(...values) as {
    id: string;
    rule: RuleId;
  }[];
  return new Map(rows.map(({ id, rule }) => [id, rule]));
}
