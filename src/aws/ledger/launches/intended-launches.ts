/** Intended launches of sensors in the ledger's table: an item for each account and region. */

import { randomBytes } from 'node:crypto';
import { PipelineError } from '../../../errors.ts';
import { type Scope, scopeKey } from '../../../inventory/inventory.ts';
import { KEPT_DAYS } from '../../../ledger/change-log.ts';
import {
  type LaunchEdit,
  launchIn,
  type StoredLaunch,
  toLaunch,
  withInstance,
  withLaunch,
  withoutLaunch,
} from '../../../ledger/intended-launches.ts';
import { SECRET_BYTES } from '../../../mirror/ours/sensors.ts';
import type { LaunchLog } from '../../../remediation/sensors/launch-log.ts';
import type { ItemKey, LedgerTable } from '../dynamodb-table.ts';
import { retried } from '../retried.ts';

const DAY_MS = 86_400_000;

/** The launch log on a table. Each call is one read, and one write if it changes something. Of two writers at once, one reads again. */
export function launchLogOn(table: LedgerTable): LaunchLog {
  return {
    async intend(scope, slot, now) {
      const secret = randomBytes(SECRET_BYTES).toString('hex');
      const launch = launchIn(await edit(table, scope, withLaunch(slot, secret, now), now), slot);
      if (launch !== undefined) return launch;
      throw new PipelineError('ledger-failed', `the ledger did not keep the intended launch of pool ${slot.pool}`);
    },
    intended: async (scope) => (await read(table, scope)).stored.map(toLaunch),
    async noteInstance(scope, launch, instanceId, now) {
      await edit(table, scope, withInstance(launch, instanceId, now), now);
    },
    async forget(scope, launch) {
      await edit(table, scope, withoutLaunch(launch), launch.at);
    },
  };
}

async function read(
  table: LedgerTable,
  scope: Scope,
): Promise<{ readonly stored: readonly StoredLaunch[]; readonly version: number }> {
  const [item] = await table.get([launchesKey(scope)]);
  return item === undefined ? { stored: [], version: 0 } : { stored: JSON.parse(item.body), version: item.version };
}

/** The list as it is after the change. The item is kept as long as any of its launches. */
function edit(table: LedgerTable, scope: Scope, change: LaunchEdit, at: Date): Promise<readonly StoredLaunch[]> {
  return retried(async () => {
    const { stored, version } = await read(table, scope);
    const after = change(stored);
    if (after === stored) return after;
    const newest = Math.max(at.getTime(), ...after.map((each) => each.at));
    const expiresAt = new Date(newest + KEPT_DAYS * DAY_MS);
    const item = { ...launchesKey(scope), version: version + 1, body: JSON.stringify(after), expiresAt };
    return (await table.putAll([item])) ? after : null;
  });
}

function launchesKey(scope: Scope): ItemKey {
  return { pk: `launches#${scopeKey(scope)}`, sk: 'launches' };
}
