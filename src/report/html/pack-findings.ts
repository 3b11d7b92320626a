/** Packs findings for the HTML report: each text once, and rows of numbers that refer to them. */

import { type Finding, newestFirst } from '../../audit/finding.ts';
import { ordinal, truncate } from '../../collections.ts';
import { causeFacts, causeInBrief, provenActors } from '../cause-words.ts';
import { visible } from '../escape.ts';
import type { FindingHistory, Report } from '../report.ts';
import { endLabel, endWords } from '../resolution/resolution-words.ts';
import { exemptionWords } from '../words.ts';
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

const MOST_EVIDENCE = 5;
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
    extrasOf(finding, history).map(([label, value]) => [intern(label), text(value)] as const),
  ];
}

/** The causes and the newest of the other records, newest first. */
function evidenceShown(evidence: Finding['evidence']): Finding['evidence'] {
  if (evidence.length <= MOST_EVIDENCE) return evidence;
  const causes = evidence.filter(({ role }) => role === 'cause');
  const others = evidence.filter(({ role }) => role !== 'cause');
  return [...causes, ...others].slice(0, MOST_EVIDENCE).toSorted(newestFirst);
}

/** Keys of the detail that have their own place in the row, or their own words in `extrasOf`. */
const SHOWN_KEYS: ReadonlySet<string> = new Set([
  'name',
  'owner',
  'vpcId',
  'availabilityZone',
  'missingTags',
  'interfaces',
  'exemption',
  'pendingUntil',
  'repairAwaited',
  'ruleTitle',
  'eventCount',
  'eventCountIsMinimum',
  'closedBy',
]);

function extrasOf(finding: Finding, history: FindingHistory | undefined): [label: string, value: string][] {
  const { detail, remediation, evidence } = finding;
  const extras: (readonly [string, string | null | undefined])[] = [
    ...causeFacts(finding),
    ['Missing or wrong tags', detail.missingTags?.join(', ')],
    ...(detail.interfaces ?? []).map((one): [string, string] => [
      'Interface',
      `${one.networkInterfaceId}: ${one.verdict}. ${one.reason}`,
    ]),
    ['Exempted', detail.exemption && exemptionWords(detail.exemption)],
    ['Zone', detail.availabilityZone],
    ['Next check', detail.pendingUntil && secondWords(detail.pendingUntil)],
    [
      'Remediation',
      remediation && [`${remediation.kind}: ${remediation.outcome}`, remediation.reason].filter(Boolean).join('. '),
    ],
    [
      'Repair awaited',
      detail.repairAwaited &&
        `since ${secondWords(detail.repairAwaited.since)}, until ${secondWords(detail.repairAwaited.until)} at the latest`,
    ],
    ...Object.entries(detail).flatMap(([key, value]): [string, string][] =>
      SHOWN_KEYS.has(key) || value === undefined
        ? []
        : [[truncate(key, 60), typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
    [
      'Opened',
      history &&
        `${secondWords(history.openedAt)}${history.generation > 1 ? ` (${ordinal(history.generation)} time)` : ''}`,
    ],
    [finding.resolution === undefined ? 'Resolved' : endLabel(finding.resolution), endWords(finding)],
    ...(history?.outcomes ?? []).map(({ at, result, reason }): [string, string] => [
      'Repair',
      `${secondWords(at)}: ${result}. ${reason}`,
    ]),
    [
      'More evidence',
      evidence.length > MOST_EVIDENCE
        ? `${evidence.length - MOST_EVIDENCE} more records are in the JSON report`
        : undefined,
    ],
  ];
  return extras.flatMap(([label, value]): [string, string][] => (value ? [[label, value]] : []));
}

/** `2026-11-20 10:00:00 UTC`, as the page's script writes times. */
function secondWords(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

function shownText(text: string): string {
  return visible(truncate(text, MOST_TEXT));
}
