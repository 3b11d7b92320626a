/** What a process that watches shows on a terminal: a block of lines that is redrawn in place. */

import { type PageSetup, type Paint, severityPaint } from '../terminal/page-setup.ts';
import { clip, pad, wrap } from '../terminal/terminal-text.ts';
import { type LiveLine, type LiveWords, liveWords } from './live-words.ts';
import type { LiveState } from './state.ts';

/** The size of the terminal, and its colours. */
export interface LiveSetup extends Pick<PageSetup, 'columns' | 'paint'> {
  readonly rows: number;
}

type Colour = (text: string) => string;

interface Row {
  readonly label: string;
  readonly text: string;
  readonly colour?: Colour | undefined;
}

const MOST_ACTIONS = 8;
const MOST_FAILURES = 3;
/** Lines of one figure: why it is not healthy may be a long text. */
const MOST_LINES = 3;
/** Lines of one action or failure. */
const ENTRY_LINES = 2;
const LABEL = 12;
const KIND = 8;
/** With fewer columns, lines are longer than the terminal. */
const NARROWEST = 32;

/** The view at this time. It is no higher than the terminal with a line to spare, and no line is wider than it. */
export function renderLiveView(state: LiveState, now: Date, { columns, rows, paint }: LiveSetup): readonly string[] {
  // A character in the last column makes some terminals begin another line.
  const width = Math.max(NARROWEST, columns - 1);
  const words = liveWords(state, now);
  const head = [
    ...inLines(`Mirrorwatch is ${words.subject}`, width).map(paint.bold),
    ...rowsOf(words, paint).flatMap((row) => rowLines(row, width)),
  ];
  const room = rows - 1 - head.length;
  const failures = listLines('Last failures', words.failures.slice(0, MOST_FAILURES), Math.floor(room / 3), {
    width,
    paint,
  });
  const actions = listLines('Last actions', words.actions.slice(0, MOST_ACTIONS), room - failures.length, {
    width,
    paint,
  });
  return [...head, ...actions, ...failures].slice(0, Math.max(1, rows - 1));
}

function rowsOf(
  { health, processed, newestDelivery, newestRecord, open, done, failed }: LiveWords,
  paint: Paint,
): readonly Row[] {
  const [worst] = open.bySeverity.find(([, count]) => count !== '0' && open.isKnown) ?? [];
  return [
    {
      label: 'State',
      text: health.text,
      colour: { good: paint.green, bad: paint.red, neutral: undefined }[health.tone],
    },
    { label: processed.label, text: joined(processed.value, processed.note) },
    { label: 'Newest', text: `delivery ${newestDelivery}, judged record ${newestRecord}` },
    { label: open.label, text: openText(open), colour: worst === undefined ? undefined : severityPaint(paint, worst) },
    { label: done.label, text: joined(`${done.value} created`, done.note) },
    {
      label: failed.label,
      text: joined(failed.value, failed.note),
      colour: failed.value === 'none' ? undefined : paint.yellow,
    },
  ];
}

/** `3: 1 critical, 2 low (ledger read 12 s ago)`. */
function openText({ value, note, isKnown, bySeverity }: LiveWords['open']): string {
  const parts = bySeverity.filter(([, count]) => count !== '0').map(([severity, count]) => `${count} ${severity}`);
  return `${value}${isKnown && parts.length > 0 ? `: ${parts.join(', ')}` : ''} (${note})`;
}

function joined(value: string, note: string): string {
  return note === '' ? value : `${value}, ${note}`;
}

/** A label and its text, which goes on under itself. */
function rowLines({ label, text, colour = (line) => line }: Row, width: number): readonly string[] {
  return inLines(text, width - LABEL).map((line, at) => `${pad(at === 0 ? label : '', LABEL)}${colour(line)}`);
}

/** Text in at most so many lines; what does not fit is cut. */
function inLines(text: string, width: number, most = MOST_LINES): readonly string[] {
  const lines = wrap(text, width);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), clip(lines.slice(most - 1).join(' '), width)];
}

interface Page {
  readonly width: number;
  readonly paint: Paint;
}

/** A list in at most so many lines with its title: of each entry two lines, of as many entries as there is room for. */
function listLines(title: string, entries: readonly LiveLine[], most: number, page: Page): readonly string[] {
  const lines: string[] = [];
  for (const entry of entries) {
    const more = entryLines(entry, page);
    if (1 + lines.length + more.length > most) break;
    lines.push(...more);
  }
  return lines.length === 0 ? [] : [page.paint.bold(title), ...lines];
}

function entryLines({ time, what, severity, text }: LiveLine, { width, paint }: Page): readonly string[] {
  const kind = what === '' ? '' : `${pad(what, KIND)}  `;
  const start = `  ${time}  ${kind}`;
  const colour = severity === undefined ? (each: string): string => each : severityPaint(paint, severity);
  const words = severity === undefined ? text : `${severity} ${text}`;
  const [first = '', ...more] = inLines(words, width - start.length, ENTRY_LINES);
  const graded = severity === undefined ? first : `${colour(severity)}${first.slice(severity.length)}`;
  return [`${start}${graded}`, ...more.map((line) => `${' '.repeat(start.length)}${line}`)];
}
