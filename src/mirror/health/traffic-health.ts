/** The health of an interface's sessions by AWS's figures, where these can be told to belong to them. */

import type { InstanceMetrics } from '../../inventory/metrics/instance-metrics.ts';
import type { TrafficMirrorSession } from '../../inventory/mirror.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../account-index.ts';
import { takenBy } from '../checks/filters.ts';
import { isTaskInterface } from '../eligibility.ts';
import { healthPolicyOf } from '../policy.ts';
import type { Taken } from './figures.ts';
import { judgeFigures, type TrafficHealth } from './judge-figures.ts';

/**
 * What the sessions of an interface carry. CloudWatch has figures of instances only, summed over their interfaces and sessions, so the answer is
 * `unknown` for an interface of anything else or of an instance with several; of several sessions it only tells that none carries anything.
 * Undefined for an interface without sessions.
 */
export function trafficHealthOf(networkInterface: NetworkInterface, account: AccountIndex): TrafficHealth | undefined {
  if (account.inventory.trafficMirrorSessions === undefined)
    return { kind: 'unknown', reason: 'the traffic mirror sessions could not be read' };
  const sessions = account.sessionsOn(networkInterface.networkInterfaceId);
  if (sessions.length === 0) return undefined;
  const metrics = metricsFor(networkInterface, account);
  if (typeof metrics === 'string') return { kind: 'unknown', reason: metrics };
  const health = judgeFigures(metrics, {
    taken: takenOf(networkInterface, sessions, account),
    droppedShare: healthPolicyOf(account.policy).droppedShare,
    since: newestOf(sessions, account),
    zerosProveNothing: account.once(hasFiguresWithoutSessions),
  });
  if (sessions.length === 1 || !['carrying', 'dropping'].includes(health.kind)) return health;
  return {
    ...health,
    kind: 'unknown',
    reason: `CloudWatch counts its ${sessions.length} sessions together: ${health.reason}`,
  };
}

/** The figures of the interface, or in words why there are none. */
function metricsFor(networkInterface: NetworkInterface, account: AccountIndex): InstanceMetrics | string {
  const { metrics, unreadForHealth = {} } = account.inventory;
  const instanceId = networkInterface.attachment?.instanceId;
  if (instanceId === undefined)
    return isTaskInterface(networkInterface)
      ? 'CloudWatch counts no mirrored packets of tasks'
      : 'CloudWatch counts mirrored packets of instances only';
  const instance = account.instance(instanceId);
  if (typeof instance === 'object' && instance.state === 'stopped') return `${instanceId} is stopped`;
  const attached = interfaceIdsOf(instanceId, account).size;
  if (attached > 1) return `CloudWatch counts the ${attached} interfaces of ${instanceId} together`;
  if (metrics === undefined) {
    const why = unreadForHealth.metrics;
    return why === undefined ? "CloudWatch's figures were not read" : `CloudWatch's figures could not be read: ${why}`;
  }
  return account.once(metricsByInstance).get(instanceId) ?? `CloudWatch has no figures of ${instanceId}`;
}

function interfaceIdsOf(instanceId: string, account: AccountIndex): ReadonlySet<string> {
  const instance = account.instance(instanceId);
  return new Set([
    ...(typeof instance === 'object' ? instance.networkInterfaceIds : []),
    ...account.interfacesOf(instanceId).map(({ networkInterfaceId }) => networkInterfaceId),
  ]);
}

/** The directions in which one of the sessions takes every packet. A filter that is not known takes none for certain. */
function takenOf(
  { ipv6Addresses = [], privateIpAddress }: NetworkInterface,
  sessions: readonly TrafficMirrorSession[],
  account: AccountIndex,
): Taken {
  const families = [
    ...(privateIpAddress === undefined ? [] : [4 as const]),
    ...(ipv6Addresses.length === 0 ? [] : [6 as const]),
  ];
  const taken = sessions.flatMap(({ trafficMirrorFilterId }) => {
    const filter = account.trafficMirrorFilter(trafficMirrorFilterId);
    return typeof filter === 'object' && families.length > 0 ? [takenBy(filter, families)] : [];
  });
  return { inbound: taken.some(({ inbound }) => inbound), outbound: taken.some(({ outbound }) => outbound) };
}

/** When the newest of the sessions was made; undefined unless that is known of all of them. */
function newestOf(sessions: readonly TrafficMirrorSession[], { inventory }: AccountIndex): Date | undefined {
  const times = sessions.flatMap(
    ({ trafficMirrorSessionId }) => inventory.sessionsMade?.get(trafficMirrorSessionId) ?? [],
  );
  if (times.length < sessions.length) return undefined;
  return times.reduce((newest, time) => (time > newest ? time : newest));
}

function metricsByInstance({ inventory }: AccountIndex): ReadonlyMap<string, InstanceMetrics> {
  return new Map((inventory.metrics ?? []).map((metrics) => [metrics.instanceId, metrics]));
}

/** True if CloudWatch has zeros of an instance that has no session. With other figures, it had one a while ago. */
function hasFiguresWithoutSessions(account: AccountIndex): boolean {
  return (account.inventory.metrics ?? []).some(({ instanceId, mirroredPacketsIn = [], mirroredPacketsOut = [] }) => {
    const isSource = [...interfaceIdsOf(instanceId, account)].some((id) => account.sessionsOn(id).length > 0);
    const sums = [...mirroredPacketsIn, ...mirroredPacketsOut].filter((sum) => sum !== null);
    return !isSource && sums.length > 0 && sums.every((sum) => sum === 0);
  });
}
