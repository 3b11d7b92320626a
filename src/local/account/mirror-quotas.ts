/** EC2's checks of new sessions and targets, with its error codes, for accounts in a file. */

import { AwsCallError } from '../../errors.ts';
import type { Instance } from '../../inventory/instance.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { type TrafficMirrorTarget, targetInterfaceId } from '../../inventory/mirror.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { SESSIONS_PER_ACCOUNT, SESSIONS_PER_INTERFACE } from '../../mirror/account-index.ts';
import { sourceSupport, sourcesAllowed } from '../../mirror/instance-types.ts';
import type { IndexOf, SessionCounter, SessionCounts } from './list-index.ts';

/** @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
const TARGETS_PER_ACCOUNT = 10_000;
const HIGHEST_SESSION_NUMBER = 32_766;

/** The most sources of a target; null without a limit. */
export type CapacityOf = (inventory: Inventory, target: TrafficMirrorTarget, indexOf: IndexOf) => number | null;

/** True if instances of this type can be mirror sources, or if that is unknown. */
export type Supports = (instanceType: string) => boolean;

/** The limits to enforce. */
export interface Limits {
  readonly capacityOf: CapacityOf;
  readonly supports: Supports;
}

/** The part of a session that is checked. `trafficMirrorSessionId` is absent for a new one. */
export interface WantedSession {
  readonly trafficMirrorSessionId?: string | undefined;
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly sessionNumber: number;
}

/** An error of EC2's. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

function refusal(code: string, message: string): Refusal {
  return { code, message };
}

/**
 * The error with which EC2 would refuse the session, or null. Needs the inventory's interfaces, targets, filters and sessions.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
export function refusalOfSession(
  inventory: Inventory,
  wanted: WantedSession,
  limits: Limits,
  { indexOf, counter }: { readonly indexOf: IndexOf; readonly counter: SessionCounter },
): Refusal | null {
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = wanted;
  const source = indexOf(inventory.networkInterfaces, interfaceKey).get(networkInterfaceId);
  if (source === undefined) {
    return refusal(
      'InvalidNetworkInterfaceID.NotFound',
      `The networkInterface ID '${networkInterfaceId}' does not exist`,
    );
  }
  const target = indexOf(inventory.trafficMirrorTargets, targetKey).get(trafficMirrorTargetId);
  if (target === undefined) {
    return refusal('InvalidTrafficMirrorTargetId.NotFound', `The target '${trafficMirrorTargetId}' does not exist`);
  }
  if (!inventory.trafficMirrorFilters?.some((each) => each.trafficMirrorFilterId === trafficMirrorFilterId)) {
    return refusal('InvalidTrafficMirrorFilterId.NotFound', `The filter '${trafficMirrorFilterId}' does not exist`);
  }
  if (!Number.isInteger(sessionNumber) || sessionNumber < 1 || sessionNumber > HIGHEST_SESSION_NUMBER) {
    return refusal(
      'InvalidParameterValue',
      `The session number ${sessionNumber} is not between 1 and ${HIGHEST_SESSION_NUMBER}`,
    );
  }
  const asTarget = indexOf(inventory.trafficMirrorTargets, targetInterfaceId).get(networkInterfaceId);
  if (asTarget !== undefined) {
    const message = `${networkInterfaceId} is in use by target ${asTarget.trafficMirrorTargetId}`;
    return refusal('InterfaceInUseByTrafficMirrorTarget', message);
  }
  const instanceId = source.attachment?.instanceId;
  const instanceType = indexOf(inventory.instances, instanceKey).get(instanceId ?? '')?.instanceType;
  if (source.interfaceType !== 'interface' || (instanceType !== undefined && !limits.supports(instanceType))) {
    return refusal('NetworkInterfaceNotSupported', `${networkInterfaceId} is not supported for Traffic Mirroring`);
  }
  const sessions = inventory.trafficMirrorSessions ?? [];
  const total = { of: counter.of(sessions), sessions: sessions.length };
  return refusalByCount(total, wanted, limits.capacityOf(inventory, target, indexOf));
}

const interfaceKey = ({ networkInterfaceId }: NetworkInterface): string => networkInterfaceId;
const instanceKey = ({ instanceId }: Instance): string => instanceId;
const targetKey = ({ trafficMirrorTargetId }: TrafficMirrorTarget): string => trafficMirrorTargetId;

function refusalByCount(
  { of: counts, sessions }: { readonly of: SessionCounts; readonly sessions: number },
  wanted: WantedSession,
  capacity: number | null,
): Refusal | null {
  const { networkInterfaceId, trafficMirrorTargetId, sessionNumber, trafficMirrorSessionId: own = '' } = wanted;
  const others = sessions - (counts.ids.has(own) ? 1 : 0);
  const onInterface = [...(counts.onInterface.get(networkInterfaceId) ?? [])];
  const numbers = new Set(
    onInterface.filter((each) => each.trafficMirrorSessionId !== own).map((each) => each.sessionNumber),
  );
  // A session that changes counts for its source in any case, so it makes no difference whether it is at the target already.
  const atTarget = counts.sources.get(trafficMirrorTargetId);
  const sources = (atTarget?.size ?? 0) + (atTarget?.has(networkInterfaceId) ? 0 : 1);
  if (numbers.has(sessionNumber)) {
    return refusal('InvalidParameterValue', `Session number ${sessionNumber} is in use on ${networkInterfaceId}`);
  }
  if (numbers.size >= SESSIONS_PER_INTERFACE) {
    const message = `Sessions per interface limit reached (${SESSIONS_PER_INTERFACE})`;
    return refusal('TrafficMirrorSessionsPerInterfaceLimitExceeded', message);
  }
  if (others >= SESSIONS_PER_ACCOUNT) {
    return refusal('TrafficMirrorSessionLimitExceeded', `Session limit reached (${SESSIONS_PER_ACCOUNT})`);
  }
  if (capacity !== null && sources > capacity) {
    const message = `Sources per interface-target limit reached (${sources})`;
    return refusal('TrafficMirrorSourcesPerTargetLimitExceeded', message);
  }
  return null;
}

/** The error with which EC2 would refuse to make the interface a target, or null. */
export function refusalOfTarget(inventory: Inventory, networkInterfaceId: string): Refusal | null {
  const targets = inventory.trafficMirrorTargets ?? [];
  if (!inventory.networkInterfaces?.some((each) => each.networkInterfaceId === networkInterfaceId)) {
    return refusal(
      'InvalidNetworkInterfaceID.NotFound',
      `The networkInterface ID '${networkInterfaceId}' does not exist`,
    );
  }
  if (targets.some((target) => targetInterfaceId(target) === networkInterfaceId)) {
    return refusal('InterfaceInUseByTrafficMirrorTarget', `${networkInterfaceId} is a target already`);
  }
  if (inventory.trafficMirrorSessions?.some((session) => session.networkInterfaceId === networkInterfaceId)) {
    return refusal('InterfaceInUseByTrafficMirrorSession', `${networkInterfaceId} is the source of a session`);
  }
  if (targets.length >= TARGETS_PER_ACCOUNT) {
    return refusal('TrafficMirrorTargetLimitExceeded', `Target limit reached (${TARGETS_PER_ACCOUNT})`);
  }
  return null;
}

/** Throws the refusal as the AWS adapter does. */
export function throwRefusal(operation: string, inventory: Inventory, { code, message }: Refusal): never {
  const { accountId, region } = inventory;
  throw new AwsCallError(operation, code, message, { accountId, region });
}

/** AWS's published limits, by the instance types of targets and sources. */
export const AWS_LIMITS: Limits = {
  capacityOf: ({ networkInterfaces, instances }, target, indexOf) => {
    if (target.type !== 'network-interface') return null;
    const sensor = indexOf(networkInterfaces, interfaceKey).get(target.networkInterfaceId);
    const instanceId = sensor?.attachment?.instanceId;
    return sourcesAllowed(indexOf(instances, instanceKey).get(instanceId ?? '')?.instanceType);
  },
  supports: (instanceType) => sourceSupport(instanceType) !== 'never',
};
