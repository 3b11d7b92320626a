/** Makes any text safe to stand in a plain-text mail, and lays lines out for a phone as well as a terminal. */

/** SNS takes 262,144 bytes for body and attributes together; the rest is left to the attributes. */
export const MAX_BODY_BYTES = 258_048;

/** SNS wants less than 100 characters. */
export const MAX_SUBJECT_LENGTH = 99;

/** Columns a line of prose may take; commands and links are never broken. */
export const COLUMNS = 72;

/** What may stand before a word that is too long for a line of its own: `What:`, `Links:`, a dash. */
const LABEL_LENGTH = 14;

/**
 * A value from a log or a tag as one harmless line of at most `maxLength` code points.
 *
 * Line breaks, control characters, bidirectional and zero-width marks and unpaired surrogates become U+FFFD, so that nothing can
 * start a line of its own or read differently from what it is; `://` (but for `s3://`) and `www.` are broken up, because mail
 * programs make a link of them. What is cut ends in an ellipsis. Empty in, empty out.
 */
export function plainText(value: string, maxLength: number): string {
  return cut(defang(visible(value.slice(0, maxLength * 4))), maxLength, value.length > maxLength * 4);
}

/** `plainText` in printable ASCII, for a subject: what is not becomes `?`, runs of it and of blanks become one. */
export function asciiText(value: string, maxLength: number): string {
  const ascii = visible(value.slice(0, maxLength * 4)).replace(/[^\x20-\x7e]+/g, '?');
  const text = ascii.replace(/ {2,}/g, ' ').trim();
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 3).trimEnd()}...`;
}

/**
 * A command to paste, exactly as it is and on one line, or undefined when `plainText` would have to change it: pasting it could
 * do something else than it seems to.
 */
export function pasteable(command: string): string | undefined {
  return command !== '' && plainText(command, 2_000) === command ? command : undefined;
}

/**
 * Prose in lines of at most 72 columns; later lines begin with `indent`, which must not be empty where the text holds values from
 * outside: a value must not come to stand where a label stands. A word that is longer is not broken, and
 * stays with a short label before it.
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

/** Lines as a body of at most `MAX_BODY_BYTES` bytes of UTF-8: what does not fit is left out whole lines at a time, and said. */
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

/** Text selectors for emoji are dropped; everything else that cannot be seen is replaced by something that can. */
function visible(value: string): string {
  return value
    .replace(/[\uFE0E\uFE0F]/g, '')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu, '\uFFFD')
    .replace(/\p{Zs}/gu, ' ');
}

function defang(value: string): string {
  return value.replace(/(?<!\bs3):\/\//g, '[:]//').replace(/www\./gi, (www) => `${www.slice(0, 3)}[.]`);
}

function cut(value: string, maxLength: number, wasCut: boolean): string {
  const points = [...value];
  return points.length > maxLength || wasCut ? `${points.slice(0, maxLength - 1).join('')}…` : value;
}
