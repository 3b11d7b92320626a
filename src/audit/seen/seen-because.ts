/** What made us look at each finding's resource: the newest record about it, a re-check, or a look at the whole account. Names nobody. */

import type { AccountIndex } from '../../mirror/account-index.ts';
import { namedIds } from '../../sighting/record-readers.ts';
import type { Evidence, Sighting } from '../../sighting/sighting.ts';
import type { AuditInput } from '../audit.ts';
import type { Finding } from '../finding.ts';

/** What made us look when no record did. */
export const LOOKED_AT = {
  account: 'a look at the whole account',
  recheck: 'a re-check after the grace period',
  logFiles: 'a check of the log files',
  delivery: 'a delivery that was refused',
  silence: 'a check of when each account and region spoke last',
} as const;

/** Events in words. Every other record is of a call, and is named as CloudTrail names it. */
const EVENTS: ReadonlyMap<string, string> = new Map([
  ['EC2 Instance State-change Notification', 'an EC2 state-change notification'],
  ['ECS Task State Change', 'an ECS task state change'],
  ['GuardDuty Finding', 'a GuardDuty finding'],
  ['EC2 Instance-launch Lifecycle Action', 'an Auto Scaling lifecycle action'],
  ['EC2 Instance Launch Successful', 'an Auto Scaling launch notification'],
  ['EC2 Instance Terminate Successful', 'an Auto Scaling termination notification'],
]);

/** A record that made us look, without its actor: `RunInstances at 2026-03-17T08:02:11Z`. */
export function recordInWords({ eventName, eventTime }: Pick<Evidence, 'eventName' | 'eventTime'>): string {
  return `${EVENTS.get(eventName) ?? eventName} at ${eventTime.replace(/\.\d+Z$/, 'Z')}`;
}

/** What a run looked at, and why. */
export interface SeenInput extends Pick<AuditInput, 'sightings' | 'requested' | 'scope'> {
  /** Null when mirroring was not judged. */
  readonly account: AccountIndex | null;
}

/**
 * The findings of an audit with what made us look: the newest record of the run that names the resource or one of its interfaces, or else
 * the newest one that concerns it (a changed security group). Their evidence must still be that of the audit, which has these records.
 */
export function withSeenBecause(findings: readonly Finding[], input: SeenInput): readonly Finding[] {
  if (findings.length === 0) return findings;
  const { sightings, requested, scope, account } = input;
  const newestOn = newestByName(sightings);
  const rechecked = new Set([...(requested?.instanceIds ?? []), ...(requested?.networkInterfaceIds ?? [])]);
  const last = scope === 'all' ? undefined : newest(sightings.map(({ evidence }) => evidence));
  return findings.map((finding) => {
    const ids = namesOf(finding, account);
    const record = newest(ids.flatMap((id) => newestOn.get(id) ?? [])) ?? newest(finding.evidence);
    const seenBecause = record
      ? recordInWords(record)
      : ids.some((id) => rechecked.has(id))
        ? LOOKED_AT.recheck
        : last === undefined
          ? LOOKED_AT.account
          : recordInWords(last);
    return { ...finding, seenBecause };
  });
}

/** The ids of the resource and its interfaces, or of a session and its source. */
function namesOf({ resourceId, detail, resourceType }: Finding, account: AccountIndex | null): readonly string[] {
  const interfaces = (detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId);
  const session =
    resourceType === 'AWS::EC2::TrafficMirrorSession' ? account?.trafficMirrorSession(resourceId) : undefined;
  return [resourceId, ...interfaces, ...(typeof session === 'object' ? [session.networkInterfaceId] : [])];
}

function newestByName(sightings: readonly Sighting[]): ReadonlyMap<string, Evidence> {
  const byName = new Map<string, Evidence>();
  for (const sighting of sightings) {
    for (const id of namedIds(sighting)) byName.set(id, newer(byName.get(id), sighting.evidence));
  }
  return byName;
}

function newest(records: readonly Evidence[]): Evidence | undefined {
  return records.reduce<Evidence | undefined>(newer, undefined);
}

function newer(one: Evidence | undefined, other: Evidence): Evidence {
  return one !== undefined && one.eventTime >= other.eventTime ? one : other;
}
