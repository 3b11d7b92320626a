/** The findings of the page as CSV, with the columns of `-o csv` that the page has, and the same guard against formulas. */

import { csvLine } from '../../escape.ts';
import { PACKED_SEVERITIES, PACKED_STATUSES, type PackedTime } from '../packed.ts';
import type { PageEvidence, PageFinding } from './page-findings.ts';

type TitleOf = (rule: string) => string;

const COLUMNS: readonly (readonly [name: string, cell: (finding: PageFinding, titleOf: TitleOf) => string])[] = [
  ['id', ({ id }) => id],
  ['rule', ({ rule }) => rule],
  ['severity', ({ severity }) => PACKED_SEVERITIES[severity] ?? ''],
  ['status', ({ status }) => PACKED_STATUSES[status] ?? ''],
  ['account_id', ({ account }) => account],
  ['region', ({ region }) => region],
  ['resource_type', ({ type }) => type],
  ['resource_id', ({ resource }) => resource],
  ['resource_name', ({ name }) => name],
  ['owner', ({ owner }) => owner],
  ['vpc_id', ({ vpc }) => vpc],
  ['reason', ({ reason }) => reason],
  ['who', ({ actor }) => actor],
  ['cause', (finding) => causeOf(finding)],
  ['first_seen', ({ firstSeen }) => timeOf(firstSeen)],
  ['last_seen', ({ lastSeen }) => timeOf(lastSeen)],
  ['event_ids', (finding) => listOf(finding, ({ eventID }) => eventID)],
  ['event_names', (finding) => listOf(finding, ({ eventName }) => eventName)],
  ['log_files', (finding) => listOf(finding, ({ logFile }) => logFile)],
  ['fix', ({ fix }) => fix()],
  ['rule_title', ({ rule }, titleOf) => titleOf(rule)],
];

/** A row of column names, then a row for each finding. Texts are as the page has them: cut at 2,000 characters, and of five records. */
export function csvOf(findings: readonly PageFinding[], titleOf: TitleOf): string {
  const rows = findings.map((finding) => csvLine(COLUMNS.map(([, cell]) => cell(finding, titleOf))));
  return [csvLine(COLUMNS.map(([name]) => name)), ...rows].join('');
}

/** As the CSV format has it: `Called by erin (StopLogging, …)`, but without a label where it is the column's name. */
function causeOf(finding: PageFinding): string {
  const [label = '', words = ''] = finding.extras().find(([label]) => /^Cause|^Called by$/.test(label)) ?? [];
  if (label === '') return finding.cause;
  return label === 'Cause' ? words : `${label} ${words}`;
}

function listOf(finding: PageFinding, part: (evidence: PageEvidence) => string): string {
  return finding
    .evidence()
    .map(part)
    .filter((text) => text !== '')
    .join('; ');
}

function timeOf(time: PackedTime): string {
  return time === null ? '' : new Date(time).toISOString();
}
