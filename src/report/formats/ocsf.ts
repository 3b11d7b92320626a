/** Findings as OCSF Compliance Findings (class 2003), one JSON line each. */

import { isIP } from 'node:net';
import { type Cause, provenCalls } from '../../audit/cause.ts';
import type { Finding, FindingStatus, Judgement, RuleId, Severity } from '../../audit/finding.ts';
import { partitionOf } from '../../audit/fixes/value-forms.ts';
import { titleOf } from '../../audit/rule-book.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import { inertJson } from '../escape.ts';
import type { Format } from '../format.ts';
import type { RenderOptions, Report } from '../report.ts';
import { arnOf } from '../security-hub/arn.ts';

const CLASS_UID = 2003;
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
const STANDARD = 'Mirrorwatch tagging and traffic mirroring policy';

/** Open Cybersecurity Schema Framework, as JSON lines. */
export const ocsf: Format = { extension: 'ocsf.jsonl', parts: ocsfParts };

/**
 * One Compliance Finding per line, valid under the schemas 1.1 to 1.8. Times are in epoch milliseconds. With `includePass` also the
 * resources that passed (status 1) or could not be judged (status 2, a warning).
 *
 * @see https://schema.ocsf.io/1.5.0/classes/compliance_finding
 */
function* ocsfParts(report: Report, options: RenderOptions): Generator<string> {
  const judgements = options.includePass ? report.judgements.filter(({ result }) => result !== 'gone') : [];
  for (const finding of report.findings) yield `${inertJson(findingRecord(finding, report, options))}\n`;
  for (const judgement of judgements) yield `${inertJson(judgementRecord(judgement, report, options))}\n`;
}

function findingRecord(finding: Finding, report: Report, options: RenderOptions): object {
  const { status, severity, reason, detail, evidence, fix, firstSeen, lastSeen } = finding;
  const activity = status === 'resolved' ? 3 : firstSeen === lastSeen ? 1 : 2;
  return withFields(frame(finding, activity, report, options), {
    time: epochMs(firstSeen),
    severity_id: SEVERITY_IDS[severity],
    severity: SEVERITY_NAMES[severity],
    status_id: STATUSES[status].status_id,
    status: STATUSES[status].status,
    message: reason,
    finding_info: withFields(findingInfo(finding), {
      created_time: epochMs(firstSeen),
      first_seen_time: epochMs(firstSeen),
      modified_time: epochMs(lastSeen),
      last_seen_time: epochMs(lastSeen),
    }),
    compliance: compliance(finding, status === 'resolved' ? 1 : 3),
    remediation: fix === '' ? undefined : { desc: fix },
    resources: [
      withFields(resource(finding), {
        name: detail.name || undefined,
        owner: finding.owner ? { name: finding.owner } : undefined,
        zone: detail.availabilityZone || undefined,
        data: withFields({ resourceId: finding.resourceId }, detail),
      }),
    ],
    api: apiOf(finding.cause),
    evidences: evidencesOf(evidence),
    unmapped: {
      cause: finding.cause,
      launchedBy: finding.launchedBy,
      owner: finding.owner,
      seenBecause: finding.seenBecause,
    },
  });
}

function judgementRecord(judgement: Judgement, report: Report, options: RenderOptions): object {
  const { reason, result, evidence = [] } = judgement;
  return withFields(frame(judgement, 1, report, options), {
    time: epochMs(report.generatedAt),
    severity_id: 1,
    severity: 'Informational',
    message: reason,
    finding_info: withFields(findingInfo(judgement), { created_time: epochMs(report.generatedAt) }),
    compliance: compliance(judgement, result === 'pass' ? 1 : 2),
    resources: [resource(judgement)],
    evidences: evidencesOf(evidence),
  });
}

/**
 * Appends fields to a freshly made object. An object literal that starts with a spread gets a new hidden class in V8 each time:
 * several kilobytes per record, kept until the next full garbage collection.
 */
function withFields(start: object, fields: object): object {
  return Object.assign(start, fields);
}

/** The fields that every record has. */
function frame(of: Finding | Judgement, activity: 1 | 2 | 3, report: Report, options: RenderOptions): object {
  return {
    activity_id: activity,
    activity_name: ACTIVITIES[activity],
    category_uid: 2,
    category_name: 'Findings',
    class_uid: CLASS_UID,
    class_name: 'Compliance Finding',
    type_uid: CLASS_UID * 100 + activity,
    type_name: `Compliance Finding: ${ACTIVITIES[activity]}`,
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
    observables: [
      { name: 'resources[].uid', type: 'Resource UID', type_id: 10, value: arnOf(of) },
      ...('cause' in of ? actorsOf(of.cause) : []),
    ],
  };
}

function findingInfo({ id, rule, reason }: Finding | Judgement): object {
  return {
    uid: id,
    title: titleOf(rule),
    desc: reason,
    types: ['Software and Configuration Checks'],
    data_sources: ['AWS CloudTrail', 'Amazon EC2'],
  };
}

const COMPLIANCE_STATUS = { 1: 'Pass', 2: 'Warning', 3: 'Fail' } as const;

function compliance({ rule, reason }: { readonly rule: RuleId; readonly reason: string }, statusId: 1 | 2 | 3): object {
  return {
    control: rule,
    standards: [STANDARD],
    status_id: statusId,
    status: COMPLIANCE_STATUS[statusId],
    status_details: [reason],
  };
}

function resource(of: Finding | Judgement): object {
  return { uid: arnOf(of), type: of.resourceType, region: of.region, cloud_partition: partitionOf(of.region) };
}

/** The call that is proven to be the cause, if it is one: the class has no field for the actor of a cause. */
function apiOf(cause: Cause): object | undefined {
  const [call, ...others] = provenCalls(cause);
  return call === undefined || others.length > 0 ? undefined : { operation: call.eventName };
}

/** Who is proven to be the cause, as observables; nobody else is listed there. */
function actorsOf(cause: Cause): readonly object[] {
  const actors = new Set(provenCalls(cause).map(({ actor }) => actor));
  return [...actors]
    .filter((actor) => actor !== '')
    .map((value) => ({ name: 'evidences[].actor.user.name', type: 'User Name', type_id: 4, value }));
}

/** OCSF allows no empty list. */
function evidencesOf(evidence: readonly Evidence[]): readonly object[] | undefined {
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

/** Parses our own ISO 8601 texts. For any other text it returns the epoch, which every reader recognises as wrong. */
function epochMs(iso: string): number {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? 0 : time;
}
