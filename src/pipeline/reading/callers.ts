/** Everything by which people may know who made a call. */

import { actorOf } from '../../cloudtrail/identity.ts';
import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import { launchActor } from '../../sighting/launch-origin.ts';

/**
 * The names, ARNs and sessions of whoever made a call, and of the service through which it was made: each once. Never throws, whatever the record
 * contains.
 */
export function callersOf(record: CloudTrailRecord): readonly string[] {
  const { arn, principalId, userName, invokedBy, sessionContext } = record.userIdentity ?? {};
  const caller = actorOf(record);
  const { actor, through } = launchActor(record, caller);
  const all: readonly unknown[] = [
    caller.name,
    actor.name,
    through,
    arn,
    principalId,
    userName,
    invokedBy,
    sessionContext?.sourceIdentity,
  ];
  return [...new Set(all.filter((text) => typeof text === 'string'))];
}
