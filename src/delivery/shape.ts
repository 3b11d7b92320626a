/** Reads values of unverified shape. A value of the wrong type reads as undefined; nothing throws. */

/** An object's fields, or undefined for anything else, including null, lists and scalars. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** A list, or undefined. */
export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** A non-empty text, or undefined. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number of zero or more, also when written as text, or undefined. */
export function asCount(value: unknown): number | undefined {
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

/** A time given in ISO 8601 or in milliseconds since 1970, or undefined when it is not a valid time. */
export function asDate(value: unknown): Date | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The value of JSON text, or undefined when it is not JSON. `null` is a value. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

/** Opening brackets, opening braces and commas: no JSON text has more values, or nests deeper, than it has of these. */
const BEGINS_VALUE: ReadonlySet<number> = new Set([0x5b, 0x7b, 0x2c]);

/**
 * True for JSON that may have more values than this, and so could cost far more memory than its length when it is parsed: 16 MB of
 * nothing but brackets took more than 256 MB. Commas and brackets in texts count too.
 */
export function mayHoldMoreValues(bytes: Uint8Array, most: number): boolean {
  let left = most;
  for (const byte of bytes) {
    if (!BEGINS_VALUE.has(byte)) continue;
    left -= 1;
    if (left < 0) return true;
  }
  return false;
}

/** Untrusted text made safe for an error message: quoted, printable, and cut to `limit` characters. */
export function quoted(text: string, limit = 120): string {
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
