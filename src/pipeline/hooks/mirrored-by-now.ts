/** A last look at an instance that is to be abandoned: it may be mirrored by now, without the knowledge of whoever gives it up. */

import type { Config } from '../../config.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import type { RunClock } from '../../remediation/apply-plan.ts';
import type { LaunchHold } from '../../sighting/events.ts';
import { assess } from '../assess.ts';

/** True if an interface of the instance is mirrored and none still needs it. Changes nothing. */
export async function isMirroredByNow(
  { accountId, region, instanceId }: LaunchHold,
  source: InventorySource,
  config: Config,
  run: { readonly now: Date; readonly clock: RunClock },
): Promise<boolean> {
  const requested = [{ accountId, region, instanceIds: [instanceId], networkInterfaceIds: [] }];
  const { scopes } = await assess({ ...run, sightings: [], requested, scope: 'sighted', fresh: true }, source, config);
  const resources = scopes.flatMap(({ audited }) => audited.resources);
  const interfaces = resources.filter(({ resourceId }) => resourceId === instanceId).flatMap((each) => each.interfaces);
  const kinds = interfaces.map(({ verdict }) => verdict.kind);
  return kinds.includes('mirrored') && kinds.every((kind) => kind === 'mirrored' || kind === 'exempt');
}
