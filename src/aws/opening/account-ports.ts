/** The ports that read and change accounts by EC2, with what they share. */

import { scopeKey } from '../../inventory/inventory.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import type { MirrorWriter } from '../../remediation/apply-plan.ts';
import type { SensorLauncher } from '../../remediation/sensors/sensor-launcher.ts';
import type { Clients } from '../clients.ts';
import { ageingCache, SLOW_LIST_MS } from '../ec2/cache.ts';
import { LAUNCHING_PACE, MUTATING_PACE, tokenBucket } from '../ec2/pace.ts';
import { recentSessions } from '../ec2/recent-sessions.ts';
import type { Tasks } from '../ec2/tasks.ts';
import { lazily } from '../lazily.ts';

/** The ports that read and change accounts. */
export interface AccountPorts {
  readonly inventory: InventorySource;
  readonly writer: MirrorWriter;
  readonly launcher: SensorLauncher;
  readonly tasks: Tasks;
}

/**
 * Shares slow-changing lists with the other functions, through this table in the home region: `publish` writes what was read, `take`
 * takes over what another function has just read.
 */
export interface SharedLists {
  readonly table: string;
  readonly use: 'publish' | 'take';
}

/** What they work with. `scopes` and `leftOut` are those of the source of inventories. */
export interface AccountContext extends Required<Pick<InventorySource, 'scopes' | 'leftOut'>> {
  /** The home region. */
  readonly region: string;
  readonly sharedLists?: SharedLists | undefined;
  readonly clients: Clients;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The ports that read and change accounts. They share what we wrote last and the cached lists. */
export function accountPorts({
  clients,
  clock,
  sleep,
  scopes,
  leftOut,
  region,
  sharedLists,
}: AccountContext): AccountPorts {
  const recent = recentSessions(clock);
  const cache = ageingCache(SLOW_LIST_MS, clock);
  const now = (): Date => new Date(clock());
  return {
    inventory: {
      scopes,
      leftOut,
      ...lazily<Pick<InventorySource, 'load'>>({ load: true }, async () => {
        const { ec2InventorySource } = await import('../ec2/inventory.ts');
        const { isSlowList } = await import('../ec2/lists/mirror-lists.ts');
        if (sharedLists === undefined) return ec2InventorySource({ clients, cache, recent, scopes, now });
        const { dynamoDbTable } = await import('../ledger/dynamodb-table.ts');
        const { sharedCache } = await import('../ec2/shared-lists.ts');
        const table = dynamoDbTable(clients, sharedLists.table, region);
        const shared = sharedCache(cache, { table, use: sharedLists.use, isShared: isSlowList, now: clock });
        return ec2InventorySource({ clients, cache: shared, recent, scopes, now });
      }),
    },
    writer: lazily<MirrorWriter>(
      { createSession: true, modifySession: true, deleteSession: true, sessionsOf: true, createTarget: true },
      async () =>
        (await import('../ec2/mirror-writer.ts')).ec2MirrorWriter(
          clients,
          tokenBucket({ ...MUTATING_PACE, now: clock, sleep }),
          recent,
          (scope) => cache.forget(`${scopeKey(scope)}:TrafficMirrorTargets`),
        ),
    ),
    launcher: lazily<SensorLauncher>({ launch: true, describe: true, targetOn: true, terminate: true }, async () =>
      (await import('../ec2/sensor-launcher.ts')).ec2SensorLauncher(
        clients,
        tokenBucket({ ...LAUNCHING_PACE, now: clock, sleep }),
      ),
    ),
    tasks: lazily<Tasks>({ describe: true }, async () => (await import('../ec2/tasks.ts')).ecsTasks(clients)),
  };
}
