/** Sensors that are launched on demand, and sessions on suspicion: no more than is needed, and for no longer. */

import { type Run, timeOf } from '../simulate.ts';
import { SUSPICION_FILTER } from '../world/account.ts';
import type { Invariant } from './invariants.ts';
import { isSweepless, sourcesIn } from './state-invariants.ts';

/** AWS's limit for an interface of this size. */
const SOURCES_PER_SENSOR = 10;
const UNTIL_TAG = 'mirrorwatch:until';
/** The sweep that ends a suspicion comes that much later, with its repairs. */
const NEXT_SWEEP_MS = 2.5 * 3_600_000;

export const SENSOR_INVARIANTS: Readonly<Record<string, Invariant>> = {
  'no more sensors are launched than are needed': (run) =>
    run.schedule.settings.accounts.flatMap((accountId) => {
      const changes = run.cloud.sensorChanges.filter((each) => each.accountId === accountId);
      const launched = changes.filter(({ action }) => action === 'launched').length;
      const ended = changes.length - launched;
      const needed = Math.ceil(sourcesIn(run, accountId) / SOURCES_PER_SENSOR);
      return launched - ended > needed ? [`${accountId} has ${launched - ended} and needs ${needed}`] : [];
    }),

  /** A sensor that is no target is billed for nothing. Sweeps make it one, or end it. */
  'no sensor is left without a target': (run) => {
    if (isSweepless(run) || run.schedule.settings.outageMs > 0) return [];
    return run.cloud.sensorChanges.flatMap(({ accountId, action, instanceId }) => {
      const instance = run.cloud.instances(accountId).find(({ InstanceId }) => InstanceId === instanceId);
      if (action !== 'launched' || instance === undefined || instance.State.Name === 'terminated') return [];
      const own: readonly string[] = instance.NetworkInterfaces.map(
        ({ NetworkInterfaceId }: { readonly NetworkInterfaceId: string }) => NetworkInterfaceId,
      );
      const targets = run.cloud.account(accountId).lists.TrafficMirrorTargets ?? [];
      return targets.some((each) => own.includes(each.NetworkInterfaceId)) ? [] : [`${instanceId} is no target`];
    });
  },

  'only sensors of ours are terminated': ({ cloud }) => {
    const launched = new Set(
      cloud.sensorChanges.flatMap(({ action, instanceId }) => (action === 'launched' ? [instanceId] : [])),
    );
    return cloud.sensorChanges.flatMap(({ action, instanceId }) =>
      action === 'terminated' && !launched.has(instanceId) ? [`${instanceId} was not launched by us`] : [],
    );
  },

  'a suspicion ends in time and not before': (run) => {
    const { cloud, schedule, startAt } = run;
    const endAt = startAt + schedule.settings.endsAfterMs;
    const early = cloud.sessionChanges.flatMap(({ by, action, session, at }) =>
      by === 'us' && action === 'deleted' && untilOf(session) > at + 1000 + 2 * schedule.settings.skewMs
        ? [`${session.TrafficMirrorSessionId} was deleted at ${timeOf(at - startAt)}`]
        : [],
    );
    if (isSweepless(run) || schedule.settings.outageMs > 0) return early;
    const late = schedule.settings.accounts.flatMap((accountId) =>
      cloud
        .sessions(accountId)
        .filter((each) => each.TrafficMirrorFilterId === SUSPICION_FILTER && untilOf(each) + NEXT_SWEEP_MS < endAt)
        .map((each) => `${each.TrafficMirrorSessionId} should have ended at ${timeOf(untilOf(each) - startAt)}`),
    );
    return [...early, ...late];
  },
};

/** Until when a session on suspicion is to exist. 0 for other sessions. */
function untilOf({ Tags }: Run['cloud']['sessionChanges'][number]['session']): number {
  const tags: readonly { readonly Key: string; readonly Value: string }[] = Tags ?? [];
  const until = tags.find(({ Key }) => Key === UNTIL_TAG)?.Value;
  return until === undefined ? 0 : Date.parse(until);
}
