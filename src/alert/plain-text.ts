/** Makes any text safe for a plain-text mail, and wraps lines for phones and terminals. */

import { isOneCommand } from '../audit/fixes/shell.ts';

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
 * line of its own or look like something else. `://` (except in `s3://`), `www.` and names that can be domains (`evil[.]example`)
 * are broken up, because mail programs turn them into links. A shortened value ends in an ellipsis.
 */
export function plainText(value: string, maxLength: number): string {
  return cut(defang(visible(value.slice(0, maxLength * 4))), maxLength, value.length > maxLength * 4);
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

function defang(value: string): string {
  const links = value.replace(/(?<!\bs3):\/\//g, '[:]//').replace(/www\./gi, (www) => `${www.slice(0, 3)}[.]`);
  return links.replace(NAME_WITH_DOTS, (name, at: number) => (isLinked(name, links, at) ? broken(name) : name));
}

/** Words with dots between them; browsers take the full-width and ideographic ones for dots too. */
const NAME_WITH_DOTS =
  /[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*(?:[.\u3002\uff0e\uff61][\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]*)+/gu;
/** What can be a top-level domain: letters, or a name in Punycode. */
const TOP_LEVEL = /^(?:\p{L}[\p{L}\p{M}]+|xn--[\w-]+)$/iu;
/** Endings of files, of instance types and of our configuration's keys that are no top-level domains: mail programs leave them. */
const NO_DOMAIN =
  /^(?:json|jsonl|gz|csv|html|sqlite|db|xml|yaml|yml|txt|log|eml|nano|micro|small|medium|large|xlarge|metal|targets|trustedOwners|filterId|accounts|buckets|topics|regions|mode|rules)$/;
/** What the error codes of AWS end with (`InvalidAMIID.NotFound`, `Client.DryRunOperation`). No top-level domain ends so. */
const ERROR_CODE =
  /(?:NotFound|Malformed|Unavailable|Duplicate|Conflict|InUse|Expired|Denied|Operation|Exceeded|Mismatch|Unsupported|NotSupported|Failure|Error|Exception)$/;
/** The services of AWS: nobody else has a name directly under these. */
const AWS_SERVICE = /^[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/;

/** True for what a mail program would turn into a link. A mail address leads nowhere by itself, and stays. */
function isLinked(name: string, text: string, at: number): boolean {
  const last = name.split(/[.\u3002\uff0e\uff61]/).at(-1) ?? '';
  if (!TOP_LEVEL.test(last) || [NO_DOMAIN, ERROR_CODE].some((endings) => endings.test(last))) return false;
  if (AWS_SERVICE.test(name)) return false;
  const isAddress =
    /[\w.+-]@$/.test(text.slice(Math.max(0, at - 2), at)) && !/^[/:?#]/.test(text.slice(at + name.length));
  const isLocalPart = /^@[\w-]/.test(text.slice(at + name.length));
  return !isAddress && !isLocalPart;
}

function broken(name: string): string {
  return name.replace(/[.\u3002\uff0e\uff61]/g, '[.]');
}

function cut(value: string, maxLength: number, wasCut: boolean): string {
  const points = [...value];
  return points.length > maxLength || wasCut ? `${points.slice(0, maxLength - 1).join('')}…` : value;
}
