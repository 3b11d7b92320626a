/** The report for a terminal: what matters first, readable aloud from top to bottom. */

import pc from 'picocolors';
import { type Finding, SEVERITIES, type Severity } from '../audit/finding.ts';
import { visible } from './escape.ts';
import type { RenderOptions, Report } from './report.ts';
import { type Count, whoOf } from './summary.ts';
import { clip, pad, widthOf, wrap } from './terminal-text.ts';
import { bytesWords, coverageWords, durationWords, grouped, plural } from './words.ts';

type Paint = ReturnType<typeof pc.createColors>;

interface Page {
  readonly columns: number;
  readonly paint: Paint;
  readonly showMuted: boolean;
}

const NARROWEST = 40;

/**
 * Counts by rule and severity, the ten most urgent with who and fix, the findings, what could not be read, and what was read.
 * Colour repeats what the words say. Muted and resolved findings are counted; muted ones are listed with `showMuted`.
 */
export function renderTable(report: Report, options: RenderOptions): string {
  const page: Page = {
    columns: Math.max(NARROWEST, options.columns ?? 100),
    paint: pc.createColors(options.color === true),
    showMuted: options.showMuted === true,
  };
  const sections = [
    headline(report, page),
    countsTable(report, page),
    urgentList(report, page),
    findingsTable(report, page),
    exemptionLines(report, page),
    unreadLines(report, page),
    inputLines(report, page),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline({ summary, period }: Report, { columns, paint }: Page): string[] {
  const { open, resolved, muted, pending, coverage, meanTimeToRemediateSeconds: mean } = summary;
  const parts = [`${grouped(open)} open`, `${grouped(resolved)} resolved`, `${grouped(muted)} muted`];
  const state = open === 0 ? paint.green('No open findings') : paint.bold(plural(open, 'open finding'));
  const rest = [...parts.slice(1), ...(pending > 0 ? [`${grouped(pending)} pending`] : [])].join(', ');
  const facts = [
    coverageWords('tagged', coverage.tags),
    coverageWords('mirrored', coverage.mirroring),
    mean === null ? '' : `remediated in ${durationWords(mean)} on average`,
  ].filter((fact) => fact !== '');
  const span = period === undefined ? [] : [`${period.since} to ${period.until}`];
  return [...span, `${state} (${rest})`, ...(facts.length > 0 ? wrap(`${facts.join(', ')}.`, columns) : [])];
}

const STATUSES = ['open', 'resolved', 'muted'] as const;

function countsTable({ summary }: Report, { paint, columns }: Page): string[] {
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

/** `3 open (1 critical, 2 low), 1 muted`: for where a table has no room. */
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

function urgentList({ summary }: Report, { paint, columns }: Page): string[] {
  if (summary.urgent.length === 0) return [];
  const items = summary.urgent.flatMap((one, index) => {
    const label = one.severity.toUpperCase();
    const indent = '    ';
    const [head = '', ...rest] = wrap(one.reason, columns - 4, label.length + 1);
    const named = one.name === undefined ? one.resourceId : `${one.resourceId} (${one.name})`;
    const where = `${named}, ${one.accountId} ${one.region}, since ${one.since}, by ${one.who}`;
    return [
      `${String(index + 1).padStart(2)}. ${severityPaint(paint, one.severity)(label)} ${head}`,
      ...rest.map((line) => indent + line),
      ...wrap(where, columns - 4).map((line) => paint.dim(indent + line)),
      // Not wrapped: a command is there to be copied whole.
      `${indent}fix: ${visible(one.fix)}`,
    ];
  });
  return [
    paint.bold(summary.open > summary.urgent.length ? `The ${summary.urgent.length} most urgent` : 'Most urgent'),
    ...items,
  ];
}

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

function findingsTable({ findings, summary }: Report, { columns, paint, showMuted }: Page): string[] {
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

function exemptionLines({ exemptions }: Report, { columns, paint }: Page): string[] {
  const ending = exemptions.filter(({ state }) => state !== 'active');
  if (ending.length === 0) return [];
  const lines = ending.flatMap(({ match, rule, owner, expires, state, reason }) =>
    wrap(`${state === 'expired' ? 'expired' : 'expires'} ${expires}: ${match}, ${rule} (${owner}): ${reason}`, columns),
  );
  return [paint.bold('Exemptions that ended or end within 14 days'), ...lines];
}

function unreadLines({ input, judgements }: Report, { columns, paint }: Page): string[] {
  const unknown = judgements.filter(({ result }) => result === 'unknown');
  if (input.rejected.length + unknown.length === 0) return [];
  return [
    paint.bold('Could not be read or judged'),
    ...input.rejected.flatMap(({ path, reason }) => wrap(`${path}: ${reason}`, columns)),
    ...unknown.flatMap(({ resourceId, rule, reason }) => wrap(`${resourceId} (${rule}): ${reason}`, columns)),
  ];
}

function inputLines({ input, toolVersion, configHash }: Report, { columns, paint }: Page): string[] {
  const { files, records, bytes, sightings, launches, skipped, rejected } = input;
  const figures = [
    plural(files, 'file'),
    plural(records, 'record'),
    bytes < 1000 ? plural(bytes, 'byte') : `${bytesWords(bytes)} (${plural(bytes, 'byte')})`,
    plural(sightings, 'sighting'),
    plural(launches, 'launch', 'launches'),
    `${grouped(rejected.length)} rejected`,
  ];
  const kinds = Object.entries(skipped).sort(([a], [b]) => (a < b ? -1 : 1));
  const left =
    kinds.length === 0
      ? []
      : wrap(`Skipped: ${kinds.map(([kind, n]) => `${kind} ${grouped(n)}`).join(', ')}.`, columns);
  const tool = `mirrorwatch ${toolVersion}, configuration ${configHash}`;
  return [
    ...wrap(`Read: ${figures.join(', ')}.`, columns),
    ...left,
    ...wrap(tool, columns).map((line) => paint.dim(line)),
  ];
}

function severityPaint(paint: Paint, severity: Severity): (text: string) => string {
  if (severity === 'critical') return (text) => paint.bold(paint.red(text));
  return severity === 'high' ? paint.red : severity === 'medium' ? paint.yellow : paint.cyan;
}
