/** Makes any text safe for a plain-text mail, and wraps lines for phones and terminals. */

import { isOneCommand } from '../audit/fixes/shell.ts';
import { defang } from './defang.ts';

/** SNS allows 262,144 bytes for body and attributes together. The difference is reserved for the attributes. */
export const MAX_BODY_BYTES = 258_048;

/** SNS requires fewer than 100 characters. */
export const MAX_SUBJECT_LENGTH = 99;

/** The longest line of prose, in columns. Commands and links are never broken. */
const COLUMNS = 72;

/** The longest label (`What:`, `Links:`, a dash) that shares a line with a word too long for any line. */
const LABEL_LENGTH = 14;

/**
 * A value from a log or a tag as one safe line of at most `maxLength` code points. Empty for an empty value.
 *
 * Line breaks, control characters, bidirectional and zero-width marks and unpaired surrogates become U+FFFD: no value can start a
 * line of its own or look like something else. What mail programs turn into links is broken up, as `defang` says. A shortened value ends
 * in an ellipsis.
 */
export function plainText(value: string, maxLength: number): string {
  let text = cut(visible(value.slice(0, maxLength * 4)), maxLength, value.length > maxLength * 4);
  // Whatever is cut may end as a domain (`evil.com…`), so the text is cut before it is looked at.
  for (;;) {
    const safe = defang(text);
    const shortened = cut(safe, maxLength, false);
    if (shortened === safe) return safe;
    text = shortened;
  }
}

/** Like `plainText`, in printable ASCII for a subject: each run of other characters becomes one `?`, each run of spaces one space. */
export function asciiText(value: string, maxLength: number): string {
  const ascii = visible(value.slice(0, maxLength * 4)).replace(/[^\x20-\x7e]+/g, '?');
  const text = ascii.replace(/ {2,}/g, ' ').trim();
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 3).trimEnd()}...`;
}

/**
 * A command to paste, verbatim and on one line. Undefined when `plainText` would change it, as pasting it might do something other than
 * what the reader sees, and when a shell would take it for more than one command or replace a part of it.
 */
export function pasteable(command: string): string | undefined {
  return isOneCommand(command) && plainText(command, 2_000) === command ? command : undefined;
}

/**
 * Wraps prose at 72 columns. Continuation lines start with `indent`. It must not be empty when the text contains outside values:
 * such a value could otherwise pose as a label at the start of a line. A longer word is not broken, and stays on the line of a short
 * label before it.
 */
export function wrap(text: string, indent = '  '): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    const alone = [...word].length + indent.length > COLUMNS && line.length <= LABEL_LENGTH;
    if ([...longer].length > COLUMNS && line.trim() !== '' && !alone) {
      lines.push(line);
      line = `${indent}${word}`;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** Joins lines to a body of at most `MAX_BODY_BYTES` bytes of UTF-8. If whole lines had to be left out, the last line says so. */
export function bodyOf(lines: readonly string[]): string {
  const omitted = 'The rest of this mail was too long to send; see the report.\n';
  const kept: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > MAX_BODY_BYTES - omitted.length) return `${kept.join('\n')}\n${omitted}`;
    kept.push(line);
  }
  return `${kept.join('\n')}\n`;
}

/** Drops emoji variation selectors, and makes everything else that is invisible visible as U+FFFD. */
function visible(value: string): string {
  return value
    .replace(/[\uFE0E\uFE0F]/g, '')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu, '\uFFFD')
    .replace(/\p{Zs}/gu, ' ');
}

function cut(value: string, maxLength: number, wasCut: boolean): string {
  const points = [...value];
  return points.length > maxLength || wasCut ? `${points.slice(0, maxLength - 1).join('')}…` : value;
}
