/** The change log in the local ledger's file: a row for each resource. */

import type { Database } from 'libsql';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import { type ChangingCall, KEPT_DAYS, type KeptResource } from '../ledger/change-log.ts';
import { additionsOf, keptResource, NO_CALLS, type ResourceCalls, withCalls } from '../ledger/resource-calls.ts';

const DAY_MS = 86_400_000;

/** Adds the calls, and deletes what has been kept long enough. To be called in a transaction. */
export function keepCalls(db: Database, calls: readonly ChangingCall[], now: Date): void {
  const read = db.prepare('SELECT calls FROM change_log WHERE scope = ? AND resource_id = ?');
  const write = db.prepare(
    `INSERT INTO change_log (scope, resource_id, kept_at, calls) VALUES (?, ?, ?, ?)
     ON CONFLICT (scope, resource_id) DO UPDATE SET kept_at = excluded.kept_at, calls = excluded.calls`,
  );
  for (const { scope, resourceId, calls: added } of additionsOf(calls)) {
    const key = scopeKey(scope);
    const row = read.get(key, resourceId) as { calls: string } | undefined;
    const before: ResourceCalls = row === undefined ? NO_CALLS : JSON.parse(row.calls);
    const after = withCalls(before, added);
    if (after !== before) write.run(key, resourceId, now.getTime(), JSON.stringify(after));
  }
  db.prepare('DELETE FROM change_log WHERE kept_at < ?').run(now.getTime() - KEPT_DAYS * DAY_MS);
}

/** What is kept of these resources. */
export function readCalls(db: Database, scope: Scope, resourceIds: readonly string[]): readonly KeptResource[] {
  const rows = db
    .prepare(
      'SELECT resource_id AS id, calls FROM change_log WHERE scope = ? AND resource_id IN (SELECT value FROM json_each(?))',
    )
    .all(scopeKey(scope), JSON.stringify(resourceIds)) as {
    id: string;
    calls: string;
  }[];
  return rows.map(({ id, calls }) => keptResource(scope, id, JSON.parse(calls)));
}
