/** Looks at an account: reads what the sightings need, and more if the first look shows that they concern more than they name. */

import { groupsNamed } from '../../audit/open-groups/judge-groups.ts';
import { instanceIdsOf } from '../../audit/tag-state.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { InventorySource, Need } from '../../inventory/load-inventory.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import { type AssessRequest, needOf, type ScopeRequest } from '../scope-requests.ts';
import { widerNeed } from './wider-need.ts';

/** An account as it was read, and when. */
export interface Look {
  readonly inventory: Inventory;
  readonly readAt: Date;
}

/** How to look. `breadth` is `all` for a sweep. */
export interface LookOptions extends Pick<AssessRequest, 'now' | 'clock' | 'fresh'> {
  readonly source: InventorySource;
  readonly breadth: AssessRequest['scope'];
  readonly mirroring: boolean;
  /** True if AWS is asked what sessions carry. */
  readonly metrics: boolean;
  /** True if security groups are judged. */
  readonly groups: boolean;
}

/** Reads one account and region, twice at most, and not at all if nothing of it is asked for. Throws what the source throws. */
export async function look(
  { scope, sightings: seen, requested, sessionChanges }: ScopeRequest,
  { source, breadth, mirroring, metrics, groups: judgesGroups, now, clock, fresh: isWanted = false }: LookOptions,
): Promise<Look> {
  const sightings = mirroring ? seen : seen.filter(isAboutInstances);
  const need = breadth === 'all' ? ({ kind: 'all' } as const) : needOf(sightings, requested);
  const groups = judgesGroups ? (breadth === 'all' ? 'all' : groupsNamed(seen, requested)) : [];
  const fresh =
    isWanted ||
    (breadth === 'sighted' && groups.length > 0) ||
    sightings.some(({ kind }) => kind === 'mirror-path-changed');
  const read = async (wanted: typeof need): Promise<Look> => {
    // Whatever changes while the account is read may be missing from it, so the look is dated at its beginning.
    const readAt = new Date(now.getTime() + Math.floor(clock?.elapsedMs() ?? 0));
    return {
      readAt,
      inventory: await source.load(scope, wanted, { mirroring, metrics, groups, fresh, sessionChanges }),
    };
  };
  if (need.kind === 'some' && groups.length === 0 && asksForNothing({ sightings, requested }, need))
    return { readAt: now, inventory: scope };
  const first = await read(need);
  const wider = mirroring ? widerNeed(sightings, first.inventory, need) : undefined;
  return wider === undefined ? first : read(wider);
}

/** True for what the rules about instances may judge: without mirroring, a security group or session concerns nothing. */
function isAboutInstances(sighting: Sighting): boolean {
  return sighting.incomplete === true || instanceIdsOf(sighting).length > 0;
}

/** Sightings of what shows no other resources. */
const NEEDING_NOTHING: ReadonlySet<Sighting['kind']> = new Set([
  'tags-set',
  'tags-removed',
  'security-group-created',
  'security-group-deleted',
]);

/** True if the need names nothing, and neither do the sightings. */
function asksForNothing(
  { sightings, requested }: Pick<ScopeRequest, 'sightings' | 'requested'>,
  { instanceIds, networkInterfaceIds }: Extract<Need, { readonly kind: 'some' }>,
): boolean {
  const { resourceIds = [] } = requested;
  const named = instanceIds.length + networkInterfaceIds.length + resourceIds.length;
  return named === 0 && sightings.every(({ kind }) => NEEDING_NOTHING.has(kind));
}
