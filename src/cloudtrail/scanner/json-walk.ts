/** Finds values in JSON bytes without parsing them, for the few records whose exact bytes are needed. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Where the value that starts at `from` ends (exclusive), or -1 when the bytes end first. Expects JSON from there on. */
export function valueEnd(bytes: Uint8Array, from: number): number {
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      if (at === -1) return -1;
      if (depth === 0) return at;
      continue;
    }
    if (OPEN.has(byte)) depth += 1;
    else if (CLOSE.has(byte)) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === 0x2c || SPACE.has(byte))) return at;
    at += 1;
  }
  return depth === 0 ? at : -1;
}

/** The bytes of an object's member or an array's element. The last of a repeated key wins, as in JSON.parse. */
export function memberBytes(bytes: Buffer, key: string | number): Buffer | undefined {
  let found: Buffer | undefined;
  let index = 0;
  let at = skipSpace(bytes, 0);
  const isObject = bytes[at] === 0x7b;
  at = skipSpace(bytes, at + 1);
  while (at < bytes.length && !CLOSE.has(bytes[at] ?? 0)) {
    let name: string | number = index;
    if (isObject) {
      const end = stringEnd(bytes, at);
      if (end === -1) return undefined;
      name = JSON.parse(bytes.toString('utf8', at, end)) as string;
      at = skipSpace(bytes, skipSpace(bytes, end) + 1);
    }
    const end = valueEnd(bytes, at);
    if (end === -1) return undefined;
    if (name === key) found = bytes.subarray(at, end);
    index += 1;
    at = skipSpace(bytes, end);
    if (bytes[at] === 0x2c) at = skipSpace(bytes, at + 1);
  }
  return found;
}

/** The bytes of every element of an array, in order. Expects JSON. */
export function elementBytes(bytes: Buffer): readonly Buffer[] {
  const elements: Buffer[] = [];
  let at = skipSpace(bytes, skipSpace(bytes, 0) + 1);
  while (at < bytes.length && !CLOSE.has(bytes[at] ?? 0)) {
    const end = valueEnd(bytes, at);
    if (end === -1) break;
    elements.push(bytes.subarray(at, end));
    at = skipSpace(bytes, end);
    if (bytes[at] === 0x2c) at = skipSpace(bytes, at + 1);
  }
  return elements;
}

/**
 * A copy of the JSON on one line. Bytes already on one line stay verbatim; otherwise only the whitespace outside strings goes.
 * Expects JSON, whose strings hold no line breaks.
 */
export function oneLine(bytes: Buffer): Buffer {
  if (!bytes.includes(0x0a) && !bytes.includes(0x0d)) return Buffer.from(bytes);
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at);
      const to = end === -1 ? bytes.length : end;
      length += bytes.copy(out, length, at, to);
      at = to;
      continue;
    }
    if (!SPACE.has(byte)) {
      out[length] = byte;
      length += 1;
    }
    at += 1;
  }
  return out.subarray(0, length);
}

/** The position after the closing quote of the string that opens at `from`, or -1 when it has none. */
function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at += 2;
    else if (byte === QUOTE) return at + 1;
    else at += 1;
  }
  return -1;
}

/** The first position from `from` on that is not JSON whitespace; the length when there is none. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at])) at += 1;
  return at;
}

/** True for JSON whitespace. Compared one by one: a file may have hundreds of megabytes of it, and a set takes ten times as long. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
