/** Intended launches of sensors in the local ledger's file. */

import { randomBytes } from 'node:crypto';
import type { Database } from 'libsql';
import { PipelineError } from '../../errors.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import { type LaunchEdit, launchIn, type StoredLaunch, toLaunch, withLaunch } from '../../ledger/intended-launches.ts';
import { SECRET_BYTES } from '../../mirror/ours/sensors.ts';
import type { IntendedLaunch, SensorSlot } from '../../remediation/sensors/launch-log.ts';

/** The launch that is intended for the slot, written down if there was none. To be called in a transaction. */
export function intend(db: Database, scope: Scope, slot: SensorSlot, now: Date): IntendedLaunch {
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  const launch = launchIn(editLaunches(db, scope, withLaunch(slot, secret, now)), slot);
  if (launch !== undefined) return launch;
  throw new PipelineError('ledger-failed', `the ledger did not keep the intended launch of pool ${slot.pool}`);
}

/** Every intended launch of the account and region. */
export function readLaunches(db: Database, scope: Scope): readonly IntendedLaunch[] {
  return stored(db, scope).map(toLaunch);
}

/** Changes the list and returns it. To be called in a transaction. */
export function editLaunches(db: Database, scope: Scope, change: LaunchEdit): readonly StoredLaunch[] {
  const before = stored(db, scope);
  const after = change(before);
  if (after === before) return after;
  db.prepare(
    `INSERT INTO intended_launch (scope, launches) VALUES (?, ?)
     ON CONFLICT (scope) DO UPDATE SET launches = excluded.launches`,
  ).run(scopeKey(scope), JSON.stringify(after));
  return after;
}

function stored(db: Database, scope: Scope): readonly StoredLaunch[] {
  const row = db.prepare('SELECT launches FROM intended_launch WHERE scope = ?').get(scopeKey(scope));
  return row === undefined ? [] : JSON.parse((row as { launches: string }).launches);
}
