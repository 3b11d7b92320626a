/** Counts by rule and severity, for a terminal. */

import { SEVERITIES } from '../../audit/finding.ts';
import { grouped } from '../../collections.ts';
import type { Report } from '../report.ts';
import type { Count } from '../summary.ts';
import type { PageSetup } from './page-setup.ts';
import { pad, widthOf, wrap } from './terminal-text.ts';

const STATUSES = ['open', 'resolved', 'muted'] as const;

/** One row per rule: open findings by severity, and all findings by status. In words when the terminal is too narrow for the table. */
export function countsTable({ summary }: Report, { paint, columns }: PageSetup): string[] {
  const rules = [...new Set(summary.counts.map(({ rule }) => rule))].sort();
  const rows: [string, readonly Count[]][] = rules.map((rule) => [
    rule,
    summary.counts.filter((count) => count.rule === rule),
  ]);
  if (rules.length > 1) rows.push(['all rules', summary.counts]);
  const titles = [...SEVERITIES.toReversed(), ...STATUSES];
  const first = Math.max(9, ...rules.map((rule) => widthOf(rule)));
  const widths = titles.map((title) => Math.max(5, title.length) + 2);
  const wide = first + widths.reduce((sum, width) => sum + width, 0) <= columns;
  if (!wide) return rows.flatMap(([name, counts]) => wrap(`${name}: ${inWords(counts)}`, columns));
  const line = (name: string, values: readonly string[]): string =>
    `${pad(name, first)}${values.map((value, i) => value.padStart(widths[i] ?? 0)).join('')}`;
  const lines = rows.map(([name, counts]) => line(name, [...openBySeverity(counts), ...byStatus(counts)].map(grouped)));
  return rows.length === 0 ? [] : [paint.bold(line('rule', titles)), ...lines];
}

function openBySeverity(counts: readonly Count[]): number[] {
  return SEVERITIES.toReversed().map((severity) =>
    total(counts, (one) => one.severity === severity && one.status === 'open'),
  );
}

function byStatus(counts: readonly Count[]): number[] {
  return STATUSES.map((status) => total(counts, (count) => count.status === status));
}

/** `3 open (1 critical, 2 low), 1 muted`: for a narrow terminal. */
function inWords(counts: readonly Count[]): string {
  const severities = openBySeverity(counts).flatMap((n, i) =>
    n === 0 ? [] : `${grouped(n)} ${SEVERITIES.toReversed()[i]}`,
  );
  const [open = 0, ...others] = byStatus(counts);
  const rest = others.flatMap((n, i) => (n === 0 ? [] : `${grouped(n)} ${STATUSES[i + 1]}`));
  return [`${grouped(open)} open${severities.length === 0 ? '' : ` (${severities.join(', ')})`}`, ...rest].join(', ');
}

function total(counts: readonly Count[], wanted: (count: Count) => boolean): number {
  return counts.reduce((sum, count) => (wanted(count) ? sum + count.count : sum), 0);
}
