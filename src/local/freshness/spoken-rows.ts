/** When accounts and regions spoke, in the local ledger's file: one small row for each. */

import type { Database } from 'libsql';
import { groupBy } from '../../collections.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import { type Hearing, isJudgingDue, type ScopeSpoken, withName } from '../../ledger/freshness/freshness-log.ts';
import { afterHearing, type Heard } from '../../ledger/freshness/heard.ts';
import type { Spoken } from '../../ledger/freshness/spoken.ts';

/** Notes what was heard. To be called in a transaction. */
export function hear(db: Database, heard: readonly Heard[], now: Date): Hearing {
  const resumed = [...groupBy(heard, scopeKey).values()].flatMap((each) => {
    const [scope] = each;
    if (scope === undefined) return [];
    const { accountId, region } = scope;
    const before = readSpoken(db, scope);
    const { spoken, isNew } = afterHearing(before, each, now);
    if (spoken === undefined || !isNew) return [];
    writeSpoken(db, scope, spoken);
    const isOver = before?.named !== undefined && spoken.named === undefined;
    return isOver ? [{ accountId, region, spoken: before, record: new Date(spoken.record) }] : [];
  });
  return { resumed, isDue: isJudgingDue(lastJudged(db), now) };
}

function lastJudged(db: Database): number | undefined {
  return (db.prepare('SELECT at FROM silence_judged').get() as { at: number } | undefined)?.at;
}

/** Every account and region that was ever heard. */
export function readFreshness(db: Database): readonly ScopeSpoken[] {
  const rows = db.prepare('SELECT account_id, region, spoken FROM spoken').all() as {
    account_id: string;
    region: string;
    spoken: string;
  }[];
  return rows.map(({ account_id: accountId, region, spoken }) => ({ accountId, region, spoken: JSON.parse(spoken) }));
}

/** True if the caller has to judge silence now. To be called in a transaction. */
export function takeJudging(db: Database, now: Date): boolean {
  if (!isJudgingDue(lastJudged(db), now)) return false;
  db.prepare('DELETE FROM silence_judged').run();
  db.prepare('INSERT INTO silence_judged (at) VALUES (?)').run(now.getTime());
  return true;
}

/** Notes that their silence is a finding. To be called in a transaction. */
export function nameSilent(db: Database, scopes: readonly ScopeSpoken[], now: Date): void {
  for (const { spoken, ...scope } of scopes) {
    const before = readSpoken(db, scope);
    const after = before && withName(before, spoken, now);
    if (after !== undefined && after !== before) writeSpoken(db, scope, after);
  }
}

function readSpoken(db: Database, { accountId, region }: Scope): Spoken | undefined {
  const row = db.prepare('SELECT spoken FROM spoken WHERE account_id = ? AND region = ?').get(accountId, region);
  return row === undefined ? undefined : JSON.parse((row as { spoken: string }).spoken);
}

function writeSpoken(db: Database, { accountId, region }: Scope, spoken: Spoken): void {
  db.prepare(
    `INSERT INTO spoken (account_id, region, spoken) VALUES (?, ?, ?)
     ON CONFLICT (account_id, region) DO UPDATE SET spoken = excluded.spoken`,
  ).run(accountId, region, JSON.stringify(spoken));
}
