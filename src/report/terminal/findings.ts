/** The findings as rows for a terminal: grouped by rule, with as many columns as the width allows and the whole reason. */

import { type Finding, isHeldBack, SEVERITIES } from '../../audit/finding.ts';
import { groupBy, grouped, plural } from '../../collections.ts';
import { causeFacts, causeInBrief, provenActors } from '../cause-words.ts';
import type { Report } from '../report.ts';
import { exemptionWords } from '../words.ts';
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
const WIDEST_CAUSE = 40;
/** With less room than this for the reason, everything stands below one another. */
const LEAST_REASON = 36;
/** Name and cause get columns of their own only if the reason keeps this much. */
const GOOD_REASON = 60;

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
 * One group per rule, the most urgent first, and in it a row per finding. On a wide terminal name and cause have columns; else the name
 * stands under the resource and the cause under the reason. Then the number of muted findings that are not shown.
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
  const causes = new Set(shown.map(({ cause }) => causeInBrief(cause)));
  const oneCause = shown.length > 1 && causes.size === 1 ? [`cause ${[...causes].join('')}`] : [];
  const table = layoutOf(shown, differing, columns, oneCause.length > 0);
  const count = `${grouped(shown.length)}${summary.total === shown.length ? '' : ` of ${grouped(summary.total)}`}`;
  const heading = `Findings (${[count, ...shared.map(([, cell]) => cell(first)), ...oneCause].join(', ')})`;
  const groups = [...groupBy(shown, ({ rule }) => rule)].flatMap(([rule, group]) => {
    const reasonOf = shortReasons(group);
    const lines = group.flatMap((finding) =>
      table === null
        ? severalLines(finding, reasonOf(finding), differing, { columns, paint })
        : rowOf(finding, reasonOf(finding), table, { columns, paint }),
    );
    return [...wrap(`${rule}: ${bySeverity(group)}`, columns).map((line) => paint.bold(line)), ...lines];
  });
  return [...wrap(heading, columns).map((line) => paint.bold(line)), ...groups, ...note];
}

interface Line {
  readonly columns: number;
  readonly paint: Paint;
}

/** A finding as a row. The reason is wrapped, never cut. */
function rowOf(
  finding: Finding,
  reason: string,
  { before, showsName, showsCause }: Layout,
  { columns, paint }: Line,
): string[] {
  const taken = widthBefore(before);
  const [severity = '', ...cells] = before.map(({ cell, width }) => pad(cell(finding), width));
  const first = [severityPaint(paint, finding.severity)(severity), ...cells].join(GAP);
  const resource = before.findIndex(({ title }) => title === 'resource');
  const name = showsName ? '' : nameOf(finding);
  const second = name === '' ? '' : underColumn(before, resource, name);
  const cause = showsCause ? [] : wrap(`cause: ${causeInBrief(finding.cause)}`, columns - taken).map(paint.dim);
  const muted = mutedBy(finding)
    .flatMap((text) => wrap(text, columns - taken))
    .map(paint.dim);
  const right = [...wrap(reason, columns - taken), ...muted, ...cause];
  const left = [`${INDENT}${first}${GAP}`, second === '' ? ' '.repeat(taken) : second];
  const count = Math.max(right.length, second === '' ? 1 : 2);
  return Array.from({ length: count }, (_, at) => `${left[at] ?? ' '.repeat(taken)}${right[at] ?? ''}`.trimEnd());
}

/** The decision behind a muted finding: why, whose and until when. None where the reason itself says why nothing is to be done. */
function mutedBy({ status, detail: { exemption } }: Finding): readonly string[] {
  return status === 'muted' && exemption !== undefined ? [`muted: ${exemptionWords(exemption)}`] : [];
}

/** A text in the place of one of the columns, and nothing in the others. */
function underColumn(before: readonly Column[], at: number, text: string): string {
  const start = widthBefore(before.slice(0, at));
  const width = before[at]?.width ?? 0;
  const rest = widthBefore(before) - start - width;
  return `${' '.repeat(start)}${pad(text, width)}${' '.repeat(rest)}`;
}

function widthBefore(before: readonly Column[]): number {
  return before.reduce((sum, { width }) => sum + width + GAP.length, INDENT.length);
}

/** `11 high, 1 medium`. */
function bySeverity(findings: readonly Finding[]): string {
  return SEVERITIES.toReversed()
    .map((severity) => [findings.filter((one) => one.severity === severity).length, severity] as const)
    .filter(([count]) => count > 0)
    .map(([count, severity]) => `${grouped(count)} ${severity}`)
    .join(', ');
}

/** What stands before the reason. */
interface Layout {
  /** The columns, starting with the severity. */
  readonly before: readonly Column[];
  readonly showsName: boolean;
  /** True also if the heading has the cause. */
  readonly showsCause: boolean;
}

/**
 * The layout for a width. Null when the columns leave too little room for the reason. A cause that is the heading's is shown nowhere else.
 */
function layoutOf(
  findings: readonly Finding[],
  differing: readonly (readonly [string, Column['cell']])[],
  columns: number,
  isCauseShared: boolean,
): Layout | null {
  const columnOf = (title: string, cell: Column['cell'], most: number): Column => ({
    ...{ title, cell, width: widest(findings, cell, most) },
  });
  const before = [
    columnOf('severity', severityOf, WIDEST),
    ...differing.map(([title, cell]) => columnOf(title, cell, WIDEST)),
    columnOf('resource', ({ resourceId }) => shortId(resourceId), WIDEST),
  ];
  if (columns - widthBefore(before) < LEAST_REASON) return null;
  const name = columnOf('name', nameOf, WIDEST_NAME);
  const cause = columnOf('cause', ({ cause }) => causeInBrief(cause), WIDEST_CAUSE);
  const isRoomFor = (wanted: readonly Column[]): boolean => columns - widthBefore(wanted) >= GOOD_REASON;
  const named = name.width === 0 ? before : [...before, name];
  if (!isRoomFor(named)) return { before, showsName: false, showsCause: isCauseShared };
  if (isCauseShared) return { before: named, showsName: true, showsCause: true };
  const all = [...named, cause];
  return isRoomFor(all)
    ? { before: all, showsName: true, showsCause: true }
    : { before: named, showsName: true, showsCause: false };
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
    ...mutedBy(finding).flatMap(below).map(paint.dim),
    ...causeFacts(finding).flatMap(([label, words]) => below(`${label}: ${words}`).map((line) => paint.dim(line))),
  ];
}
