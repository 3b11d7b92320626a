/** The findings as rows, for a terminal. */

import type { Finding } from '../audit/finding.ts';
import type { Report } from './report.ts';
import { whoOf } from './summary.ts';
import { type Page, type Paint, severityPaint } from './table-page.ts';
import { clip, pad, widthOf, wrap } from './terminal-text.ts';
import { grouped, plural } from './words.ts';

type Column = readonly [title: string, cell: (finding: Finding) => string, share: number];

const COLUMNS: readonly Column[] = [
  ['severity', ({ severity }) => severity, 0],
  ['status', ({ status, detail }) => (status === 'open' && detail.pendingUntil !== undefined ? 'pending' : status), 0],
  ['rule', ({ rule }) => rule, 0],
  ['resource', ({ resourceId }) => resourceId, 0],
  ['account', ({ accountId }) => accountId, 0],
  ['region', ({ region }) => region, 0],
  ['reason', ({ reason }) => reason, 3],
  ['who', whoOf, 1],
];

/** One line a finding where there is room, else a few lines each; then how many muted ones are not shown. */
export function findingsTable({ findings, summary }: Report, { columns, paint, showMuted }: Page): string[] {
  const shown = findings.filter(({ status }) => status !== 'muted' || showMuted);
  const hidden = findings.length - shown.length;
  const note =
    hidden === 0
      ? []
      : [`${plural(hidden, 'muted finding')} not shown; --show-muted shows ${hidden === 1 ? 'it' : 'them'}.`];
  if (shown.length === 0) return note;
  const widths = widthsOf(shown, columns);
  if (widths === null)
    return [paint.bold('Findings'), ...shown.flatMap((finding) => stacked(finding, columns, paint)), ...note];
  const title = COLUMNS.map(([name], i) => pad(name, widths[i] ?? 0))
    .join('  ')
    .trimEnd();
  const rows = shown.map((finding) => {
    const cells = COLUMNS.map(([, cell], i) => pad(cell(finding), widths[i] ?? 0));
    const [first = '', ...rest] = cells;
    return [severityPaint(paint, finding.severity)(first), ...rest].join('  ').trimEnd();
  });
  return [
    paint.bold(
      `Findings (${plural(shown.length, 'row')}${summary.total === shown.length ? '' : ` of ${grouped(summary.total)}`})`,
    ),
    paint.bold(title),
    ...rows,
    ...note,
  ];
}

/** Columns as wide as their widest cell; the two of free text share what is left. Null when they would get too little. */
function widthsOf(findings: readonly Finding[], columns: number): number[] | null {
  const natural = COLUMNS.map(([name, cell]) =>
    findings.reduce((most, finding) => Math.max(most, Math.min(60, widthOf(clip(cell(finding), 60)))), name.length),
  );
  const fixed = natural.reduce((sum, width, i) => (COLUMNS[i]?.[2] === 0 ? sum + width : sum), 0);
  const left = columns - fixed - 2 * (COLUMNS.length - 1);
  if (left < 32) return null;
  const who = Math.min(natural.at(-1) ?? 0, Math.max(12, Math.floor(left / 4)));
  return natural.map((width, i) =>
    i === COLUMNS.length - 1 ? who : COLUMNS[i]?.[2] === 0 ? width : Math.max(12, left - who),
  );
}

/** A finding on a narrow terminal: lines below one another. */
function stacked(finding: Finding, columns: number, paint: Paint): string[] {
  const { severity, status, rule, resourceId, accountId, region, reason } = finding;
  return [
    `${severityPaint(paint, severity)(severity)} ${status} ${clip(rule, columns - severity.length - status.length - 2)}`,
    ...wrap(`${resourceId}, ${accountId} ${region}`, columns - 2).map((line) => `  ${line}`),
    ...wrap(reason, columns - 2).map((line) => `  ${line}`),
    ...wrap(`by ${whoOf(finding)}`, columns - 2).map((line) => paint.dim(`  ${line}`)),
  ];
}
