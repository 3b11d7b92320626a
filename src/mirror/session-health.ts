/** Whether a session carries packets. A session has no state of its own; its target, its filter and the network path decide. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { filterCheck } from './checks/filters.ts';
import { sourceOf } from './checks/source.ts';
import type { Destination } from './destinations.ts';
import { judgeTarget, type TargetJudgement } from './judge-target.ts';
import { type TargetProfile, targetsOf } from './targets.ts';
import type { IneffectiveReason } from './verdict.ts';

/** `works`: carries packets, with warnings (costs across zones) as its reason. `dead`: carries nothing, or not what it should. */
export type SessionHealth =
  | { readonly kind: 'works'; readonly reason: string }
  | { readonly kind: 'dead'; readonly code: IneffectiveReason; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * The health of a source's session. A certain fault comes before anything that could not be read. A target in another zone works, but
 * data transfer is billed: the reason says so. It is a fault (`CROSS_AZ`) only where `localZoneOnly` forbids it.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-considerations.html
 */
export function sessionHealthOf(
  session: TrafficMirrorSession,
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
): SessionHealth {
  const drift = driftOf(session, destination, account);
  if (drift !== undefined) return drift;
  const filter = filterCheck(session.trafficMirrorFilterId, account);
  if (filter.deadBecause !== undefined) return dead(filter.deadBecause, filter.reason);
  const target = account.once(targetsOf).get(session.trafficMirrorTargetId);
  if (target === undefined) return dead('TARGET_WITHDRAWN', `${session.trafficMirrorTargetId} is not configured`);
  const path = pathHealth(target, judgeTarget(sourceOf(networkInterface, account), target, account));
  return path.kind === 'works' && filter.result === 'unknown' ? { kind: 'unknown', reason: filter.reason } : path;
}

/** The fault of our own session when the configuration has changed since; undefined when it still fits. */
function driftOf(
  { trafficMirrorTargetId: targetId, trafficMirrorFilterId: filterId }: TrafficMirrorSession,
  destination: Destination,
  account: AccountIndex,
): SessionHealth | undefined {
  const by = destination.rule === undefined ? 'the configuration' : `rule ${destination.rule}`;
  if (!destination.targetIds.includes(targetId)) {
    return account.trafficMirrorTarget(targetId) === 'gone'
      ? dead('TARGET_WITHDRAWN', `target ${targetId} is no longer in the account`)
      : dead('WRONG_TARGET', `it goes to ${targetId}, but ${by} sends it elsewhere`);
  }
  if (filterId === destination.filterId) return undefined;
  return dead('WRONG_FILTER', `it has filter ${filterId}, but ${by} requires ${destination.filterId}`);
}

function pathHealth(
  target: TargetProfile,
  { alive, route, zone, securityGroup, networkAcl }: TargetJudgement,
): SessionHealth {
  if (alive.result === 'block') return dead(target.deadBecause, alive.reason);
  if (route.result === 'block') return dead('NO_ROUTE', route.reason);
  if (zone.result === 'block') return dead('CROSS_AZ', zone.reason);
  if (securityGroup.result === 'block') return dead('BLOCKED_SG', securityGroup.reason);
  if (networkAcl.result === 'block') return dead('BLOCKED_NACL', networkAcl.reason);
  const checks = [alive, route, zone, securityGroup, networkAcl];
  const unknown = checks.find(({ result }) => result === 'unknown');
  if (unknown !== undefined) return { kind: 'unknown', reason: unknown.reason };
  const warnings = checks.filter(({ result }) => result === 'warn').map(({ reason }) => reason);
  return { kind: 'works', reason: warnings.join('; ') };
}

function dead(code: IneffectiveReason, reason: string): SessionHealth {
  return { kind: 'dead', code, reason };
}
