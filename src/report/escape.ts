/** Escapes text for the place it goes to. Any text in a report may come from an attacker. */

import { truncate } from '../collections.ts';

/** Markup that needs no escaping. Only `html` and `trusted` make it. */
export interface Html {
  readonly markup: string;
}

type HtmlValue = Html | string | number | null | undefined | readonly HtmlValue[];

/**
 * A tagged template that escapes every value, for text and for quoted attributes. `Html` is inserted verbatim, arrays are joined,
 * null and undefined leave nothing. Control and bidirectional characters become visible, or a value could reorder the text around
 * it.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let markup = parts[0] ?? '';
  values.forEach((value, index) => {
    markup += markupOf(value) + (parts[index + 1] ?? '');
  });
  return { markup };
}

/** Declares our own markup safe. Never use it for text that was read. */
export function trusted(markup: string): Html {
  return { markup };
}

/** Text for HTML and XML content and quoted attributes. */
export function escapeMarkup(text: string): string {
  return visible(text).replace(/[&<>"'`]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/**
 * Text in which every character that has an effect instead of a visible form is written as an escape: C0 and C1 controls (`\n`, `\u001b`),
 * bidirectional controls, line separators, zero-width characters (except the joiners that scripts and emoji need),
 * noncharacters and lone surrogates.
 */
export function visible(text: string): string {
  return (MAY_ACT.test(text) || text.includes('\n')) && ACTING.test(text)
    ? text.replace(ACTING_ALL, (char) => SHORT[char] ?? codeOf(char))
    : text;
}

/**
 * JSON with such characters as `\u` escapes. A parser reads the same value, and a terminal or editor shows it verbatim. `indent`
 * makes it readable.
 */
export function inertJson(value: unknown, indent?: number): string {
  return inertJsonText(JSON.stringify(value, undefined, indent));
}

/** JSON that is written already, with such characters as `\u` escapes; line breaks stay. */
export function inertJsonText(json: string): string {
  if (!MAY_ACT.test(json)) return json;
  // JSON.stringify itself writes one kind of such character: the newlines of indented text.
  return ACTING_IN_JSON.test(json) ? json.replace(ACTING_IN_JSON_ALL, unicodeEscape) : json;
}

/** JSON for a `<script type="application/json">`. Nothing in it can end the element or start another. */
export function scriptJson(value: unknown): Html {
  return { markup: inertJson(value).replace(/[<>&]/g, unicodeEscape) };
}

/**
 * Text that a spreadsheet treats as text. It gets a leading `'` if it would start a formula: directly, after spaces, quotes or
 * characters that a spreadsheet skips, or with the full-width signs that Excel accepts.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function guardCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/**
 * A row of CSV, with cells that a spreadsheet treats as text. Characters that act instead of being seen are escapes, as a terminal or
 * an editor may show the file: a row is one line.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quote(visible(guardCell(cell)))).join(',')}\r\n`;
}

/** The most of one text that a list in the HTML report shows: longer than what AWS gives any id or tag. */
export const MOST_SHOWN = 300;

/** Text for a list in the HTML report, where a thousand of them must not fill the page. Cut at 300 characters. */
export function brief(text: string): string {
  return truncate(text, MOST_SHOWN);
}

const FORMULA = /^[\s"\p{C}]*[\t\r\n=+\-@|%\uff1d\uff0b\uff0d\uff20\u2212]/u;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const INVISIBLE =
  '\\p{Cc}\\p{Cs}\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ufffe\\uffff\\u{e0000}-\\u{e007f}';
/** A superset of these in code units, without the line break. Recognises harmless text ten times faster than the Unicode classes. */
const MAY_ACT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  /[\0-\t\v-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]/;
const ACTING = new RegExp(`[${INVISIBLE}]`, 'u');
const ACTING_ALL = new RegExp(`[${INVISIBLE}]`, 'gu');
const ACTING_IN_JSON = new RegExp(`(?!\\n)[${INVISIBLE}]`, 'u');
const ACTING_IN_JSON_ALL = new RegExp(`(?!\\n)[${INVISIBLE}]`, 'gu');

function markupOf(value: HtmlValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return escapeMarkup(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(markupOf).join('');
}

function quote(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function codeOf(char: string): string {
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

function unicodeEscape(char: string): string {
  return Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
