/** Findings about a resource's state, and what passed, as OCSF Compliance Findings. */

import type { Finding, Judgement, RuleId } from '../../audit/finding.ts';
import type { RenderOptions, Report } from '../report.ts';
import {
  apiOf,
  epochMs,
  evidencesOf,
  type FindingClass,
  findingInfo,
  findingTimes,
  frame,
  gravityOf,
  resource,
  resourceWith,
  unmappedOf,
  withFields,
} from './records.ts';

const CLASS: FindingClass = { uid: 2003, name: 'Compliance Finding' };
const SOURCES = ['AWS CloudTrail', 'Amazon EC2'];
const STANDARD = 'Mirrorwatch tagging and traffic mirroring policy';
const STATUS = { 1: 'Pass', 2: 'Warning', 3: 'Fail' } as const;

/** A finding. @see https://schema.ocsf.io/1.5.0/classes/compliance_finding */
export function complianceFinding(finding: Finding, report: Report, options: RenderOptions): object {
  const { status, detail, evidence, fix, cause } = finding;
  return withFields(withFields(frame(finding, CLASS, report, options), gravityOf(finding)), {
    finding_info: withFields(findingInfo(finding, SOURCES), findingTimes(finding)),
    compliance: compliance(finding, status === 'resolved' ? 1 : 3),
    remediation: fix === '' ? undefined : { desc: fix },
    resources: [resourceWith(finding, detail)],
    api: apiOf(cause),
    evidences: evidencesOf(evidence),
    unmapped: unmappedOf(finding),
  });
}

/** A resource that passed (status 1) or could not be judged (status 2, a warning). */
export function complianceJudgement(judgement: Judgement, report: Report, options: RenderOptions): object {
  const { reason, result, evidence = [] } = judgement;
  return withFields(frame(judgement, CLASS, report, options), {
    time: epochMs(report.generatedAt),
    severity_id: 1,
    severity: 'Informational',
    message: reason,
    finding_info: withFields(findingInfo(judgement, SOURCES), { created_time: epochMs(report.generatedAt) }),
    compliance: compliance(judgement, result === 'pass' ? 1 : 2),
    resources: [resource(judgement)],
    evidences: evidencesOf(evidence),
  });
}

function compliance({ rule, reason }: { readonly rule: RuleId; readonly reason: string }, statusId: 1 | 2 | 3): object {
  return {
    control: rule,
    standards: [STANDARD],
    status_id: statusId,
    status: STATUS[statusId],
    status_details: [reason],
  };
}
