/** Pure helpers for lists and text that the whole program shares: grouping, removing repeats, ordering, plurals. */

/** Groups items by key. Groups are in order of first appearance, and items keep their order within a group. */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Keeps the first item of each key, in the given order. */
export function uniqueBy<T>(items: Iterable<T>, keyOf: (item: T) => unknown): readonly T[] {
  const seen = new Set<unknown>();
  const unique: T[] = [];
  for (const item of items) {
    const key = keyOf(item);
    if (seen.has(key)) continue;
    seen.add(key);
    unique.push(item);
  }
  return unique;
}

/** Compares text by UTF-16 code units, for `toSorted`. Unlike `localeCompare`, it gives the same order on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A comparison for `toSorted` by a text of each item. */
export function byText<T>(textOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => compareText(textOf(a), textOf(b));
}

/** A whole number with thousands separators, `1,204,000`. Unlike `toLocaleString`, the same on every machine. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A count with its noun: `1 file`, `2 files`, `1,204 files`. Pass `many` if the plural is irregular. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** Words as a sentence lists them: `a`, `a and b`, `a, b and c`. What is beyond `most` is counted: `a, b and 3 more`. */
export function listed(words: readonly string[], most: number = Number.POSITIVE_INFINITY): string {
  const shown = words.length > most ? [...words.slice(0, most), `${grouped(words.length - most)} more`] : words;
  return [shown.slice(0, -1).join(', '), ...shown.slice(-1)].filter((part) => part !== '').join(' and ');
}

/** A whole number as an ordinal: `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`, `112th`. */
export function ordinal(number: number): string {
  const suffixes: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' };
  const isTeen = Math.floor(number / 10) % 10 === 1;
  return `${number}${(isTeen ? undefined : suffixes[number % 10]) ?? 'th'}`;
}

/** At most `limit` code points; the last one is `…` when something was cut. */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // A code point is at most two units, so what comes after these cannot be shown.
  const points = Array.from(text.slice(0, 2 * limit));
  return points.length <= limit && text.length <= 2 * limit ? text : `${points.slice(0, limit - 1).join('')}…`;
}

/** True if a whole text matches a glob whose only wildcard is `*`. Takes time linear in the text for each `*`, so no pattern can make it slow. */
export function matchesGlob(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  if (rest.length === 0) return glob === text;
  if (!text.startsWith(head)) return false;
  const tail = rest.pop() ?? '';
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
