/** Packs findings for the HTML report: each text once, and rows of numbers that refer to them. */

import { type Finding, newestFirst } from '../../audit/finding.ts';
import { truncate } from '../../collections.ts';
import { causeInBrief, provenActors } from '../cause-words.ts';
import { visible } from '../escape.ts';
import type { FindingHistory, Report } from '../report.ts';
import { factsOf, MOST_EVIDENCE } from './finding-facts.ts';
import {
  NAME_PLACEHOLDER,
  PACKED_SEVERITIES,
  PACKED_STATUSES,
  type PackedEvidence,
  type PackedRow,
  RESOURCE_PLACEHOLDER,
} from './packed.ts';

/** Findings packed for the page; `total` also counts those left out for their size. */
export interface PackedFindings {
  readonly strings: readonly string[];
  readonly rows: readonly PackedRow[];
  readonly total: number;
}

const MOST_TEXT = 2000;

/**
 * Packs as many findings as fit in `maxBytes` of JSON, open and urgent ones first. Cuts all texts at 2,000 characters and makes
 * them visible, so the page can show them unchanged.
 */
export function packFindings(report: Report, maxBytes: number): PackedFindings {
  const index = new Map<string, number>();
  const strings: string[] = [];
  let bytes = 0;
  const intern = (text: string | undefined): number => {
    if (text === undefined || text === '') return -1;
    const known = index.get(text);
    if (known !== undefined) return known;
    index.set(text, strings.length);
    strings.push(text);
    bytes += Buffer.byteLength(JSON.stringify(text)) + 1 + 5 * (text.match(/[<>&]/g)?.length ?? 0);
    return strings.length - 1;
  };
  const rows: PackedRow[] = [];
  for (const finding of byStatus(report.findings)) {
    const mark = strings.length;
    const row = packRow(finding, report.history[finding.id], intern);
    bytes += JSON.stringify(row).length + 1;
    if (bytes > maxBytes) {
      strings.length = mark;
      break;
    }
    rows.push(row);
  }
  return { strings, rows, total: report.findings.length };
}

function byStatus(findings: readonly Finding[]): Finding[] {
  return PACKED_STATUSES.flatMap((status) => findings.filter((finding) => finding.status === status));
}

function packRow(
  finding: Finding,
  history: FindingHistory | undefined,
  intern: (text: string | undefined) => number,
): PackedRow {
  const { detail } = finding;
  const text = (value: string | undefined): number => intern(value === undefined ? undefined : shownText(value));
  const resource = shownText(finding.resourceId);
  const name = detail.name === undefined ? '' : shownText(detail.name);
  const template = (value: string): number => {
    const short = shownText(value).replaceAll(resource || RESOURCE_PLACEHOLDER, RESOURCE_PLACEHOLDER);
    return intern(name.length > 2 ? short.replaceAll(name, NAME_PLACEHOLDER) : short);
  };
  return [
    intern(finding.id),
    PACKED_SEVERITIES.indexOf(finding.severity),
    PACKED_STATUSES.indexOf(finding.status),
    text(finding.rule),
    text(finding.accountId),
    text(finding.region),
    text(finding.resourceType),
    intern(resource),
    intern(name),
    text(finding.owner),
    text(detail.vpcId),
    template(finding.reason),
    text(causeInBrief(finding.cause)),
    text(provenActors(finding.cause)),
    Date.parse(finding.firstSeen),
    Date.parse(finding.lastSeen),
    template(finding.fix),
    evidenceShown(finding.evidence).map(
      (one): PackedEvidence => [
        text(one.eventID),
        text(one.eventName),
        Date.parse(one.eventTime),
        text(one.actor),
        text(one.sourceIPAddress),
        text(one.userAgent),
        text(one.logFile),
        text(one.note),
        text(one.role === 'context' ? undefined : one.role),
      ],
    ),
    factsOf(finding, history).map(([label, value]) => [intern(label), text(value)] as const),
  ];
}

/** The causes and the newest of the other records, newest first. */
function evidenceShown(evidence: Finding['evidence']): Finding['evidence'] {
  if (evidence.length <= MOST_EVIDENCE) return evidence;
  const causes = evidence.filter(({ role }) => role === 'cause');
  const others = evidence.filter(({ role }) => role !== 'cause');
  return [...causes, ...others].slice(0, MOST_EVIDENCE).toSorted(newestFirst);
}

function shownText(text: string): string {
  return visible(truncate(text, MOST_TEXT));
}
