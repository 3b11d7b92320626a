/** The report as Markdown for a ticket or a pull request. */

import type { Finding } from '../../audit/finding.ts';
import { partsOfFix } from '../../audit/fixes/fix-parts.ts';
import { grouped, plural, truncate } from '../../collections.ts';
import { causeFacts, causeInBrief } from '../cause-words.ts';
import { visible } from '../escape.ts';
import type { Format } from '../format.ts';
import { freshnessWords, habitWords } from '../freshness/freshness.ts';
import { atLeastWords, completenessOf, unseenPhrases, unseenRows } from '../gap-words.ts';
import { asOfTitle, asOfWords } from '../past/as-of.ts';
import { remediationWords } from '../remediation-time.ts';
import type { RenderOptions, Report } from '../report.ts';
import { endedFindings, endedTitle, endLabel, endWords, resolvedCount } from '../resolution/resolution-words.ts';
import { coveragePhrases, durationWords, minuteWords } from '../words.ts';

/** How many findings are listed. A ticket's text is limited (GitHub: 65,536 characters). */
const LISTED = 100;

/** The rows of each list, from the usual number down to none, of which the first that fits is shown. */
const ROWS: readonly number[] = [LISTED, 50, 20, 5, 0];

/** GitHub drops a step summary of more than 1,024 KiB. What the same step writes beside it has to fit as well. */
const MAX_BYTES = 900_000;

/** The most of one text: longer than any sentence of ours with the ids that AWS gives. */
const MOST_CHARS = 2_000;

/** Markdown for a ticket or a pull request. */
export const markdown: Format = { extension: 'md', parts: (report, options) => [renderMarkdown(report, options)] };

/**
 * Headline, counts, the most urgent findings with cause and fix, then a table of the first 100 findings and how many more there are.
 * Fewer are listed where the page would get too long for a step summary. No value can become a link, image, mention, HTML or formatting.
 */
function renderMarkdown(report: Report, options: RenderOptions): string {
  let page = '';
  for (const rows of ROWS) {
    page = pageOf(report, options, rows);
    if (Buffer.byteLength(page) <= MAX_BYTES) break;
  }
  return page;
}

function pageOf(report: Report, options: RenderOptions, rows: number): string {
  const shown = report.findings.filter(({ status }) => status !== 'muted' || options.showMuted === true);
  const sections = [
    headline(report),
    countsTable(report),
    urgentList(report, rows),
    findingsTable(shown, rows),
    endedTable(shown, rows),
    freshnessTable(report, rows),
    unreadList(report, rows),
    inputLine(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** How many of a list are left out, and where they are; nothing if none are. */
function moreLines(all: number, listed: number): readonly string[] {
  return all > listed
    ? ['', `${plural(all - listed, 'more finding')} not listed here; \`-o json\` has everything.`]
    : [];
}

/**
 * Text on one line that Markdown renders verbatim: no HTML, formatting, link, image or table cell. Forges look for mentions and
 * references in the rendered text, where an escape is gone, so a zero-width space breaks those up.
 */
function escapeMarkdown(text: string): string {
  return visible(truncate(text, MOST_CHARS))
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
  const rows = summary.counts
    .slice(0, LISTED)
    .map(({ severity, rule, status, count }) => row([severity, escapeMarkdown(rule), status, grouped(count)]));
  const left = summary.counts.length - rows.length;
  const more = left > 0 ? ['', `${plural(left, 'more row')} not listed here; \`-o json\` has everything.`] : [];
  return ['| severity | rule | status | count |', '|---|---|---|---:|', ...rows, ...more].join('\n');
}

function urgentList({ summary }: Report, rows: number): string {
  const listed = summary.urgent.slice(0, rows);
  if (listed.length === 0) return '';
  const items = listed.map(({ severity, resourceId, accountId, region, reason, fix, ...one }, index) =>
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
    ...(command === '' ? [] : [`   ${commandText(command)}`]),
  ];
}

/** A command that can be pasted. Half of one must not be. */
function commandText(command: string): string {
  return command.length <= MOST_CHARS ? literal(command) : 'The command is too long for this page; `-o json` has it.';
}

function findingsTable(shown: readonly Finding[], most: number): string {
  if (shown.length === 0) return '';
  const rows = shown
    .slice(0, most)
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
  const more = moreLines(shown.length, most);
  const names = '| severity | status | rule | resource | where | reason | cause | first seen |';
  return ['## Findings', '', names, '|---|---|---|---|---|---|---|---|', ...rows, ...more].join('\n');
}

/** When and by whom findings were resolved, or what closed them. */
function endedTable(shown: readonly Finding[], most: number): string {
  const ended = endedFindings(shown);
  if (ended.length === 0) return '';
  const rows = ended
    .slice(0, most)
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
  const more = moreLines(ended.length, most);
  const names = '| rule | resource | where | how |';
  return [`## ${endedTitle(ended)}`, '', names, '|---|---|---|---|', ...rows, ...more].join('\n');
}

/** The silent accounts and regions first, then those whose newest record is the oldest. */
function freshnessTable({ freshness }: Report, most: number): string {
  if (freshness === undefined) return '';
  const listed = freshness.list
    .slice(0, most)
    .map((one) =>
      row([
        one.state,
        escapeMarkdown(`${one.accountId} ${one.region}`),
        minuteWords(one.newestRecord),
        minuteWords(one.newestDelivery),
        durationWords(one.silentSeconds),
        habitWords(one),
      ]),
    );
  const names = '| state | where | newest record | newest delivery | silent for | habit |';
  return ['## Freshness', '', freshnessWords(freshness), '', names, '|---|---|---|---|---|---|', ...listed].join('\n');
}

function unreadList(report: Report, most: number): string {
  const lines = unseenRows(report).map(
    ({ what, why, context }) =>
      `- ${literal(what)}: ${escapeMarkdown(why)}${context === '' ? '' : ` (${escapeMarkdown(context)})`}`,
  );
  const { proven, words } = completenessOf(report);
  if (proven && lines.length === 0) return '';
  const more = lines.length > most ? [`- and ${grouped(lines.length - most)} more; \`-o json\` has everything`] : [];
  const note = proven ? [] : [`- ${escapeMarkdown(words)}`];
  return ['## Could not be read or judged', '', ...lines.slice(0, most), ...more, ...note].join('\n');
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
  const line = visible(truncate(text, MOST_CHARS));
  if (line.includes('|') || line.trim() === '') return escapeMarkdown(text);
  const longest = (line.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
