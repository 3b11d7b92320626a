/** What happens to an instance between its launch and its end: it is stopped and started, and gets and loses interfaces. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { Clock } from '../driver/clock.ts';
import { interfaceOf, stateOf } from './account.ts';
import { interfaceCallOf, stateChangeOf, type TrailCall } from './records.ts';
import type { Trail } from './trail.ts';

/** What the changes are made with. */
export interface LivesOptions {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly trail: Trail;
  /** The beginning of a record: who calls what, and when. */
  readonly call: (accountId: string, eventName: string) => Omit<TrailCall, 'request' | 'response'>;
  /** Gives the instance a state and tells of it, unless it was terminated before. */
  readonly stateChanged: (accountId: string, instance: Item, state: string) => void;
}

/** The events that change an instance which goes on living. */
export type LifeKind = 'stop' | 'start' | 'attach' | 'detach';

/** How long EC2 takes to start an instance. */
export const STARTS_MS = 15_000;
const STOPS_MS = 40_000;
/** A detached interface is deleted then. */
const KEPT_MS = 8 * 60_000;

/** The changes by event. Each does nothing where EC2 would refuse: an instance stops when it runs, and starts when it is stopped. */
export function livesIn({
  cloud,
  clock,
  trail,
  call,
  stateChanged,
}: LivesOptions): Readonly<Record<LifeKind, (accountId: string, instance: Item, number: number) => void>> {
  const ordinals = new Map<number, number>();
  const moves = (from: string, by: string, over: string, to: string, afterMs: number) => {
    return (accountId: string, instance: Item): void => {
      if (instance.State.Name !== from) return;
      instance.State = stateOf(over);
      cloud.changed(accountId);
      trail.record({ ...call(accountId, by), ...stateChangeOf(instance.InstanceId, from, over) });
      clock.after(afterMs, () => stateChanged(accountId, instance, to));
    };
  };
  return {
    stop: moves('running', 'StopInstances', 'stopping', 'stopped', STOPS_MS),
    start: moves('stopped', 'StartInstances', 'pending', 'running', STARTS_MS),

    attach(accountId, instance, number) {
      const index = instance.NetworkInterfaces.length;
      const ordinal = Math.max(index, (ordinals.get(number) ?? 0) + 1);
      ordinals.set(number, ordinal);
      const made = interfaceOf(accountId, number, { index, ordinal });
      cloud.account(accountId).lists.NetworkInterfaces?.push(made);
      instance.NetworkInterfaces.push(made);
      cloud.changed(accountId);
      for (const eventName of ['CreateNetworkInterface', 'AttachNetworkInterface'])
        trail.record({ ...call(accountId, eventName), ...interfaceCallOf(eventName, made) });
    },

    detach(accountId, instance, number) {
      if (instance.NetworkInterfaces.length < 2) return;
      ordinals.set(number, Math.max(ordinals.get(number) ?? 0, instance.NetworkInterfaces.length - 1));
      const taken: Item = instance.NetworkInterfaces.pop();
      const eventName = 'DetachNetworkInterface';
      trail.record({ ...call(accountId, eventName), ...interfaceCallOf(eventName, taken) });
      delete taken.Attachment;
      taken.Status = 'available';
      cloud.changed(accountId);
      clock.after(KEPT_MS, () => deleteInterface(accountId, taken));
    },
  };

  function deleteInterface(accountId: string, taken: Item): void {
    const { lists } = cloud.account(accountId);
    lists.NetworkInterfaces = (lists.NetworkInterfaces ?? []).filter((each) => each !== taken);
    cloud.dropSessions(accountId, new Set([taken.NetworkInterfaceId]));
    cloud.changed(accountId);
    trail.record({
      ...call(accountId, 'DeleteNetworkInterface'),
      ...interfaceCallOf('DeleteNetworkInterface', taken),
    });
  }
}
