/** The alternatives to a placement: where the source could go if AWS refuses the target that was selected for it. */

import { compareText } from '../../collections.ts';
import type { TargetsByZone } from '../candidates.ts';
import { utilisation } from '../checks/capacity.ts';
import { hashOf, tieRank } from '../stable-hash.ts';
import type { TargetProfile } from '../targets.ts';
import { eachBit } from './bit-set.ts';

/**
 * The ids of a source's `count` most preferred targets with room, best first, given the load of each target. They may include the
 * target that was selected.
 */
export function bestWithRoom(
  networkInterfaceId: string,
  passing: TargetsByZone,
  targets: readonly TargetProfile[],
  load: readonly number[],
  count: number,
): readonly string[] {
  const hash = hashOf(networkInterfaceId);
  const best: { id: string; tier: number; utilisation: number; rank: number }[] = [];
  const consider = (tier: number) => (index: number) => {
    const { id, capacity, unit, hash: targetHash } = targets[index] as TargetProfile;
    const sources = load[index] ?? 0;
    if (capacity !== null && sources >= capacity) return;
    const entry = { id, tier, utilisation: utilisation(sources, unit), rank: tieRank(hash, targetHash) };
    const isWorse = (other: typeof entry): boolean =>
      (tier - other.tier ||
        entry.utilisation - other.utilisation ||
        entry.rank - other.rank ||
        compareText(id, other.id)) < 0;
    const at = best.findIndex(isWorse);
    if (at >= 0) best.splice(at, 0, entry);
    else best.push(entry);
    if (best.length > count) best.pop();
  };
  eachBit(passing.near, consider(0));
  eachBit(passing.far, consider(1));
  return best.map(({ id }) => id);
}
