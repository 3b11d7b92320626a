/** The schema of the local ledger's file, and its migrations. */

import type { Database } from 'libsql';
import { PipelineError } from '../errors.ts';

/**
 * Migrations in order. `user_version` counts the ones that ran. Never change one, only add. Times are in milliseconds.
 *
 * `finding` also has a row for what passed by records alone: a finding that arrives late is then known to be resolved. Those rows have a
 * null `status`. What a look at the account found in order has none, as the look itself says so. The other columns copy the parts of `history` that queries use.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE finding (
     id TEXT PRIMARY KEY,
     account_id TEXT NOT NULL,
     region TEXT NOT NULL,
     rule TEXT NOT NULL,
     severity INTEGER,
     status TEXT,
     first_opened INTEGER,
     resolved_at INTEGER,
     generation INTEGER NOT NULL,
     history TEXT NOT NULL
   );
   CREATE INDEX finding_by_status ON finding (status, account_id, region, rule);
   CREATE INDEX finding_by_opening ON finding (first_opened);
   CREATE TABLE outcome (
     finding_id TEXT NOT NULL,
     at INTEGER NOT NULL,
     result TEXT NOT NULL,
     reason TEXT NOT NULL,
     PRIMARY KEY (finding_id, at, result, reason)
   ) WITHOUT ROWID;
   CREATE TABLE run (
     at INTEGER NOT NULL,
     digest TEXT NOT NULL,
     coverage TEXT NOT NULL,
     inputs TEXT NOT NULL,
     PRIMARY KEY (at, digest)
   );
   CREATE TABLE claim (
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     done INTEGER NOT NULL,
     at INTEGER NOT NULL,
     PRIMARY KEY (kind, key)
   ) WITHOUT ROWID;`,
  // A run of an older version has no `reading`. `look` has the complete looks once more, to be found by account and region.
  `ALTER TABLE run ADD COLUMN reading TEXT;
   CREATE TABLE look (
     account_id TEXT NOT NULL,
     region TEXT NOT NULL,
     at INTEGER NOT NULL,
     digest TEXT NOT NULL,
     look TEXT NOT NULL,
     PRIMARY KEY (account_id, region, at, digest)
   ) WITHOUT ROWID;`,
  // The calls that changed a resource. Those of one that is not added to any more are deleted some day.
  `CREATE TABLE change_log (
     scope TEXT NOT NULL,
     resource_id TEXT NOT NULL,
     kept_at INTEGER NOT NULL,
     calls TEXT NOT NULL,
     PRIMARY KEY (scope, resource_id)
   );
   CREATE INDEX change_log_by_age ON change_log (kept_at);`,
  // The policies by which complete looks judged: one small row for each account and region.
  `CREATE TABLE judged_policy (
     scope TEXT PRIMARY KEY,
     policies TEXT NOT NULL
   ) WITHOUT ROWID;`,
  // A mail tells of a moment, "told_of". Older versions kept settled claims instead, which have the number of an opening.
  `ALTER TABLE claim ADD COLUMN owner TEXT;
   CREATE TABLE mail (
     finding_id TEXT NOT NULL,
     stage TEXT NOT NULL,
     told_of INTEGER NOT NULL,
     at INTEGER NOT NULL,
     generation INTEGER,
     PRIMARY KEY (finding_id, stage, told_of)
   ) WITHOUT ROWID;
   INSERT OR IGNORE INTO mail (finding_id, generation, stage, told_of, at)
     SELECT substr(key, 1, instr(key, ':') - 1),
       CAST(substr(key, instr(key, ':') + 1) AS INTEGER),
       substr(substr(key, instr(key, ':') + 1), instr(substr(key, instr(key, ':') + 1), ':') + 1), at, at
     FROM claim WHERE kind = 'alert' AND done = 1 ORDER BY key;
   DELETE FROM claim WHERE kind = 'alert';`,
  // 1 for findings that a sweep has to read: at first all, and the next sweep of each account leaves out those that are told and over.
  `ALTER TABLE finding ADD COLUMN in_sight INTEGER NOT NULL DEFAULT 0;
   UPDATE finding SET in_sight = 1 WHERE status IS NOT NULL;
   CREATE INDEX finding_in_sight ON finding (account_id, region) WHERE in_sight = 1;`,
  // Findings that were new in a window, and whether they are held back until it ends.
  `CREATE TABLE new_finding (
     window_end INTEGER NOT NULL,
     finding_id TEXT NOT NULL,
     held INTEGER NOT NULL,
     PRIMARY KEY (window_end, finding_id)
   ) WITHOUT ROWID;`,
  // Launches of sensors that are written down before they are made: one small row for each account and region.
  `CREATE TABLE intended_launch (
     scope TEXT PRIMARY KEY,
     launches TEXT NOT NULL
   ) WITHOUT ROWID;`,
  // When each account and region spoke, and when silence was last judged: one small row for each, and one.
  `CREATE TABLE spoken (
     account_id TEXT NOT NULL,
     region TEXT NOT NULL,
     spoken TEXT NOT NULL,
     PRIMARY KEY (account_id, region)
   ) WITHOUT ROWID;
   CREATE TABLE silence_judged (at INTEGER NOT NULL);`,
];

/** The version of a file that is migrated. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** How long a writer waits for another one. */
const BUSY_TIMEOUT_MS = 30_000;

/** Sets a connection up for several processes and migrates the file. Throws PipelineError `ledger-failed` for a newer version. */
export function prepareFile(db: Database, path: string): void {
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  // WAL allows readers beside one writer and survives kills. FULL keeps what was mailed known after a power cut.
  switchToWal(db);
  db.exec('PRAGMA synchronous = FULL');
  if (versionOf(db) < MIGRATIONS.length) inTransaction(db, () => migrate(db));
  const version = versionOf(db);
  if (version > MIGRATIONS.length) {
    const message = `${path}: the ledger has version ${version}, and this program supports up to ${MIGRATIONS.length}; update mirrorwatch`;
    throw new PipelineError('ledger-failed', message, { path });
  }
}

/** How often, and after how many milliseconds each time, a file that somebody else is just opening is tried again. */
const WAL_TRIES = 100;
const WAL_WAIT_MS = 50;

/**
 * SQLite doesn't wait for a lock when it changes the journal's mode, so two processes that open a new file at once would get in each
 * other's way.
 *
 * @see https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode
 */
function switchToWal(db: Database): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 1; ; tries += 1) {
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      const isBusy = error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
      if (tries === WAL_TRIES || !isBusy) throw error;
      Atomics.wait(pause, 0, 0, WAL_WAIT_MS);
    }
  }
}

/** The version of the file: how many migrations ran. */
export function versionOf(db: Database): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

/** Reads the version again: another process may have migrated the file while we waited for the lock. */
function migrate(db: Database): void {
  for (let version = versionOf(db); version < MIGRATIONS.length; version += 1) {
    db.exec(MIGRATIONS[version] ?? '');
    db.exec(`PRAGMA user_version = ${version + 1}`);
  }
}

/** Runs `work` in a transaction that has the write lock from the start: all of it is written or nothing. */
export function inTransaction<T>(db: Database, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A failed COMMIT may have ended the transaction already.
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
