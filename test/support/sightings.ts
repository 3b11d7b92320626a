/** Builds sightings from minutes after noon, the resource and the actor. */

import type { Evidence, LaunchSighting, Sighting, SuspicionSighting, Tag } from '../../src/sighting/sighting.ts';
import { ACCOUNT, REGION } from './inventories.ts';

/** Minutes after noon on the day when everything in the tests happens. */
export function at(minute: number): Date {
  return new Date(Date.UTC(2026, 2, 17, 12) + Math.round(minute * 60_000));
}

interface Common {
  readonly accountId: string;
  readonly region: string;
  readonly eventTime: Date;
  readonly actor: { readonly name: string; readonly ours: boolean };
  readonly evidence: Evidence;
}

function common(minute: number, eventName: string, subject: string, actor: string): Common {
  const evidence: Evidence = {
    eventID: `${eventName}-${minute}-${subject}`,
    eventName,
    eventTime: at(minute).toISOString(),
    actor,
    logFile: 'log.json.gz',
  };
  return {
    accountId: ACCOUNT,
    region: REGION,
    eventTime: at(minute),
    actor: { name: actor, ours: actor === 'mirrorwatch' },
    evidence,
  };
}

/** A launch of one instance. Undefined `tags` mean that CloudTrail omitted the response. */
export function launched(
  minute: number,
  instanceId: string,
  tags: readonly Tag[] | undefined,
  actor = 'dana@example.com',
): LaunchSighting {
  const instance = { instanceId, networkInterfaceIds: [], tags };
  return { ...common(minute, 'RunInstances', instanceId, actor), kind: 'launch', instances: [instance] };
}

/** Tags set on an instance. */
export function tagged(minute: number, instanceId: string, tags: readonly Tag[], actor = 'dana@example.com'): Sighting {
  return { ...common(minute, 'CreateTags', instanceId, actor), kind: 'tags-set', resourceIds: [instanceId], tags };
}

/** Tags removed from an instance. */
export function deleted(
  minute: number,
  instanceId: string,
  tags: readonly { readonly key: string; readonly value?: string }[] | 'all',
  actor = 'dana@example.com',
): Sighting {
  return { ...common(minute, 'DeleteTags', instanceId, actor), kind: 'tags-removed', resourceIds: [instanceId], tags };
}

/** A terminated instance. */
export function terminated(minute: number, instanceId: string, actor = 'dana@example.com'): Sighting {
  return { ...common(minute, 'TerminateInstances', instanceId, actor), kind: 'terminated', instanceIds: [instanceId] };
}

/** A deleted session. Like CloudTrail's record, it names only the session, unless `networkInterfaceId` is given. */
export function sessionDeleted(
  minute: number,
  trafficMirrorSessionId: string,
  networkInterfaceId?: string,
  actor = 'mallory',
): Sighting {
  return {
    ...common(minute, 'DeleteTrafficMirrorSession', trafficMirrorSessionId, actor),
    kind: 'session-deleted',
    trafficMirrorSessionId,
    networkInterfaceId,
  };
}

/** A GuardDuty finding about an instance. */
export function suspected(minute: number, instanceId: string): SuspicionSighting {
  return {
    ...common(minute, 'GuardDutyFinding', instanceId, 'GuardDuty'),
    kind: 'suspicion',
    guardDutyFindingId: `finding-${instanceId}`,
    guardDutyFindingType: 'Backdoor:EC2/C&CActivity.B',
    instanceId,
    networkInterfaceIds: [],
  };
}
