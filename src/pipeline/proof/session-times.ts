/** When sessions were made that seem to mirror nothing: figures from before they were say nothing about them. */

import type { Inventory } from '../../inventory/inventory.ts';
import type { ChangeLog } from '../../ledger/change-log.ts';
import { indexAccount } from '../../mirror/account-index.ts';
import { trafficHealthOf } from '../../mirror/health/traffic-health.ts';
import type { MirrorPolicy } from '../../mirror/policy.ts';
import type { Sighting } from '../../sighting/sighting.ts';

/** What says when a session was made. */
interface TimeSources {
  /** The records at hand. */
  readonly recorded: readonly Sighting[];
  readonly ledger?: Pick<ChangeLog, 'about'> | undefined;
}

/**
 * The account with the times of the sessions of which it matters: those that would be silent if they were old. Costs nothing if there are none, and
 * otherwise one look-up. A session of which nothing is recorded stays without a time.
 */
export async function withSessionTimes(
  inventory: Inventory,
  policy: MirrorPolicy | null,
  { recorded, ledger }: TimeSources,
): Promise<Inventory> {
  if (policy === null || inventory.metrics === undefined) return inventory;
  const asOld = indexAccount({ ...inventory, sessionsMade: new Map() }, policy);
  const doubtful = (inventory.networkInterfaces ?? []).filter((one) => {
    const health = trafficHealthOf(one, asOld);
    return health?.kind === 'silent' || (health?.kind === 'unknown' && health.figures !== undefined);
  });
  const ids = doubtful.flatMap((one) =>
    asOld.sessionsOn(one.networkInterfaceId).map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
  );
  if (ids.length === 0) return inventory;
  const kept = (await ledger?.about(inventory, ids)) ?? [];
  const calls = [
    ...recorded.map(({ changes = [], eventTime }) => ({ changes, eventTime })),
    ...kept
      .flatMap(({ parts }) => parts)
      .map(({ changes, eventTime }) => ({ changes: changes.map(({ change }) => change), eventTime })),
  ];
  const made = calls.flatMap(({ changes, eventTime }) =>
    changes.flatMap((change) =>
      change.kind === 'session-created' && ids.includes(change.trafficMirrorSessionId)
        ? [[change.trafficMirrorSessionId, eventTime] as const]
        : [],
    ),
  );
  return { ...inventory, sessionsMade: new Map(made) };
}
