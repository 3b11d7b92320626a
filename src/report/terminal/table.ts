/** The report for a terminal: the most important first, in an order that can be read aloud. */

import pc from 'picocolors';
import { partsOfFix } from '../../audit/fixes/fix-parts.ts';
import { byText, groupBy, grouped, plural } from '../../collections.ts';
import { causeFacts } from '../cause-words.ts';
import { visible } from '../escape.ts';
import {
  atLeastWords,
  completenessOf,
  noFindingWords,
  rejectedPhrases,
  unseenPhrases,
  unseenRows,
} from '../gap-words.ts';
import { asOfWords } from '../past/as-of.ts';
import { remediationWords } from '../remediation-time.ts';
import { EXPIRING_DAYS, type RenderOptions, type Report } from '../report.ts';
import { resolvedCount } from '../resolution/resolution-words.ts';
import { bytesWords, coveragePhrases, minuteWords } from '../words.ts';
import { countsTable } from './counts.ts';
import { endedLines } from './ended.ts';
import { findingsTable } from './findings.ts';
import { type PageSetup, severityPaint } from './page-setup.ts';
import { wrap } from './terminal-text.ts';

const NARROWEST = 40;

/**
 * Counts by rule and severity, the ten most urgent findings with cause and fix, all findings, how they ended, expiring exemptions, unreadable inputs,
 * and the input's figures. Colour only repeats what the words say. Muted findings are counted, and listed with `showMuted`.
 */
export function renderTable(report: Report, options: RenderOptions): string {
  const page: PageSetup = {
    columns: Math.max(NARROWEST, options.columns ?? 100),
    paint: pc.createColors(options.color === true),
    showMuted: options.showMuted === true,
  };
  const sections = [
    headline(report, page),
    countsTable(report, page),
    urgentList(report, page),
    findingsTable(report, page),
    endedLines(report, page),
    exemptionLines(report, page),
    unreadLines(report, page),
    inputLines(report, page),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(report: Report, { columns, paint }: PageSetup): string[] {
  const { summary, period, asOf } = report;
  const unseen = unseenPhrases(report);
  const { open, muted, pending, coverage, timeToRemediate } = summary;
  const remediated = remediationWords(timeToRemediate);
  // Green is an all-clear, which a report that is not known to have seen everything cannot give.
  const isClear = unseen.length === 0 && completenessOf(report).proven;
  const none = isClear ? paint.green(noFindingWords(report)) : noFindingWords(report);
  const state = open === 0 ? none : paint.bold(plural(open, 'open finding'));
  // A pending finding is one of the open ones.
  const ofThem = pending > 0 ? ` (${grouped(pending)} pending)` : '';
  const counts = `${state}${ofThem}, ${resolvedCount(summary)}, ${grouped(muted)} muted`;
  const facts = [
    checksWords(summary),
    ...coveragePhrases(coverage),
    remediated === '' ? '' : `remediated in ${remediated}`,
  ].filter((fact) => fact !== '');
  const past = asOf === undefined ? [] : wrap(asOfWords(asOf), columns);
  const span = period === undefined ? past : [`${minuteWords(period.since)} to ${minuteWords(period.until)}`];
  const warning = unseen.length === 0 ? [] : wrap(`Incomplete: ${unseen.join(', ')}.`, columns);
  return [...span, counts, ...warning.map((line) => paint.magenta(line)), ...wrap(`${facts.join(', ')}.`, columns)];
}

/** Without a finding, what the run looked at instead: two instances that are gone are no proof of anything. */
function checksWords({ open, judged }: Report['summary']): string {
  if (open > 0 || judged === null || judged.pass + judged.gone === 0) return '';
  const gone = judged.gone === 0 ? '' : `, ${grouped(judged.gone)} found that the resource is gone`;
  return `${plural(judged.pass, 'check')} passed${gone}`;
}

function urgentList({ summary }: Report, { paint, columns }: PageSetup): string[] {
  if (summary.urgent.length === 0) return [];
  const items = summary.urgent.flatMap((one, index) => {
    const label = one.severity.toUpperCase();
    const indent = '    ';
    const [head = '', ...rest] = wrap(one.reason, columns - 4, label.length + 1);
    const named = one.name === undefined ? one.resourceId : `${one.resourceId} (${one.name})`;
    const where = `${named}, ${one.accountId} ${one.region}, since ${minuteWords(one.since)}`;
    const facts = causeFacts(one).map(([fact, words]) => `${fact}: ${words}`);
    return [
      `${String(index + 1).padStart(2)}. ${severityPaint(paint, one.severity)(label)} ${head}`,
      ...rest.map((line) => indent + line),
      ...[where, ...facts].flatMap((fact) => wrap(fact, columns - 4).map((line) => paint.dim(indent + line))),
      ...fixLines(one.fix, columns).map((line) => indent + line),
    ];
  });
  return [
    paint.bold(summary.open > summary.urgent.length ? `The ${summary.urgent.length} most urgent` : 'Most urgent'),
    ...items,
  ];
}

/** Words are wrapped. A command is not, so that it can be copied in one piece. */
function fixLines(fix: string, columns: number): readonly string[] {
  const { words, command } = partsOfFix(fix);
  if (fix === '') return [];
  if (words === '') return [`fix: ${visible(command)}`];
  return [...wrap(`fix: ${words}`, columns - 4), ...(command === '' ? [] : [visible(command)])];
}

function exemptionLines({ exemptions }: Report, { columns, paint }: PageSetup): string[] {
  const ending = exemptions.filter(({ state }) => state !== 'active');
  if (ending.length === 0) return [];
  const lines = ending.flatMap(({ match, rule, owner, expires, still, state, reason }) =>
    wrap(
      `${state === 'expired' ? 'expired' : 'expires'} ${expires}: ${match}, ${rule}${still === 'repair' ? ', repaired all the same' : ''} (${owner}): ${reason}`,
      columns,
    ),
  );
  return [paint.bold(`Exemptions that expired or expire within ${EXPIRING_DAYS} days`), ...lines];
}

/** From so many on, a reason is given once, and all that it holds for stands below it. */
const MANY_ALIKE = 4;

/** How many of those are listed. Each has been named by a warning, or is in the JSON; a screen of them hides the rest of the report. */
const MOST_ALIKE = 20;

function unreadLines(report: Report, { columns, paint }: PageSetup): string[] {
  const rows = unseenRows(report);
  const { proven, words } = completenessOf(report);
  if (rows.length === 0) return proven ? [] : [paint.bold('Could not be read or judged'), ...wrap(words, columns)];
  const lines = [...groupBy(rows, ({ why, context }) => `${why}${context === '' ? '' : ` (${context})`}`)].flatMap(
    ([reason, same]) =>
      same.length < MANY_ALIKE
        ? same.flatMap(({ what }) => wrap(`${what}: ${reason}`, columns))
        : [
            ...wrap(`${grouped(same.length)} times: ${reason}`, columns),
            ...same.slice(0, MOST_ALIKE).flatMap(({ what }) => wrap(what, columns - 2).map((line) => `  ${line}`)),
            ...(same.length > MOST_ALIKE
              ? [`  and ${grouped(same.length - MOST_ALIKE)} more (-o json lists all)`]
              : []),
          ],
  );
  return [paint.bold('Could not be read or judged'), ...lines, ...(proven ? [] : wrap(words, columns))];
}

function inputLines(report: Report, { columns, paint }: PageSetup): string[] {
  const { input, toolVersion, configHash } = report;
  const atLeast = atLeastWords(report);
  const { files, records, bytes, sightings, launches, skipped, rejected } = input;
  const figures = [
    plural(files, 'file'),
    plural(records, 'record'),
    bytes < 1000 ? plural(bytes, 'byte') : `${bytesWords(bytes)} (${plural(bytes, 'byte')})`,
    plural(sightings, 'sighting'),
    plural(launches, 'launch', 'launches'),
    ...(rejected.length === 0
      ? [atLeast === '' ? '0 rejected' : 'what was rejected is not known']
      : rejectedPhrases(rejected)),
  ];
  const kinds = Object.entries(skipped).sort(byText(([kind]) => kind));
  const left =
    kinds.length === 0
      ? []
      : wrap(`Skipped: ${kinds.map(([kind, n]) => `${kind} ${grouped(n)}`).join(', ')}.`, columns);
  const tool = `mirrorwatch ${toolVersion}, configuration ${configHash}`;
  return [
    ...wrap(`Read: ${atLeast}${figures.join(', ')}.`, columns),
    ...left,
    ...wrap(tool, columns).map((line) => paint.dim(line)),
  ];
}
