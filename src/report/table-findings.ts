/** The findings as rows, for a terminal. */

import type { Finding } from '../audit/finding.ts';
import type { Report } from './report.ts';
import { whoOf } from './summary.ts';
import { type Page, type Paint, severityPaint } from './table-page.ts';
import { clip, pad, widthOf, wrap } from './terminal-text.ts';
import { grouped, plural } from './words.ts';

type Cell = (finding: Finding) => string;

const reasonOf: Cell = ({ reason }) => reason;
const statusOf: Cell = ({ status, detail }) =>
  status === 'open' && detail.pendingUntil !== undefined ? 'pending' : status;

/** As wide as their widest cell. Those that are the same in every row may go into the heading, where room is short. */
const FIXED: readonly (readonly [title: string, cell: Cell, mayMove: boolean])[] = [
  ['severity', ({ severity }) => severity, false],
  ['status', statusOf, true],
  ['rule', ({ rule }) => rule, false],
  ['resource', ({ resourceId }) => resourceId, false],
  ['account', ({ accountId }) => accountId, true],
  ['region', ({ region }) => region, true],
];
const WIDEST = 60;
/** Reason and who share what is left, and it must be at least so much. */
const LEAST_LEFT = 36;
const GAP = '  ';

interface Column {
  readonly title: string;
  readonly cell: Cell;
  readonly width: number;
}

/** One line a finding where there is room, else a few lines each; then how many muted ones are not shown. */
export function findingsTable({ findings, summary }: Report, { columns, paint, showMuted }: Page): string[] {
  const shown = findings.filter(({ status }) => status !== 'muted' || showMuted);
  const hidden = findings.length - shown.length;
  const them = hidden === 1 ? 'it' : 'them';
  const note = hidden === 0 ? [] : [`${plural(hidden, 'muted finding')} not shown; --show-muted shows ${them}.`];
  if (shown.length === 0) return note;
  const { table, same } = layoutOf(shown, columns);
  const count = `${plural(shown.length, 'row')}${summary.total === shown.length ? '' : ` of ${grouped(summary.total)}`}`;
  const heading = wrap(`Findings (${[count, ...same].join(', ')})`, columns).map((line) => paint.bold(line));
  if (table === null) return [...heading, ...shown.flatMap((finding) => stacked(finding, columns, paint)), ...note];
  const titles = table.map(({ title, width }) => pad(title, width)).join(GAP);
  const rows = shown.map((finding) => {
    const [first = '', ...rest] = table.map(({ cell, width }) => pad(cell(finding), width));
    return [severityPaint(paint, finding.severity)(first), ...rest].join(GAP).trimEnd();
  });
  return [...heading, paint.bold(titles.trimEnd()), ...rows, ...note];
}

/** All columns if they fit, else without those that are the same in every row, else none. */
function layoutOf(findings: readonly Finding[], columns: number): { table: readonly Column[] | null; same: string[] } {
  const fixed = FIXED.map(([title, cell]) => ({ title, cell, width: widest(findings, title, cell) }));
  const whole = withText(findings, fixed, columns);
  if (whole !== null) return { table: whole, same: [] };
  const moved = fixed.filter(({ cell }, i) => FIXED[i]?.[2] && new Set(findings.map(cell)).size === 1);
  const table = withText(
    findings,
    fixed.filter((column) => !moved.includes(column)),
    columns,
  );
  const [first] = findings;
  return { table, same: table === null || first === undefined ? [] : moved.map(({ cell }) => cell(first)) };
}

function withText(findings: readonly Finding[], fixed: readonly Column[], columns: number): readonly Column[] | null {
  const left = columns - fixed.reduce((sum, { width }) => sum + width + GAP.length, 0) - GAP.length;
  if (left < LEAST_LEFT) return null;
  const who = Math.min(widest(findings, 'who', whoOf), Math.max(12, Math.floor(left / 4)));
  return [...fixed, { title: 'reason', cell: reasonOf, width: left - who }, { title: 'who', cell: whoOf, width: who }];
}

function widest(findings: readonly Finding[], title: string, cell: Cell): number {
  return findings.reduce((most, finding) => Math.max(most, widthOf(clip(cell(finding), WIDEST))), title.length);
}

/** A finding on a narrow terminal: lines below one another. */
function stacked(finding: Finding, columns: number, paint: Paint): string[] {
  const { severity, rule, resourceId, accountId, region, reason } = finding;
  const status = statusOf(finding);
  return [
    `${severityPaint(paint, severity)(severity)} ${status} ${clip(rule, columns - severity.length - status.length - 2)}`,
    ...wrap(`${resourceId}, ${accountId} ${region}`, columns - 2).map((line) => `  ${line}`),
    ...wrap(reason, columns - 2).map((line) => `  ${line}`),
    ...wrap(`by ${whoOf(finding)}`, columns - 2).map((line) => paint.dim(`  ${line}`)),
  ];
}
