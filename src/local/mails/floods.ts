/** Flood control in the local ledger's file: a row for each finding that was new in a window. */

import type { Database } from 'libsql';

const KEPT_MS = 86_400_000;

/** Counts findings as new in a window, and returns how many are. Windows that ended more than a day before are deleted. */
export function countNew(db: Database, windowEnd: Date, findingIds: readonly string[]): number {
  const end = windowEnd.getTime();
  db.prepare('DELETE FROM new_finding WHERE window_end < ? AND held = 0').run(end - KEPT_MS);
  const add = db.prepare('INSERT OR IGNORE INTO new_finding (window_end, finding_id, held) VALUES (?, ?, 0)');
  for (const id of findingIds) add.run(end, id);
  const row = db.prepare('SELECT count(*) AS found FROM new_finding WHERE window_end = ?').get(end);
  return (row as { found: number }).found;
}

/** Marks findings as held back until the window ends. */
export function hold(db: Database, until: Date, findingIds: readonly string[]): void {
  const mark = db.prepare(
    `INSERT INTO new_finding (window_end, finding_id, held) VALUES (?, ?, 1)
     ON CONFLICT (window_end, finding_id) DO UPDATE SET held = 1`,
  );
  for (const id of findingIds) mark.run(until.getTime(), id);
}

/** The findings held back until `now` or earlier. */
export function heldUntil(db: Database, now: Date): readonly string[] {
  const rows = db
    .prepare('SELECT DISTINCT finding_id AS id FROM new_finding WHERE held = 1 AND window_end <= ?')
    .all(now.getTime());
  return (rows as { id: string }[]).map(({ id }) => id);
}

/** Forgets that findings were held back until `now` or earlier. */
export function release(db: Database, now: Date, findingIds: readonly string[]): void {
  const forget = db.prepare(
    'UPDATE new_finding SET held = 0 WHERE window_end <= ? AND finding_id IN (SELECT value FROM json_each(?))',
  );
  forget.run(now.getTime(), JSON.stringify(findingIds));
}
