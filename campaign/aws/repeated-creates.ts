/** Creates of a session that is there already: EC2 recognises a repetition by its client token alone. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import type { CallContext } from './services.ts';

/** The invocation of a call: `watch#3`. */
export function runOf(name: string): string {
  return name.split('/', 1)[0] ?? name;
}

/** Notes the sessions of a list once they have reached the run. */
export function noteShown(
  { cloud, name, staleMs, whenRead }: CallContext,
  accountId: string,
  params: Item,
  answer: Item,
): void {
  const sessions: readonly Item[] = answer.TrafficMirrorSessions;
  const page = { accountId, params, isOld: staleMs > 0, sessions, isLast: answer.NextToken === undefined };
  whenRead(() => cloud.shownSessions.note(runOf(name), page));
}

/**
 * A create that may be a repetition must have the token of the first: only then does EC2 answer it with the session that it made. Excused
 * is a later run from which old lists hid the session. It cannot know of the first, and EC2 refuses the session number that both ask for.
 * Lists are compared by what they were asked for: after an unclear answer a run lists the sessions of one interface, and if that list is up
 * to date, the run still knows the sessions of the next interface only from the old list of the account.
 */
export function noteRepeated({ cloud, name }: CallContext, accountId: string, params: Item): void {
  const same = ['NetworkInterfaceId', 'TrafficMirrorTargetId', 'TrafficMirrorFilterId'];
  const twin = cloud
    .sessions(accountId)
    .find((each) => each.ClientToken !== undefined && same.every((key) => each[key] === params[key]));
  if (twin === undefined || twin.ClientToken === params.ClientToken) return;
  const isExcused =
    cloud.shownSessions.hid(runOf(name), accountId, twin) &&
    cloud.sessionMakers.get(twin.TrafficMirrorSessionId) !== runOf(name) &&
    String(twin.SessionNumber) === params.SessionNumber;
  if (!isExcused) cloud.repeatedCreates.push(`${params.NetworkInterfaceId} to ${params.TrafficMirrorTargetId}`);
}
