/** Nothing twice and nothing foreign: what our functions did to mirror sessions, at every moment. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import { type Run, timeOf } from '../simulate.ts';
import { sensorsOf } from '../world/settings.ts';
import type { Invariant } from './invariants.ts';

interface Moment {
  readonly accountId: string;
  /** Our sessions in the account at that moment. */
  readonly ours: readonly Item[];
}

export const SESSION_INVARIANTS: Readonly<Record<string, Invariant>> = {
  'two sessions of ours never share an interface': (run) =>
    overTime(run, ({ ours }) => {
      const sources: string[] = ours.map((each) => `${each.NetworkInterfaceId} by ${each.TrafficMirrorFilterId}`);
      return sources.filter((id, index) => sources.indexOf(id) < index).map((id) => `${id} has two sessions of ours`);
    }),

  'a repeated create has the first token': ({ cloud }) =>
    cloud.repeatedCreates.map((each) => `a second create from ${each} had another client token`),

  "nobody else's session is touched": ({ cloud, startAt }) => {
    const made = new Set<string>();
    return cloud.sessionChanges.flatMap(({ by, action, session, at }) => {
      const id: string = session.TrafficMirrorSessionId;
      if (by === 'us' && action === 'created') made.add(id);
      return by === 'us' && !made.has(id) ? [`${id} was ${action} by us at ${timeOf(at - startAt)}`] : [];
    });
  },

  'targets keep to their capacity': (run) =>
    overTime(run, ({ ours, accountId }) =>
      sensorsOf(run.schedule.settings, accountId).flatMap(({ targetId, capacity }) => {
        const onIt = ours.filter((each) => each.TrafficMirrorTargetId === targetId);
        const sources = new Set(onIt.map((each) => each.NetworkInterfaceId));
        return sources.size > capacity ? [`${targetId} has ${sources.size} sources and room for ${capacity}`] : [];
      }),
    ),
};

/** What a check says of our sessions after each change to one. */
function overTime(run: Run, check: (moment: Moment) => readonly string[]): readonly string[] {
  const ours = new Map<string, Map<string, Item>>();
  const made = new Set<string>();
  return run.cloud.sessionChanges.flatMap(({ at, by, accountId, action, session }) => {
    const id: string = session.TrafficMirrorSessionId;
    if (by === 'us' && action === 'created') made.add(id);
    const ofAccount = ours.get(accountId) ?? new Map<string, Item>();
    ours.set(accountId, ofAccount);
    if (action === 'deleted') ofAccount.delete(id);
    else if (made.has(id)) ofAccount.set(id, session);
    return check({ accountId, ours: [...ofAccount.values()] }).map((each) => `${each} at ${timeOf(at - run.startAt)}`);
  });
}
