/** Cuts texts and lists to a size, and says what was left out. */

const ELLIPSIS = '…';

/** The start of a text, at most `bytes` of UTF-8, with an ellipsis if it was longer. No character is split. */
export function cutText(text: string, bytes: number): string {
  // A character takes at most three bytes for each of its UTF-16 units.
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text;
  const start = Buffer.from(text).subarray(0, bytes - Buffer.byteLength(ELLIPSIS));
  return `${start.toString().replace(/\uFFFD+$/, '')}${ELLIPSIS}`;
}

/** The size of a value as JSON, in bytes. */
export function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

/** How much texts and lists are cut, step by step: the first step that fits is taken. */
const STEPS = [
  { textBytes: 2000, items: 500 },
  { textBytes: 500, items: 200 },
  { textBytes: 300, items: 50 },
  { textBytes: 100, items: 20 },
  { textBytes: 60, items: 5 },
] as const;

/** A JSON value that was cut to fit, and how many items of its lists were left out, by the name of the list. */
export interface Cut<Value> {
  readonly value: Value;
  readonly leftOut: Readonly<Record<string, number>>;
}

/** A JSON value with its texts and lists cut until it takes at most `bytes`. Undefined if it is too large even then. */
export function cutToFit<Value>(value: Value, bytes: number): Cut<Value> | undefined {
  for (const step of STEPS) {
    const leftOut: Record<string, number> = {};
    const text = JSON.stringify(value, (name, each: unknown) => {
      if (typeof each === 'string') return cutText(each, step.textBytes);
      if (!Array.isArray(each) || each.length <= step.items) return each;
      leftOut[name] = (leftOut[name] ?? 0) + each.length - step.items;
      return each.slice(0, step.items);
    });
    if (Buffer.byteLength(text) <= bytes) return { value: JSON.parse(text), leftOut };
  }
  return undefined;
}

/** The first of a list that take at most `bytes` together, at least one of them. */
export function firstThatFit<T>(list: readonly T[], bytes: number): readonly T[] {
  let size = 0;
  const end = list.findIndex((each, index) => {
    size += sizeOf(each);
    return index > 0 && size > bytes;
  });
  return end === -1 ? list : list.slice(0, end);
}
