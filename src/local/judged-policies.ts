/** The policies that accounts were judged by, in the local ledger's file, and when findings were last not open. */

import type { Database } from 'libsql';
import type { JudgingPolicy } from '../causes/configuration/policy-changes.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { History } from '../ledger/fold.ts';
import {
  type KeptPolicy,
  type LastInOrder,
  lastInOrder,
  type StoredPolicy,
  toKeptPolicies,
  withPolicy,
} from '../ledger/judged-policies.ts';

/** Adds the policy of a complete look. To be called in a transaction. */
export function keepPolicy(db: Database, scope: Scope, policy: JudgingPolicy, at: Date): void {
  const before = storedPolicies(db, scope);
  const after = withPolicy(before, policy, at);
  if (after === before) return;
  db.prepare(
    `INSERT INTO judged_policy (scope, policies) VALUES (?, ?)
     ON CONFLICT (scope) DO UPDATE SET policies = excluded.policies`,
  ).run(scopeKey(scope), JSON.stringify(after));
}

/** The policies of an account and region, newest first. */
export function readPolicies(db: Database, scope: Scope): readonly KeptPolicy[] {
  return toKeptPolicies(storedPolicies(db, scope));
}

function storedPolicies(db: Database, scope: Scope): readonly StoredPolicy[] {
  const row = db.prepare('SELECT policies FROM judged_policy WHERE scope = ?').get(scopeKey(scope));
  return row === undefined ? [] : JSON.parse((row as { policies: string }).policies);
}

/** When each of these findings was last not open. */
export function readLastInOrder(db: Database, findingIds: readonly string[]): readonly LastInOrder[] {
  const rows = db
    .prepare('SELECT id, history FROM finding WHERE id IN (SELECT value FROM json_each(?))')
    .all(JSON.stringify(findingIds)) as { id: string; history: string }[];
  return rows.flatMap(({ id, history }) => {
    const { timeline }: History = JSON.parse(history);
    return lastInOrder(id, timeline) ?? [];
  });
}
