/** What OCSF records of all classes have in common. */

import { isIP } from 'node:net';
import { type Cause, provenCalls } from '../../audit/cause.ts';
import type { Finding, FindingStatus, Judgement, Severity } from '../../audit/finding.ts';
import { ruleTitleOf } from '../../audit/rule-book.ts';
import { partitionOf } from '../../cloudtrail/partition.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import type { RenderOptions, Report } from '../report.ts';
import { arnOf } from '../security-hub/arn.ts';
import { findingType } from '../security-hub/finding-type.ts';

/** A class of OCSF's category Findings. */
export interface FindingClass {
  readonly uid: number;
  readonly name: string;
}

const ACTIVITIES = { 1: 'Create', 2: 'Update', 3: 'Close' } as const;
const SEVERITY_IDS = { low: 2, medium: 3, high: 4, critical: 5 } satisfies Record<Severity, number>;
const SEVERITY_NAMES = { low: 'Low', medium: 'Medium', high: 'High', critical: 'Critical' } satisfies Record<
  Severity,
  string
>;
const STATUSES = {
  open: { status_id: 1, status: 'New' },
  muted: { status_id: 3, status: 'Suppressed' },
  resolved: { status_id: 4, status: 'Resolved' },
} satisfies Record<FindingStatus, object>;

/**
 * Appends fields to a freshly made object. An object literal that starts with a spread gets a new hidden class in V8 each time:
 * several kilobytes per record, kept until the next full garbage collection.
 */
export function withFields(start: object, fields: object): object {
  return Object.assign(start, fields);
}

/** The fields that every record has. */
export function frame(
  of: Finding | Judgement,
  { uid, name }: FindingClass,
  report: Report,
  options: RenderOptions,
): object {
  const activity = activityOf(of);
  return {
    activity_id: activity,
    activity_name: ACTIVITIES[activity],
    category_uid: 2,
    category_name: 'Findings',
    class_uid: uid,
    class_name: name,
    type_uid: uid * 100 + activity,
    type_name: `${name}: ${ACTIVITIES[activity]}`,
    metadata: {
      version: options.ocsfVersion ?? '1.5.0',
      product: { name: 'Mirrorwatch', vendor_name: 'Mirrorwatch', version: report.toolVersion },
      profiles: ['cloud'],
      processed_time: epochMs(report.generatedAt),
    },
    cloud: {
      provider: 'AWS',
      cloud_partition: partitionOf(of.region),
      region: of.region,
      account: { uid: of.accountId, type: 'AWS Account', type_id: 10 },
    },
    observables: observablesOf(of),
  };
}

/** The resource and who is proven to be the cause. */
export function observablesOf(of: Finding | Judgement): readonly object[] {
  return [
    { name: 'resources[].uid', type: 'Resource UID', type_id: 10, value: arnOf(of) },
    ...('cause' in of ? actorsOf(of.cause) : []),
  ];
}

function activityOf(of: Finding | Judgement): 1 | 2 | 3 {
  if (!('status' in of)) return 1;
  if (of.status === 'resolved') return 3;
  return of.firstSeen === of.lastSeen ? 1 : 2;
}

/** The time, severity, status and sentence of a finding. */
export function gravityOf({ firstSeen, severity, status, reason }: Finding): object {
  return {
    time: epochMs(firstSeen),
    severity_id: SEVERITY_IDS[severity],
    severity: SEVERITY_NAMES[severity],
    status_id: STATUSES[status].status_id,
    status: STATUSES[status].status,
    message: reason,
  };
}

/** What was found, by which rule and of which kind, without times. */
export function findingInfo(of: Finding | Judgement, sources: readonly string[]): object {
  const [type] = findingType(of).split('/');
  return { uid: of.id, title: ruleTitleOf(of), desc: of.reason, types: [type], data_sources: sources };
}

/** When a finding was made and last seen. */
export function findingTimes({ firstSeen, lastSeen }: Finding): object {
  return {
    created_time: epochMs(firstSeen),
    first_seen_time: epochMs(firstSeen),
    modified_time: epochMs(lastSeen),
    last_seen_time: epochMs(lastSeen),
  };
}

/** The resource, as its type and name have it. */
export function resource(of: Finding | Judgement): object {
  return { uid: arnOf(of), type: of.resourceType, region: of.region, cloud_partition: partitionOf(of.region) };
}

/** The resource of a finding, with what is known of it. */
export function resourceWith(finding: Finding, facts: Readonly<Record<string, unknown>>): object {
  const { detail, owner, resourceId } = finding;
  return withFields(resource(finding), {
    name: detail.name || undefined,
    owner: owner ? { name: owner } : undefined,
    zone: detail.availabilityZone || undefined,
    data: withFields({ resourceId }, facts),
  });
}

/** The call that is proven to be the cause, if it is one: the classes have no field for the actor of a cause. */
export function apiOf(cause: Cause): object | undefined {
  const [call, ...others] = provenCalls(cause);
  return call === undefined || others.length > 0 ? undefined : { operation: call.eventName };
}

/** Nobody but whoever is proven to be the cause is listed. */
function actorsOf(cause: Cause): readonly object[] {
  const actors = new Set(provenCalls(cause).map(({ actor }) => actor));
  return [...actors]
    .filter((actor) => actor !== '')
    .map((value) => ({ name: 'evidences[].actor.user.name', type: 'User Name', type_id: 4, value }));
}

/** The records behind it. OCSF allows no empty list. */
export function evidencesOf(evidence: readonly Evidence[]): readonly object[] | undefined {
  return evidence.length === 0 ? undefined : evidence.map(ocsfEvidence);
}

/** `sourceIPAddress` holds a service's name when a service made the call. */
function ocsfEvidence({ actor, sourceIPAddress: from, userAgent, ...rest }: Evidence): object {
  return {
    actor: { user: { name: actor === '' ? 'unknown' : actor } },
    api: { operation: rest.eventName },
    src_endpoint: from ? (isIP(from) === 0 ? { domain: from } : { ip: from }) : undefined,
    http_request: userAgent ? { user_agent: userAgent } : undefined,
    data: rest,
  };
}

/** What the classes have no field for. */
export function unmappedOf({ cause, launchedBy, owner, seenBecause }: Finding): object {
  return { cause, launchedBy, owner, seenBecause };
}

/** Parses our own ISO 8601 texts. For any other text it returns the epoch, which every reader recognises as wrong. */
export function epochMs(iso: string): number {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? 0 : time;
}
