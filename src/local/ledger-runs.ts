/** Writes and reads the runs of the local ledger's file. */

import { createHash } from 'node:crypto';
import type { Database } from 'libsql';
import type { LedgerRun, Observation, RunQuery } from '../ledger/ledger.ts';
import { looksOf, runOfLook, withoutJudged } from '../ledger/looks/stored-looks.ts';

/** Writes the run of an observation. A run is identified by its time and content: recording it again adds nothing. */
export function writeRun(db: Database, { at, coverage = [], inputs = [], reading }: Observation): void {
  if (coverage.length === 0 && inputs.length === 0 && reading === undefined) return;
  const columns = [JSON.stringify(coverage), JSON.stringify(inputs)];
  if (reading !== undefined) columns.push(JSON.stringify(withoutJudged(reading)));
  const digest = digestOf(columns.join('\n'));
  const add = db.prepare('INSERT OR IGNORE INTO run (at, digest, coverage, inputs, reading) VALUES (?, ?, ?, ?, ?)');
  add.run(at.getTime(), digest, columns[0], columns[1], columns[2] ?? null);
  const addLook = db.prepare(
    'INSERT OR IGNORE INTO look (account_id, region, at, digest, look) VALUES (?, ?, ?, ?, ?)',
  );
  for (const look of looksOf(reading)) {
    const text = JSON.stringify(look);
    const lookedAt = look.judged === undefined ? at : new Date(look.judged.at);
    addLook.run(look.accountId, look.region, lookedAt.getTime(), digestOf(text), text);
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The runs that match, oldest first. */
export function readRuns(db: Database, { since, until, looksAt }: RunQuery): readonly LedgerRun[] {
  const period = [since.getTime(), until.getTime()] as const;
  if (looksAt !== undefined) {
    const { accountId, region, count } = looksAt;
    const rows = db
      .prepare(
        `SELECT at, look FROM look WHERE account_id = ? AND region = ? AND at >= ? AND at < ?
         ORDER BY at DESC, digest DESC LIMIT ?`,
      )
      .all(accountId, region, ...period, count) as { at: number; look: string }[];
    return rows.map(({ at, look }) => runOfLook(new Date(at), JSON.parse(look))).toReversed();
  }
  const rows = db
    .prepare('SELECT at, coverage, inputs, reading FROM run WHERE at >= ? AND at < ? ORDER BY at, digest')
    .all(...period) as { at: number; coverage: string; inputs: string; reading: string | null }[];
  return rows.map(({ at, coverage, inputs, reading }) => ({
    at: new Date(at),
    coverage: JSON.parse(coverage),
    inputs: JSON.parse(inputs),
    ...(reading !== null && { reading: JSON.parse(reading) }),
  }));
}
