/** Leaves out the calls that we made and know of: the judgement that led to them needs no repeating, and so no look at the account. */

import { groupBy } from '../../collections.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { ChangeLog, KeptPart } from '../../ledger/change-log.ts';
import type { Change } from '../../sighting/changes/change.ts';
import type { SessionCreated, SessionModified } from '../../sighting/changes/mirroring.ts';
import { isOwnCall } from '../../sighting/own-calls.ts';
import type { SessionSighting, Sighting } from '../../sighting/sighting.ts';
import { madeByUs, type OwnCallers } from './own-callers.ts';

/** How long before AWS's answer a call may have been recorded: its retries take time. */
const ANSWERED_WITHIN_MS = 10 * 60_000;

/**
 * The sightings without our own calls on sessions: otherwise each repair would start another walk. A call is ours if one of our callers
 * made it, by the ARN that AWS recorded, and the ledger knows that we did just that. Neither can be written by whoever tags a resource or
 * names a session. A call by our role that the ledger does not know is looked at like anybody's; without a ledger, each one is.
 */
export async function withoutOwnCalls(
  sightings: readonly Sighting[],
  callers: OwnCallers,
  ledger: Pick<ChangeLog, 'about'> | undefined,
): Promise<readonly Sighting[]> {
  const claimed = ledger === undefined ? [] : await madeByUs(sightings.filter(isOnSession), callers);
  if (claimed.length === 0 || ledger === undefined) return sightings;
  const known = new Set<Sighting>();
  for (const some of groupBy(claimed, scopeKey).values()) {
    const [first] = some;
    if (first === undefined) continue;
    const ids = [...new Set(some.flatMap((each) => each.trafficMirrorSessionId ?? []))];
    const kept = await ledger.about({ accountId: first.accountId, region: first.region }, ids);
    const ours = kept.flatMap(({ parts }) => parts.filter(({ evidence }) => isOwnCall(evidence)));
    for (const sighting of some) if (isKnown(sighting, ours)) known.add(sighting);
  }
  return known.size === 0 ? sightings : sightings.filter((sighting) => !known.has(sighting));
}

function isOnSession(sighting: Sighting): sighting is SessionSighting {
  return (
    sighting.kind === 'session-created' || sighting.kind === 'session-modified' || sighting.kind === 'session-deleted'
  );
}

/** True if we know each change of the call from AWS's answers to our own calls. A record without changes tells nothing to compare. */
function isKnown({ changes = [], eventTime }: Sighting, ours: readonly KeptPart[]): boolean {
  return changes.length > 0 && changes.every((change) => ours.some((part) => didThis(part, change, eventTime)));
}

function didThis({ changes, eventTime: answeredAt }: KeptPart, recorded: Change, recordedAt: Date): boolean {
  return changes.some(({ change }) => {
    if (recorded.kind === 'session-created' && change.kind === 'session-created')
      return isSameSession(change, recorded);
    if (recorded.kind === 'session-deleted' && change.kind === 'session-deleted')
      return change.trafficMirrorSessionId === recorded.trafficMirrorSessionId;
    if (recorded.kind !== 'session-modified' || change.kind !== 'session-modified') return false;
    // A session may be modified many times: an older call of ours with the same values is another one.
    const lateMs = answeredAt.getTime() - recordedAt.getTime();
    return lateMs >= 0 && lateMs <= ANSWERED_WITHIN_MS && isSameSession({ ...change.session, ...change }, recorded);
  });
}

/** True if the session is as recorded, in each field that the record names. */
function isSameSession(known: SessionCreated | SessionModified, recorded: SessionCreated | SessionModified): boolean {
  const { sessionNumber, trafficMirrorTargetId, trafficMirrorFilterId } = recorded;
  const interfaceId = 'networkInterfaceId' in recorded ? recorded.networkInterfaceId : undefined;
  return (
    known.trafficMirrorSessionId === recorded.trafficMirrorSessionId &&
    (interfaceId === undefined || ('networkInterfaceId' in known && known.networkInterfaceId === interfaceId)) &&
    (sessionNumber === undefined || known.sessionNumber === sessionNumber) &&
    (trafficMirrorTargetId === undefined || known.trafficMirrorTargetId === trafficMirrorTargetId) &&
    (trafficMirrorFilterId === undefined || known.trafficMirrorFilterId === trafficMirrorFilterId)
  );
}
