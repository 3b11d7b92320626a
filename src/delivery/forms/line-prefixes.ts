/** Reads lines that have a time or a syslog header before their JSON, as exports of CloudWatch Logs to S3 and syslog files do. */

import { viewOf } from '../decompress.ts';

const NEWLINE = 0x0a;
const OPENING = 0x7b;
const SPACE = 0x20;
/** A longer line without a brace has no prefix: it is left to the scan as it is. */
const MOST_PREFIX_BYTES = 1024;

/**
 * A time, or a syslog header by either of its standards, then anything without a brace, then an object.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html
 * @see https://www.rfc-editor.org/rfc/rfc5424#section-6
 * @see https://www.rfc-editor.org/rfc/rfc3164#section-4.1
 */
const PREFIXED =
  /^(?:<\d{1,3}>|\d{4}-\d\d-\d\d[T ]\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )[^{\r\n]{0,1000}\{\s*["}]/;

/**
 * The header of RFC 5424 up to its structured data, whose quoted values may hold anything, braces included.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5424#section-6.3
 */
const STRUCTURED = /^\s*<\d{1,3}>\d{1,2}(?: [^ {\r\n]+){5} (?=\[)/;
const ELEMENTS = /(?:\[(?:[^\]"\r\n]|"(?:[^"\\\r\n]|\\[^\r\n])*")*\])+/y;
/** Then anything without a brace, and an object. */
const OBJECT_AFTER = /[^{\r\n]{0,1000}\{\s*["}]/y;

/** True if the first line that is not empty has a prefix before its JSON. */
export function startsWithPrefix(head: Buffer): boolean {
  const text = head
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  const data = structuredDataIn(text);
  if (data === undefined || data === 'open') return PREFIXED.test(text);
  OBJECT_AFTER.lastIndex = data;
  return OBJECT_AFTER.test(text);
}

/** Where a line's structured data ends; `open` if it does not; undefined if the line has none. */
function structuredDataIn(line: string): number | 'open' | undefined {
  const header = STRUCTURED.exec(line);
  if (header === null) return undefined;
  ELEMENTS.lastIndex = header[0].length;
  // Another bracket opens an element that is not closed.
  return ELEMENTS.test(line) && line[ELEMENTS.lastIndex] !== '[' ? ELEMENTS.lastIndex : 'open';
}

/** Blanks the prefixes of a file that comes in pieces. */
export interface PrefixBlanker {
  /** The next bytes with spaces for prefixes, as a copy. What may be the start of a prefix waits for the next piece. */
  readonly push: (piece: Buffer) => Buffer;
  /** What still waits: a last line without a brace, as it is. */
  readonly end: () => Buffer;
}

/** Begins at the start of a file. Spaces keep every position as it is in the file; a line without a brace stays as it is. */
export function startBlanking(): PrefixBlanker {
  let waiting: Buffer = Buffer.alloc(0);
  let isPastPrefix = false;
  return {
    push: (piece) => {
      const bytes = Buffer.concat([waiting, piece].map(viewOf));
      waiting = Buffer.alloc(0);
      let at = 0;
      while (at < bytes.length) {
        const end = endOfLine(bytes, at);
        const isWhole = end < bytes.length;
        isPastPrefix ||= blankPrefix(bytes, at, end, isWhole);
        if (!isWhole && !isPastPrefix) {
          waiting = bytes.subarray(at);
          return bytes.subarray(0, at);
        }
        if (isWhole) isPastPrefix = false;
        at = end + 1;
      }
      return bytes;
    },
    end: () => waiting,
  };
}

/** The whole content of a file with spaces for prefixes. */
export function withoutPrefixes(content: Buffer): Buffer {
  const blanker = startBlanking();
  const blanked = blanker.push(content);
  const rest = blanker.end();
  return rest.length === 0 ? blanked : Buffer.concat([blanked, rest].map(viewOf));
}

/** Blanks from `from` to the first brace behind structured data. False if the brace may still come. */
function blankPrefix(bytes: Buffer, from: number, end: number, isWhole: boolean): boolean {
  const start = bytes.subarray(from, Math.min(end, from + MOST_PREFIX_BYTES));
  const isAllThereIs = isWhole || end - from >= MOST_PREFIX_BYTES;
  const data = start[0] === OPENING ? undefined : structuredDataIn(start.toString('latin1'));
  if (data === 'open' && !isAllThereIs) return false;
  const brace = start.indexOf(OPENING, typeof data === 'number' ? data : 0);
  if (brace === -1) return end - from >= MOST_PREFIX_BYTES;
  bytes.fill(SPACE, from, from + brace);
  return true;
}

function endOfLine(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end === -1 ? bytes.length : end;
}
