/** The report as Markdown for a ticket or a pull request. */

import type { Finding } from '../../audit/finding.ts';
import { partsOfFix } from '../../audit/fixes/fix-parts.ts';
import { grouped, plural, truncate } from '../../collections.ts';
import { causeFacts, causeInBrief } from '../cause-words.ts';
import { visible } from '../escape.ts';
import type { Format } from '../format.ts';
import { atLeastWords, completenessOf, unseenPhrases, unseenRows } from '../gap-words.ts';
import { asOfTitle, asOfWords } from '../past/as-of.ts';
import { remediationWords } from '../remediation-time.ts';
import type { RenderOptions, Report } from '../report.ts';
import { endedFindings, endedTitle, endLabel, endWords, resolvedCount } from '../resolution/resolution-words.ts';
import { coveragePhrases, minuteWords } from '../words.ts';

/** How many findings are listed. A ticket's text is limited (GitHub: 65,536 characters). */
const LISTED = 100;

/** Markdown for a ticket or a pull request. */
export const markdown: Format = { extension: 'md', parts: (report, options) => [renderMarkdown(report, options)] };

/**
 * Headline, counts, the most urgent findings with cause and fix, then a table of the first 100 findings and how many more there are.
 * No value can become a link, image, mention, HTML or formatting.
 */
function renderMarkdown(report: Report, options: RenderOptions): string {
  const shown = report.findings.filter(({ status }) => status !== 'muted' || options.showMuted === true);
  const sections = [
    headline(report),
    countsTable(report),
    urgentList(report),
    findingsTable(shown),
    endedTable(shown),
    unreadList(report),
    inputLine(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/**
 * Text on one line that Markdown renders verbatim: no HTML, formatting, link, image or table cell. Forges look for mentions and
 * references in the rendered text, where an escape is gone, so a zero-width space breaks those up.
 */
function escapeMarkdown(text: string): string {
  return visible(text)
    .replace(/[@#!]|:(?=\/)|www(?=\.)|mailto(?=:)|^[-+>]|^\d+(?=[.)])/gi, '$&\u200b')
    .replace(/[\\`*_{}[\]~$^=]/g, '\\$&')
    .replace(/[&<>|"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function headline(report: Report): string {
  const { summary, generatedAt, period, asOf } = report;
  const time =
    period === undefined
      ? asOf === undefined
        ? `As of ${minuteWords(generatedAt)}`
        : asOfTitle(asOf)
      : `${minuteWords(period.since)} to ${minuteWords(period.until)}`;
  const { open, muted, coverage } = summary;
  const figures = [`**${open} open**`, resolvedCount(summary), `${muted} muted`].join(' · ');
  const unseen = unseenPhrases(report);
  const warning = unseen.length === 0 ? [] : ['', `**Incomplete:** ${unseen.join(' · ')}.`];
  const basis = asOf === undefined ? [] : ['', escapeMarkdown(asOfWords(asOf))];
  const lines = [`# Mirrorwatch report`, '', `${time}: ${figures}.`, ...basis, ...warning];
  const covered = coveragePhrases(coverage);
  const remediated = remediationWords(summary.timeToRemediate);
  const facts = [...covered, remediated === '' ? '' : `remediated in ${remediated}`].filter((fact) => fact !== '');
  return [...lines, ...(facts.length === 0 ? [] : ['', `${facts.join(' · ')}.`])].join('\n');
}

function countsTable({ summary }: Report): string {
  if (summary.counts.length === 0) return 'No findings.';
  const rows = summary.counts.map(({ severity, rule, status, count }) =>
    row([severity, escapeMarkdown(rule), status, grouped(count)]),
  );
  return ['| severity | rule | status | count |', '|---|---|---|---:|', ...rows].join('\n');
}

function urgentList({ summary }: Report): string {
  if (summary.urgent.length === 0) return '';
  const items = summary.urgent.map(({ severity, resourceId, accountId, region, reason, fix, ...one }, index) =>
    [
      `${index + 1}. **${severity}** ${escapeMarkdown(reason)}`,
      `   ${literal(resourceId)} in ${escapeMarkdown(accountId)} ${escapeMarkdown(region)}`,
      `   ${causeFacts(one)
        .map(([label, words]) => `${label}: ${literal(words)}`)
        .join(' · ')}`,
      ...fixLines(fix),
    ].join('  \n'),
  );
  return ['## Most urgent', '', ...items].join('\n');
}

/** Words as text, and a command as code. */
function fixLines(fix: string): readonly string[] {
  const { words, command } = partsOfFix(fix);
  return [
    ...(words === '' ? [] : [`   Fix: ${escapeMarkdown(words)}`]),
    ...(command === '' ? [] : [`   ${literal(command)}`]),
  ];
}

function findingsTable(shown: readonly Finding[]): string {
  if (shown.length === 0) return '';
  const rows = shown
    .slice(0, LISTED)
    .map((finding) =>
      row([
        finding.severity,
        finding.status,
        finding.rule.startsWith('custom:') ? literal(finding.rule) : finding.rule,
        literal(finding.resourceId),
        escapeMarkdown(`${finding.accountId} ${finding.region}`),
        escapeMarkdown(truncate(finding.reason, 300)),
        literal(causeInBrief(finding.cause)),
        minuteWords(finding.firstSeen),
      ]),
    );
  const more = shown.length > LISTED ? ['', `${plural(shown.length - LISTED, 'more finding')} not listed here.`] : [];
  const names = '| severity | status | rule | resource | where | reason | cause | first seen |';
  return ['## Findings', '', names, '|---|---|---|---|---|---|---|---|', ...rows, ...more].join('\n');
}

/** When and by whom findings were resolved, or what closed them. */
function endedTable(shown: readonly Finding[]): string {
  const ended = endedFindings(shown);
  if (ended.length === 0) return '';
  const rows = ended
    .slice(0, LISTED)
    .map((finding) =>
      row([
        literal(finding.rule),
        literal(finding.resourceId),
        escapeMarkdown(`${finding.accountId} ${finding.region}`),
        escapeMarkdown(
          `${finding.resolution === undefined ? '' : endLabel(finding.resolution)} ${endWords(finding) ?? ''}`,
        ),
      ]),
    );
  const more = ended.length > LISTED ? ['', `${plural(ended.length - LISTED, 'more finding')} not listed here.`] : [];
  const names = '| rule | resource | where | how |';
  return [`## ${endedTitle(ended)}`, '', names, '|---|---|---|---|', ...rows, ...more].join('\n');
}

function unreadList(report: Report): string {
  const lines = unseenRows(report).map(
    ({ what, why, context }) =>
      `- ${literal(what)}: ${escapeMarkdown(why)}${context === '' ? '' : ` (${escapeMarkdown(context)})`}`,
  );
  const { proven, words } = completenessOf(report);
  if (proven && lines.length === 0) return '';
  const more = lines.length > LISTED ? [`- and ${lines.length - LISTED} more`] : [];
  const note = proven ? [] : [`- ${escapeMarkdown(words)}`];
  return ['## Could not be read or judged', '', ...lines.slice(0, LISTED), ...more, ...note].join('\n');
}

function inputLine(report: Report): string {
  const { input, toolVersion, configHash } = report;
  const { files, records, bytes, sightings, launches } = input;
  const figures = [
    plural(files, 'file'),
    plural(records, 'record'),
    plural(bytes, 'byte'),
    plural(sightings, 'sighting'),
    plural(launches, 'launch', 'launches'),
  ];
  return escapeMarkdown(
    `Read: ${atLeastWords(report)}${figures.join(', ')}. Mirrorwatch ${toolVersion}, configuration ${configHash}.`,
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/**
 * A code span, in which nothing is rendered. Its fence is longer than any run of backticks inside. A `|` would end a table cell even
 * in a code span, so text with a `|` is escaped instead.
 */
function literal(text: string): string {
  const line = visible(text);
  if (line.includes('|') || line.trim() === '') return escapeMarkdown(text);
  const longest = (line.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
