/** The policies that accounts were judged by, in the local ledger's file, and when findings were last not open. */

import type { Database } from 'libsql';
import type { JudgingPolicy } from '../causes/configuration/policy-changes.ts';
import { groupBy } from '../collections.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { History } from '../ledger/fold.ts';
import {
  type InOrderAsked,
  type KeptPolicy,
  type LastInOrder,
  lastInOrder,
  type StoredPolicy,
  toKeptPolicies,
  withPolicy,
} from '../ledger/judged-policies.ts';
import { EMPTY_TIMELINE } from '../ledger/timeline.ts';
import { newestLook } from './sight/complete-looks.ts';

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
export function readLastInOrder(db: Database, asked: readonly InOrderAsked[]): readonly LastInOrder[] {
  const rows = db
    .prepare('SELECT id, history FROM finding WHERE id IN (SELECT value FROM json_each(?))')
    .all(JSON.stringify(asked.map(({ id }) => id))) as { id: string; history: string }[];
  const timelines = new Map(rows.map(({ id, history }) => [id, (JSON.parse(history) as History).timeline]));
  const looks = new Map([...groupBy(asked, scopeKey)].map(([key, [scope]]) => [key, scope && newestLook(db, scope)]));
  return asked.flatMap(
    (one) => lastInOrder(one, timelines.get(one.id) ?? EMPTY_TIMELINE, looks.get(scopeKey(one))) ?? [],
  );
}
