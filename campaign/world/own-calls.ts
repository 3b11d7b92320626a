/** What our functions change is recorded by CloudTrail like anybody's calls, under the role that made them. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import type { Cloud } from '../aws/cloud.ts';
import { HOME } from './account.ts';
import { sessionCallOf } from './records.ts';
import { WRITER_ROLE } from './settings.ts';
import type { Trail } from './trail.ts';

const DONE: Readonly<Record<string, 'created' | 'modified' | 'deleted'>> = {
  CreateTrafficMirrorSession: 'created',
  ModifyTrafficMirrorSession: 'modified',
  DeleteTrafficMirrorSession: 'deleted',
};

/** Notes a change that a function made, and has CloudTrail record it if it is one of a session. */
export function ourChange(
  cloud: Cloud,
  trail: Trail,
  accountId: string,
  eventName: string,
  request: Item,
  answer: Item,
): void {
  cloud.changed(accountId);
  const action = DONE[eventName];
  if (action === undefined) return;
  const at = cloud.clock.now();
  const session: Item = answer.TrafficMirrorSession ?? answer;
  cloud.sessionChanges.push({ at, by: 'us', accountId, action, session: structuredClone(session) });
  const role = accountId === HOME ? WRITER_ROLE : 'mirrorwatch-member';
  const caller = `assumed-role/${role}/${accountId === HOME ? WRITER_ROLE : 'mirrorwatch'}`;
  trail.record({ accountId, at, eventName, caller, ...sessionCallOf(eventName, request, session) });
}
