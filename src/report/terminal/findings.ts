/** The findings as rows for a terminal: grouped by rule, one line each. */

import { type Finding, isHeldBack, SEVERITIES } from '../../audit/finding.ts';
import { groupBy, grouped, plural } from '../../collections.ts';
import { causeFacts, causeInBrief, provenActors } from '../cause-words.ts';
import type { Report } from '../report.ts';
import { type PageSetup, type Paint, severityPaint } from './page-setup.ts';
import { clip, pad, shortId, widthOf, wrap } from './terminal-text.ts';

interface Column {
  readonly title: string;
  readonly cell: (finding: Finding) => string;
  readonly width: number;
}

const GAP = '  ';
const INDENT = '  ';
/** Longer ids (of a task, of an S3 object) are cut; the other formats have them in full. */
const WIDEST = 24;
const WIDEST_NAME = 24;
const WIDEST_CAUSE = 32;
/** With less room than this for the reason, a finding takes several lines. */
const LEAST_REASON = 18;

const severityOf = ({ severity }: Finding): string => severity;
const nameOf = ({ detail }: Finding): string => detail.name ?? '';

/** Columns that move to the heading when all findings share the value. */
function shareableAt(now: Date): readonly (readonly [title: string, cell: Column['cell']])[] {
  return [
    ['status', (finding) => (isHeldBack(finding, now) ? 'pending' : finding.status)],
    ['account', ({ accountId }) => accountId],
    ['region', ({ region }) => region],
  ];
}

/**
 * One group per rule, the most urgent first, and in it one line per finding, or several on a narrow terminal. Then the number of
 * muted findings that are not shown.
 */
export function findingsTable(
  { findings, summary, generatedAt }: Report,
  { columns, paint, showMuted }: PageSetup,
): string[] {
  const shown = findings.filter(({ status }) => status !== 'muted' || showMuted);
  const hidden = findings.length - shown.length;
  const them = hidden === 1 ? 'it' : 'them';
  const note = hidden === 0 ? [] : [`${plural(hidden, 'muted finding')} not shown; --show-muted shows ${them}.`];
  const [first] = shown;
  if (first === undefined) return note;
  const shareable = shareableAt(new Date(generatedAt));
  const shared = shareable.filter(([, cell]) => new Set(shown.map(cell)).size === 1);
  const differing = shareable.filter((one) => !shared.includes(one));
  const table = layoutOf(shown, differing, columns);
  const count = `${grouped(shown.length)}${summary.total === shown.length ? '' : ` of ${grouped(summary.total)}`}`;
  const heading = `Findings (${[count, ...shared.map(([, cell]) => cell(first))].join(', ')})`;
  const groups = [...groupBy(shown, ({ rule }) => rule)].flatMap(([rule, group]) => {
    const reasonOf = shortReasons(group);
    const lines = group.flatMap((finding) =>
      table === null
        ? severalLines(finding, reasonOf(finding), differing, { columns, paint })
        : oneLine(finding, reasonOf(finding), table, { columns, paint }),
    );
    return [...wrap(`${rule}: ${bySeverity(group)}`, columns).map((line) => paint.bold(line)), ...lines];
  });
  return [...wrap(heading, columns).map((line) => paint.bold(line)), ...groups, ...note];
}

interface Line {
  readonly columns: number;
  readonly paint: Paint;
}

function oneLine(finding: Finding, reason: string, table: readonly Column[], { columns, paint }: Line): string[] {
  const [severity = '', ...cells] = table.map(({ cell, width }) => pad(cell(finding), width));
  const taken = table.reduce((sum, { width }) => sum + width + GAP.length, INDENT.length);
  const row = [severityPaint(paint, finding.severity)(severity), ...cells, clip(reason, columns - taken)];
  return [`${INDENT}${row.join(GAP)}`.trimEnd()];
}

/** `11 high, 1 medium`. */
function bySeverity(findings: readonly Finding[]): string {
  return SEVERITIES.toReversed()
    .map((severity) => [findings.filter((one) => one.severity === severity).length, severity] as const)
    .filter(([count]) => count > 0)
    .map(([count, severity]) => `${grouped(count)} ${severity}`)
    .join(', ');
}

/** The columns before the reason, starting with the severity. Null when they leave too little room for the reason. */
function layoutOf(
  findings: readonly Finding[],
  differing: readonly (readonly [string, Column['cell']])[],
  columns: number,
): readonly Column[] | null {
  const wanted: readonly (readonly [string, Column['cell'], number])[] = [
    ['severity', severityOf, WIDEST],
    ...differing.map(([title, cell]) => [title, cell, WIDEST] as const),
    ['resource', ({ resourceId }) => shortId(resourceId), WIDEST],
    ['name', nameOf, WIDEST_NAME],
    ['cause', ({ cause }) => causeInBrief(cause), WIDEST_CAUSE],
  ];
  const table = wanted
    .map(([title, cell, most]) => ({ title, cell, width: widest(findings, cell, most) }))
    .filter(({ width }) => width > 0);
  const room = columns - INDENT.length;
  const excess = table.reduce((sum, { width }) => sum + width + GAP.length, 0) + LEAST_REASON - room;
  if (excess <= 0) return table;
  // A cut name can still be recognised; a cut id cannot.
  const cut = narrower(table, excess);
  return cut.reduce((sum, { width }) => sum + width + GAP.length, 0) + LEAST_REASON > room ? null : cut;
}

function narrower(table: readonly Column[], excess: number): readonly Column[] {
  let left = excess;
  return table
    .toReversed()
    .map((column) => {
      const least = column.title === 'cause' ? 12 : column.title === 'name' ? 8 : column.width;
      const by = Math.max(0, Math.min(left, column.width - least));
      left -= by;
      return { ...column, width: column.width - by };
    })
    .toReversed();
}

function widest(findings: readonly Finding[], cell: Column['cell'], most: number): number {
  let width = 0;
  for (const finding of findings) {
    width = Math.max(width, widthOf(clip(cell(finding), most)));
    if (width >= most) break;
  }
  return width;
}

/** True if the reason starts with the ARN of whoever is proven to be the cause, whom the row names. */
function startsWithCaller(reason: string, cause: Finding['cause']): boolean {
  const arn = reason.slice(0, reason.indexOf(' ') + 1).trim();
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const actor = provenActors(cause);
  if (!arn.startsWith('arn:') || name === '' || actor === undefined) return false;
  // A session of a role is called ROLE/SESSION, as its ARN ends.
  return actor === name || actor.startsWith(`${name} `) || arn.endsWith(`:assumed-role/${actor}`);
}

/** Reasons without what the row or group already says: the resource at the start, and words up to a colon that all reasons share. */
function shortReasons(group: readonly Finding[]): (finding: Finding) => string {
  const bare = ({ reason, resourceId, cause }: Finding): string => {
    if (reason.startsWith(`${resourceId} `)) return reason.slice(resourceId.length + 1);
    return startsWithCaller(reason, cause) ? reason.slice(reason.indexOf(' ') + 1) : reason;
  };
  const [first] = group;
  const lead = first === undefined ? '' : (/^[^:;.]*: /.exec(bare(first))?.[0] ?? '');
  const shared = lead !== '' && group.length > 1 && group.every((finding) => bare(finding).startsWith(lead));
  return (finding) => (shared ? bare(finding).slice(lead.length) : bare(finding));
}

/** A finding on a narrow terminal: several lines below one another. */
function severalLines(
  finding: Finding,
  reason: string,
  differing: readonly (readonly [string, Column['cell']])[],
  { columns, paint }: Line,
): string[] {
  const { severity, resourceId } = finding;
  const facts = [resourceId, nameOf(finding), ...differing.map(([, cell]) => cell(finding))];
  const below = (text: string): string[] => wrap(text, columns - 4).map((line) => `    ${line}`);
  const [head = '', ...rest] = wrap(facts.filter((fact) => fact !== '').join(', '), columns - 4, severity.length - 1);
  return [
    `${INDENT}${severityPaint(paint, severity)(severity)} ${head}`,
    ...rest.map((line) => `    ${line}`),
    ...below(reason),
    ...causeFacts(finding).flatMap(([label, words]) => below(`${label}: ${words}`).map((line) => paint.dim(line))),
  ];
}
