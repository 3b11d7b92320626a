/** Finds in the change log the calls that may have to do with some resources. */

import type { Scope } from '../../inventory/inventory.ts';
import type { ChangeLog, KeptCall, KeptPart, KeptResource } from '../../ledger/change-log.ts';
import { idsChangedBy, idsNamedBy, LOST_IDS } from '../../ledger/changed-ids.ts';
import type { Change } from '../../sighting/changes/change.ts';

/**
 * How often the log is read: for the resources, and three times for what their calls name. The longest way from a source to a call that
 * decided about it has three steps when everything on it is gone from the account: the source's session names a target (1), the target's
 * creation the sensor's interface (2), and the interface's records its instance, groups and attachments (3).
 */
const READS = 4;

/**
 * The kept calls that may have to do with these resources: the calls on them, and on what those calls name, since many records name
 * only that (a deleted session, a detached attachment, a rule). Calls whose resource no record tells are among them, with what made
 * the things they name: one that is known to be about something else must not look as if it could be about anything.
 */
export async function callsBehind(
  log: Pick<ChangeLog, 'about'>,
  scope: Scope,
  resourceIds: Iterable<string>,
): Promise<readonly KeptCall[]> {
  const lost = await log.about(scope, LOST_IDS);
  const found: KeptResource[] = [...lost, ...(await log.about(scope, [...idsIn(lost)]))];
  const asked = new Set<string>(LOST_IDS);
  let next: readonly string[] = [...new Set(resourceIds)];
  for (let read = 0; read < READS && next.length > 0; read += 1) {
    for (const id of next) asked.add(id);
    const resources = await log.about(scope, next);
    for (const resource of resources) found.push(resource);
    next = [...idsIn(resources)].filter((id) => !asked.has(id));
  }
  return joined(found);
}

function idsIn(resources: readonly KeptResource[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { parts } of resources)
    for (const { changes } of parts)
      for (const { change } of changes) for (const id of idsNamedBy(change)) if (!LOST_IDS.includes(id)) ids.add(id);
  return ids;
}

/** Each call once, with the changes of all its parts in the order of its record. */
function joined(resources: readonly KeptResource[]): readonly KeptCall[] {
  const gaps = gapsIn(resources);
  const byCall = new Map<string, { readonly part: KeptPart; readonly changes: Map<number, Change> }>();
  for (const { parts } of resources) {
    for (const part of parts) {
      const known = byCall.get(part.callId) ?? { part, changes: new Map<number, Change>() };
      byCall.set(part.callId, known);
      for (const { place, change } of part.changes)
        if (!isBeforeGap(change, part.eventTime, gaps))
          known.changes.set(place, both(known.changes.get(place), change));
    }
  }
  return [...byCall.values()].flatMap(({ part, changes }) =>
    changes.size === 0
      ? []
      : [{ ...part, changes: [...changes].toSorted(([one], [other]) => one - other).map(([, change]) => change) }],
  );
}

/** By resource, until when the log lacks calls on it. Of what is lost, no time is complete. */
function gapsIn(resources: readonly KeptResource[]): ReadonlyMap<string, Date> {
  return new Map(
    resources.flatMap(({ resourceId, lacksUntil }) =>
      lacksUntil === undefined || LOST_IDS.includes(resourceId) ? [] : [[resourceId, lacksUntil] as const],
    ),
  );
}

/**
 * True for a change that is kept for several resources and comes before calls that are lacking for one of them: what a launch shows of an
 * instance's tags proves nothing when calls after it are missing.
 */
function isBeforeGap(change: Change, eventTime: Date, gaps: ReadonlyMap<string, Date>): boolean {
  if (gaps.size === 0) return false;
  return idsChangedBy(change).some((id) => eventTime <= (gaps.get(id) ?? NEVER));
}

/** Before every call. */
const NEVER = new Date(-8.64e15);

/** Parts of one change are the same, except that an opaque one names only the resource that it was kept for. */
function both(known: Change | undefined, change: Change): Change {
  if (known?.kind !== 'opaque' || change.kind !== 'opaque') return change;
  return { ...known, resourceIds: [...new Set([...known.resourceIds, ...change.resourceIds])] };
}
