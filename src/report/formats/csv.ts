/** Findings as RFC 4180 CSV for a spreadsheet. No cell is a formula. */

import type { Finding } from '../../audit/finding.ts';
import { ruleTitleOf } from '../../audit/rule-book.ts';
import { callBehind } from '../call-words.ts';
import { causeLine, causeWords, provenActors } from '../cause-words.ts';
import { csvLine } from '../escape.ts';
import type { Format } from '../format.ts';
import type { RenderOptions, Report } from '../report.ts';
import { endWords } from '../resolution/resolution-words.ts';

const COLUMNS: readonly (readonly [name: string, cell: (finding: Finding) => string | undefined])[] = [
  ['schema_version', (finding) => finding.schema],
  ['id', (finding) => finding.id],
  ['rule', (finding) => finding.rule],
  ['severity', (finding) => finding.severity],
  ['status', (finding) => finding.status],
  ['account_id', (finding) => finding.accountId],
  ['region', (finding) => finding.region],
  ['resource_type', (finding) => finding.resourceType],
  ['resource_id', (finding) => finding.resourceId],
  ['resource_name', (finding) => finding.detail.name],
  ['owner', (finding) => finding.owner],
  ['vpc_id', (finding) => finding.detail.vpcId],
  ['availability_zone', (finding) => finding.detail.availabilityZone],
  ['reason', (finding) => finding.reason],
  ['missing_tags', (finding) => finding.detail.missingTags?.join('; ')],
  ['interfaces', (finding) => finding.detail.interfaces?.map((i) => `${i.networkInterfaceId} ${i.verdict}`).join('; ')],
  ['who', ({ cause }) => provenActors(cause)],
  ['cause', (finding) => causeCell(finding)],
  ['cause_kind', ({ cause }) => cause.kind],
  ['launched_by', (finding) => finding.launchedBy],
  ['seen_because', (finding) => finding.seenBecause],
  ['first_seen', (finding) => finding.firstSeen],
  ['last_seen', (finding) => finding.lastSeen],
  ['event_ids', (finding) => finding.evidence.map((evidence) => evidence.eventID).join('; ')],
  ['event_roles', (finding) => finding.evidence.map((evidence) => evidence.role).join('; ')],
  ['event_names', (finding) => finding.evidence.map((evidence) => evidence.eventName).join('; ')],
  ['log_files', (finding) => finding.evidence.flatMap((evidence) => evidence.logFile ?? []).join('; ')],
  ['remediation_kind', (finding) => finding.remediation?.kind],
  ['remediation_outcome', (finding) => finding.remediation?.outcome],
  ['remediation_reason', (finding) => finding.remediation?.reason],
  ['exemption_reason', (finding) => finding.detail.exemption?.reason],
  ['exemption_owner', (finding) => finding.detail.exemption?.owner],
  ['exemption_expires', (finding) => finding.detail.exemption?.expires],
  ['fix', (finding) => finding.fix],
  ['rule_title', (finding) => ruleTitleOf(finding)],
  ['source_ip_address', (finding) => callBehind(finding)?.sourceIPAddress],
  ['event_count', ({ detail }) => detail.eventCount?.toString()],
  ['resolved_at', ({ resolution }) => resolution?.at],
  ['resolved_how', ({ resolution }) => resolution?.kind],
  ['resolved_by', ({ resolution }) => resolution?.by],
  ['resolution', (finding) => endWords(finding)],
];

/** `Called by erin (StopLogging, …)`, as the other formats say it; what is not proven has no label, as the column has its name. */
function causeCell(finding: Finding): string {
  const [label, words] = causeLine(finding) ?? ['Cause', causeWords(finding.cause)];
  return label === 'Cause' ? words : `${label} ${words}`;
}

/** Comma-separated values. */
export const csv: Format = { extension: 'csv', parts: csvParts };

/**
 * A row of column names, then a row for each finding; each row ends with CRLF. Lists are joined by `; `, absent values are empty.
 * With `excel`, a byte order mark comes first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
function* csvParts(report: Report, options: RenderOptions): Generator<string> {
  if (options.excel) yield '\ufeff';
  yield csvLine(COLUMNS.map(([name]) => name));
  for (const finding of report.findings) yield csvLine(COLUMNS.map(([, cell]) => cell(finding) ?? ''));
}
