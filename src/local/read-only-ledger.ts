/** Opens a ledger file that may not be written to, such as an auditor's copy. */

import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { PipelineError } from '../errors.ts';
import { SCHEMA_VERSION, versionOf } from './ledger-schema.ts';

/** True if the file is there and it or its folder may not be written to: SQLite needs both, even to read a file in WAL mode. */
export function isReadOnly(path: string): boolean {
  return existsSync(path) && ![path, dirname(path)].every(isWritable);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens the file without writing anything, which is right only while nobody else writes to it. Throws PipelineError `ledger-failed` if it
 * has changes in a file beside it, or is of another version and so would have to be migrated.
 *
 * @see https://www.sqlite.org/uri.html#uriimmutable
 */
export function openReadOnly(path: string, cause: unknown): Database.Database {
  const refused = (why: string): PipelineError => {
    const message = `${path}: the ledger is read-only, and ${why}; copy it, with any file beside it that begins with its name, to a folder that you may write to, and read it there`;
    return new PipelineError('ledger-failed', message, { cause, path });
  };
  if (existsSync(`${path}-wal`)) throw refused(`${path}-wal may hold changes that cannot be read without writing`);
  const db = new Database(`${pathToFileURL(path).href}?immutable=1`);
  const version = versionOf(db);
  if (version === SCHEMA_VERSION) return db;
  db.close();
  throw refused(
    version < SCHEMA_VERSION
      ? `it has version ${version}, which has to be migrated to ${SCHEMA_VERSION} first`
      : `it has version ${version}, and this program supports up to ${SCHEMA_VERSION}: update mirrorwatch`,
  );
}
