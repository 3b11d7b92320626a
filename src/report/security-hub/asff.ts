/** Findings in the AWS Security Finding Format, within its limits. */

import type { Finding, Judgement, ResourceType } from '../../audit/finding.ts';
import { isOnCalls, ruleTitleOf } from '../../audit/rule-book.ts';
import { partitionOf } from '../../cloudtrail/partition.ts';
import { truncate } from '../../collections.ts';
import { callBehind, callCount } from '../call-words.ts';
import { causeWords, provenActors } from '../cause-words.ts';
import type { RenderOptions, Report } from '../report.ts';
import { exemptionWords } from '../words.ts';
import { type AsffAction, apiCallAction } from './api-call-action.ts';
import { arnOf } from './arn.ts';
import { findingType } from './finding-type.ts';

/**
 * The part of ASFF that we write. Severity and types go under `FindingProviderFields`. Notes, workflow and verification belong to
 * the customer; we never send them.
 *
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
 */
export interface AsffFinding {
  readonly SchemaVersion: '2018-10-08';
  readonly Id: string;
  readonly ProductArn: string;
  readonly ProductName: string;
  readonly CompanyName: string;
  readonly Region: string;
  readonly GeneratorId: string;
  readonly AwsAccountId: string;
  readonly FirstObservedAt: string;
  readonly LastObservedAt: string;
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly Title: string;
  readonly Description: string;
  readonly Remediation?: { readonly Recommendation: { readonly Text: string } } | undefined;
  readonly ProductFields: Record<string, string>;
  readonly Resources: {
    readonly Type: string;
    readonly Id: string;
    readonly Partition: AsffPartition;
    readonly Region: string;
    readonly Details?: { readonly AwsEc2Instance: { readonly VpcId: string } } | undefined;
  }[];
  /** Absent for a finding about a call, which complies with nothing. */
  readonly Compliance?: { readonly Status: 'PASSED' | 'WARNING' | 'FAILED' | 'NOT_AVAILABLE' } | undefined;
  readonly Action?: AsffAction | undefined;
  readonly RecordState: 'ACTIVE' | 'ARCHIVED';
  readonly FindingProviderFields: {
    readonly Severity: { readonly Label: AsffSeverity; readonly Original: string };
    readonly Types: string[];
  };
}

type AsffSeverity = 'INFORMATIONAL' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
/** The partitions that ASFF accepts. */
type AsffPartition = 'aws' | 'aws-cn' | 'aws-us-gov';

const LIMITS = {
  id: 512,
  title: 256,
  description: 1024,
  recommendation: 512,
  region: 16,
  field: 1024,
  vpcId: 64,
} as const;
const SEVERITIES = { low: 'LOW', medium: 'MEDIUM', high: 'HIGH', critical: 'CRITICAL' } as const;
const RESOURCE_TYPES = {
  'AWS::EC2::Instance': 'AwsEc2Instance',
  'AWS::ECS::Task': 'AwsEcsTask',
  'AWS::EC2::NetworkInterface': 'AwsEc2NetworkInterface',
  'AWS::EC2::TrafficMirrorSession': 'Other',
  'AWS::EC2::SecurityGroup': 'AwsEc2SecurityGroup',
  'AWS::IAM::User': 'AwsIamUser',
  'AWS::S3::Object': 'AwsS3Object',
  'AWS::Account': 'AwsAccount',
  Other: 'Other',
} satisfies Record<ResourceType, string>;

/**
 * The report's findings by urgency. With `includePass` also the resources that passed; a rule on calls passes none.
 */
export function* toAsff(report: Report, options: Pick<RenderOptions, 'includePass'>): Generator<AsffFinding> {
  const known = new Set(report.findings.map(({ id }) => id));
  for (const finding of report.findings) yield findingToAsff(finding, report.generatedAt);
  if (!options.includePass) return;
  for (const judgement of report.judgements)
    if (judgement.result === 'pass' && !isOnCalls(judgement.rule) && !known.has(judgement.id))
      yield passToAsff(judgement, report);
}

/**
 * A finding as it is at `at`. An open one is FAILED and active; a resolved one PASSED and archived, which is how a product says that it is
 * over; a muted one FAILED and archived, because only the customer may suppress. A finding about a call complies with nothing, and has no such
 * status. Texts are cut by code point, which keeps each finding far below Security Hub's 240 KB.
 */
export function findingToAsff(finding: Finding, at: string): AsffFinding {
  const { status, severity, detail, evidence, fix, firstSeen, lastSeen } = finding;
  const record = evidence.find(({ role }) => role === 'cause') ?? evidence[0];
  const isCall = isOnCalls(finding.rule);
  const call = callBehind(finding);
  return completed(frame(finding), {
    FirstObservedAt: firstSeen,
    LastObservedAt: lastSeen,
    CreatedAt: firstSeen,
    // Security Hub ignores an import that is not newer than the previous one.
    UpdatedAt: [lastSeen, at].sort().at(-1) ?? lastSeen,
    Remediation: fix.trim() === '' ? undefined : { Recommendation: { Text: truncate(fix, LIMITS.recommendation) } },
    ProductFields: productFields({
      rule: finding.rule,
      status,
      who: provenActors(finding.cause),
      cause: causeWords(finding.cause),
      causeKind: finding.cause.kind,
      launchedBy: finding.launchedBy,
      owner: finding.owner,
      seenBecause: finding.seenBecause,
      name: detail.name,
      missingTags: detail.missingTags?.join('; '),
      exemption: detail.exemption && exemptionWords(detail.exemption),
      eventID: record?.eventID,
      eventName: record?.eventName,
      sourceIPAddress: call?.sourceIPAddress,
      calls: callCount(finding),
      eventRole: record?.role,
      logFile: record?.logFile,
      remediation: finding.remediation && `${finding.remediation.kind}: ${finding.remediation.outcome}`,
    }),
    Resources: [resourceOf(finding, detail.vpcId)],
    Compliance: isCall ? undefined : { Status: status === 'resolved' ? 'PASSED' : 'FAILED' },
    Action: call && apiCallAction(call),
    RecordState: status === 'open' ? 'ACTIVE' : 'ARCHIVED',
    FindingProviderFields: {
      Severity: { Label: SEVERITIES[severity], Original: severity },
      Types: [findingType(finding)],
    },
  });
}

function passToAsff(judgement: Judgement, report: Report): AsffFinding {
  const at = report.generatedAt;
  return completed(frame(judgement), {
    FirstObservedAt: at,
    LastObservedAt: at,
    CreatedAt: at,
    UpdatedAt: at,
    ProductFields: productFields({ rule: judgement.rule, status: 'pass' }),
    Resources: [resourceOf(judgement, undefined)],
    Compliance: { Status: 'PASSED' },
    RecordState: 'ACTIVE',
    FindingProviderFields: { Severity: { Label: 'INFORMATIONAL', Original: 'pass' }, Types: [findingType(judgement)] },
  });
}

/** Appends the other fields. An object literal that starts with a spread gets a new hidden class in V8 each time, which uses memory. */
function completed(start: Frame, rest: Omit<AsffFinding, keyof Frame>): AsffFinding {
  return Object.assign(start, rest);
}

type Frame = Pick<
  AsffFinding,
  | 'SchemaVersion'
  | 'Id'
  | 'ProductArn'
  | 'ProductName'
  | 'CompanyName'
  | 'Region'
  | 'GeneratorId'
  | 'AwsAccountId'
  | 'Title'
  | 'Description'
>;

function frame(of: Finding | Judgement): Frame {
  const { id, rule, accountId, region, resourceId, reason } = of;
  const title = ruleTitleOf(of);
  return {
    SchemaVersion: '2018-10-08',
    Id: truncate(`mirrorwatch/${accountId}/${region}/${id}`, LIMITS.id),
    ProductArn: `arn:${partitionOf(region)}:securityhub:${region}:${accountId}:product/${accountId}/default`,
    ProductName: 'Mirrorwatch',
    CompanyName: 'Mirrorwatch',
    Region: truncate(region, LIMITS.region),
    GeneratorId: truncate(`mirrorwatch/${rule}`, LIMITS.id),
    AwsAccountId: accountId,
    Title: truncate(`${title}: ${resourceId}`, LIMITS.title),
    Description: truncate(reason.trim() === '' ? `Breaks ${title}` : reason, LIMITS.description),
  };
}

function resourceOf(of: Finding | Judgement, vpcId: string | undefined): AsffFinding['Resources'][number] {
  const partition = partitionOf(of.region);
  return {
    Type: RESOURCE_TYPES[of.resourceType],
    Id: truncate(arnOf(of).trim() === '' ? 'unnamed' : arnOf(of), LIMITS.id),
    Partition: partition === 'aws-cn' || partition === 'aws-us-gov' ? partition : 'aws',
    Region: truncate(of.region, LIMITS.region),
    Details:
      of.resourceType === 'AWS::EC2::Instance' && vpcId
        ? { AwsEc2Instance: { VpcId: truncate(vpcId, LIMITS.vpcId) } }
        : undefined,
  };
}

/** Product fields: names with our prefix, values cut to the limit, blank ones dropped. */
function productFields(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value.trim() !== '') fields[`mirrorwatch/${name}`] = truncate(value, LIMITS.field);
  }
  return fields;
}
