/** The sensors that runs launched and did not get to note, because they were killed or EC2's answer was lost. */

import { groupBy } from '../../collections.ts';
import type { Inventory, Scope } from '../../inventory/inventory.ts';
import { sensorToken } from '../../mirror/ours/sensors.ts';
import type { IntendedLaunch, LaunchLog } from '../../remediation/sensors/launch-log.ts';

/** A launch of ours, and the instance that EC2 shows for it. */
export interface FoundLaunch {
  readonly launch: IntendedLaunch;
  readonly instanceId: string;
}

/**
 * The launches that the ledger noted before they were made, with the instance that carries their token. Nobody could know the token before
 * EC2 had our launch; since then everybody can who may read the account, and EC2 takes it again for another zone. So of two instances with one
 * token neither is proven, unless one was noted before; and what a look at a few instances shows proves nothing, as it may lack the other.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export async function foundLaunches(
  inventory: Inventory,
  ledger: Partial<Pick<LaunchLog, 'intended'>> | undefined,
): Promise<readonly FoundLaunch[]> {
  const { accountId, region, instances = [], partial, incomplete } = inventory;
  const scope: Scope = { accountId, region };
  const launches = (await ledger?.intended?.(scope)) ?? [];
  if (launches.length === 0) return [];
  const byToken = groupBy(instances, ({ clientToken = '' }) => clientToken);
  const isWhole = partial === undefined && incomplete?.instances === undefined;
  return launches.flatMap((launch) => {
    const shown = byToken.get(sensorToken(launch.pool, launch.ordinal, launch.secret)) ?? [];
    const noted = shown.filter(({ instanceId }) => instanceId === launch.instanceId);
    const own = launch.instanceId !== undefined ? noted : isWhole && shown.length === 1 ? shown : [];
    return own.map(({ instanceId }) => ({ launch, instanceId }));
  });
}
