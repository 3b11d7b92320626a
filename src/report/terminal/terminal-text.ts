/** Text for a terminal: measured in columns, cut, padded and wrapped, with nothing in it that a terminal would execute. */

import { visible } from '../escape.ts';

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** East Asian wide and full-width ranges, except emoji. @see https://www.unicode.org/reports/tr11/ */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;
const EMOJI = /^\p{Emoji_Presentation}|\ufe0f/u;
const MARKS_ONLY = /^[\p{M}\u200c\u200d]+$/u;
/** Every character is one column and one grapheme. This is the common case, and testing for it is a hundred times faster than segmenting. */
const PLAIN = /^[\x20-\x7e]*$/;

/** The most code units that are shown in a column: text of a thousand accents on one letter is cut. */
const MOST_UNITS = 16;

/** How many columns a text takes: 2 for wide characters and emoji, 0 for combining marks without a base. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of SEGMENTS.segment(text)) width += graphemeWidth(segment);
  return width;
}

/**
 * One line of at most `columns`, with control characters as escapes, and `…` at the end when something was cut. Of a long text only the part
 * that may be shown is looked at.
 */
export function clip(text: string, columns: number): string {
  const most = MOST_UNITS * Math.max(1, columns);
  const line = visible(text.length > most ? text.slice(0, most) : text);
  if (text.length <= most && fits(line, columns)) return line;
  return columns < 1 ? '' : `${headOf(line, columns - 1)}…`;
}

/** Clips the text and pads it with spaces to exactly `columns`. */
export function pad(text: string, columns: number): string {
  const line = clip(text, columns);
  return line + ' '.repeat(Math.max(0, columns - widthOf(line)));
}

/**
 * Wraps text to lines of at most `columns`, at spaces. Only a word that is longer than a line is broken: after a `/`, `,`, `=`, `&`, `?` or `:`
 * if one is in the line's second half (paths, ARNs, addresses), else at the line's end. Returns at least one line. The first line leaves
 * `taken` columns free for what comes before it.
 */
export function wrap(text: string, columns: number, taken = 0): string[] {
  const full = Math.max(8, columns);
  const lines: string[] = [];
  let line = '';
  const limit = (): number => (lines.length === 0 ? Math.max(8, full - taken) : full);
  for (const word of visible(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer, limit())) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (!fits(line, limit())) {
      // At least one unit, so that it ends even if the first character is wider than the line.
      const head = atSeparator(headOf(line, limit())) || line.slice(0, 1);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  return [...lines, line];
}

const SEPARATORS = '/,=&?:';

/** The start of a text up to its last separator, if that is in its second half; else all of it. */
function atSeparator(text: string): string {
  for (let at = text.length - 1; at > text.length / 2; at--)
    if (SEPARATORS.includes(text.charAt(at))) return text.slice(0, at + 1);
  return text;
}

/** The last part of an ARN, which distinguishes it from others of its kind; any other id unchanged. */
export function shortId(id: string): string {
  return id.startsWith('arn:') ? (/[^/:]+$/.exec(id)?.[0] ?? id) : id;
}

/** True for a text of at most `columns`. Reads no further than these. */
function fits(text: string, columns: number): boolean {
  return text.length <= columns && PLAIN.test(text) ? true : headOf(text, columns).length === text.length;
}

function headOf(text: string, columns: number): string {
  const start = text.slice(0, columns + 1);
  if (PLAIN.test(start)) return text.slice(0, columns);
  let head = '';
  let width = 0;
  // A part only: to segment a text costs what the whole of it costs.
  for (const { segment } of SEGMENTS.segment(text.slice(0, MOST_UNITS * (columns + 1)))) {
    width += graphemeWidth(segment);
    if (width > columns) break;
    head += segment;
  }
  return head;
}

function graphemeWidth(grapheme: string): number {
  if (EMOJI.test(grapheme) || WIDE.test(grapheme)) return 2;
  return MARKS_ONLY.test(grapheme) ? 0 : 1;
}
