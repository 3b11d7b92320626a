/** Builders of sightings: minutes after noon, who, what. */

import type { Evidence, LaunchSighting, Sighting, SuspicionSighting, Tag } from '../../src/sighting/sighting.ts';
import { ACCOUNT, REGION } from './inventories.ts';

/** Noon of the day on which everything in the tests happens, and minutes after it. */
export function at(minute: number): Date {
  return new Date(Date.UTC(2026, 2, 17, 12, minute));
}

interface Told {
  readonly accountId: string;
  readonly region: string;
  readonly eventTime: Date;
  readonly actor: { readonly name: string; readonly ours: boolean };
  readonly evidence: Evidence;
}

function told(minute: number, eventName: string, subject: string, actor: string): Told {
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

/** A launch of one instance; `tags` undefined is a response that was left out. */
export function launched(
  minute: number,
  instanceId: string,
  tags: readonly Tag[] | undefined,
  actor = 'dana@example.com',
): LaunchSighting {
  const instance = { instanceId, networkInterfaceIds: [], ...(tags !== undefined && { tags }) };
  return { ...told(minute, 'RunInstances', instanceId, actor), kind: 'launch', instances: [instance] };
}

export function tagged(minute: number, instanceId: string, tags: readonly Tag[], actor = 'dana@example.com'): Sighting {
  return { ...told(minute, 'CreateTags', instanceId, actor), kind: 'tags-set', resourceIds: [instanceId], tags };
}

export function deleted(
  minute: number,
  instanceId: string,
  tags: readonly { readonly key: string; readonly value?: string }[] | 'all',
  actor = 'dana@example.com',
): Sighting {
  return { ...told(minute, 'DeleteTags', instanceId, actor), kind: 'tags-removed', resourceIds: [instanceId], tags };
}

export function terminated(minute: number, instanceId: string, actor = 'dana@example.com'): Sighting {
  return { ...told(minute, 'TerminateInstances', instanceId, actor), kind: 'terminated', instanceIds: [instanceId] };
}

/** A deletion of a session; like the record, it names the session alone unless `networkInterfaceId` is given. */
export function sessionDeleted(
  minute: number,
  trafficMirrorSessionId: string,
  networkInterfaceId?: string,
  actor = 'mallory',
): Sighting {
  return {
    ...told(minute, 'DeleteTrafficMirrorSession', trafficMirrorSessionId, actor),
    kind: 'session-deleted',
    trafficMirrorSessionId,
    ...(networkInterfaceId !== undefined && { networkInterfaceId }),
  };
}

/** A GuardDuty finding about an instance. */
export function suspected(minute: number, instanceId: string): SuspicionSighting {
  return {
    ...told(minute, 'GuardDutyFinding', instanceId, 'GuardDuty'),
    kind: 'suspicion',
    guardDutyFindingId: `finding-${instanceId}`,
    guardDutyFindingType: 'Backdoor:EC2/C&CActivity.B',
    instanceId,
    networkInterfaceIds: [],
  };
}
