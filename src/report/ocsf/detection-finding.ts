/** Findings of rules on calls as OCSF Detection Findings. */

import { isIP } from 'node:net';
import type { Finding } from '../../audit/finding.ts';
import { ruleTitleOf } from '../../audit/rule-book.ts';
import { callBehind } from '../call-words.ts';
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
  observablesOf,
  resourceWith,
  unmappedOf,
  withFields,
} from './records.ts';

const CLASS: FindingClass = { uid: 2004, name: 'Detection Finding' };
const SOURCES = ['AWS CloudTrail'];

/**
 * A finding about calls, with the rule as its analytic, and how many calls there were between which times. Risk and impact are left out: a
 * rule knows its severity only.
 *
 * @see https://schema.ocsf.io/1.5.0/classes/detection_finding
 */
export function detectionFinding(finding: Finding, report: Report, options: RenderOptions): object {
  const { status, evidence, fix, cause, rule, firstSeen, lastSeen } = finding;
  const { ruleTitle: _title, eventCount, eventCountIsMinimum, ...facts } = finding.detail;
  const analytic = { name: ruleTitleOf(finding), uid: rule, type: 'Rule', type_id: 1 };
  return withFields(withFields(frame(finding, CLASS, report, options), gravityOf(finding)), {
    is_alert: status === 'open',
    count: eventCount,
    start_time: epochMs(firstSeen),
    end_time: epochMs(lastSeen),
    finding_info: withFields(withFields(findingInfo(finding, SOURCES), { analytic }), findingTimes(finding)),
    observables: [...observablesOf(finding), ...addressesOf(finding)],
    remediation: fix === '' ? undefined : { desc: fix },
    resources: [resourceWith(finding, facts)],
    api: apiOf(cause),
    evidences: evidencesOf(evidence),
    unmapped: withFields(unmappedOf(finding), { eventCountIsMinimum }),
  });
}

/** The address that the newest call came from. */
function addressesOf(finding: Finding): readonly object[] {
  const from = callBehind(finding)?.sourceIPAddress ?? '';
  return isIP(from) === 0 ? [] : [{ name: 'evidences[].src_endpoint.ip', type: 'IP Address', type_id: 2, value: from }];
}
