/** Makes cases of seeds: changes in their JSON structure, then now and then in their bytes. */

import type { Random } from './random.ts';

/** Values that programs get wrong, as JSON. */
const ODD: readonly string[] = [
  'null',
  'true',
  '0',
  '-0',
  '1e308',
  '1e999',
  '123456789012345678901234567890',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '"constructor"',
  '" "',
  '"2024-02-30T25:61:61Z"',
  '"+275760-09-13T00:00:00Z"',
  '"../../etc/passwd"',
  '"arn:aws:iam::111122223333:role/x"',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '{"items":[]}',
  '{"items":{"items":{}}}',
  '{"toString":1,"valueOf":1}',
  '{"__proto__":{"x":1}}',
  '{"length":1e9}',
  '{"content":{"content":"x"}}',
  '{"omitted":true}',
];
const NAMES: readonly string[] = ['__proto__', 'constructor', 'toString', 'items', 'Records', 'detail', 'Message', 'eventName', ''];
const BYTES: readonly string[] = ['{', '}', '[', ']', '"', ',', ':', '\\', '\n', ' ', '\0', '\u00ff', '\\u', '//', '\r\n', '\t', '- ', '&a ', '*a'];
/** Nesting that no stack holds. */
const DEEP_LEVELS = 20_000;

/** One case made of a seed. JSON is changed as a value, anything else as bytes. */
export function mutate(seed: string, others: readonly string[], random: Random): string {
  let text = seed;
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) {
    // What nests deep can be read, but not written again.
    const value = random.once(5) || text.length > DEEP_LEVELS ? undefined : parsed(text);
    text = value === undefined ? changedBytes(text, others, random) : JSON.stringify(changed(value.value, random));
  }
  return random.once(60) ? nested(text, random) : text;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The value with a change somewhere inside. */
function changed(value: unknown, random: Random, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 12 || random.once(12)) return odd(value, random);
  if (Array.isArray(value)) {
    const at = random.below(value.length + 1);
    if (at === value.length || random.once(4)) return resized(value, random);
    return value.with(at, changed(value[at], random, depth + 1));
  }
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) return Object.fromEntries([...entries, [random.pick(NAMES), JSON.parse(random.pick(ODD))]]);
  const [name, inner] = entry;
  if (random.once(8)) return Object.fromEntries(entries.toSpliced(at, 1));
  if (random.once(16)) return Object.fromEntries(entries.with(at, [random.pick(NAMES), inner]));
  return Object.fromEntries(entries.with(at, [name, changed(inner, random, depth + 1)]));
}

function odd(value: unknown, random: Random): unknown {
  if (typeof value === 'string' && random.once(2)) return changedText(value, random);
  if (typeof value === 'number' && random.once(2)) return value + random.pick([-1, 1, 0.5, 1e9]);
  return JSON.parse(random.pick(ODD));
}

function changedText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  return random.pick([
    text.slice(0, at),
    text.slice(0, at) + random.pick(BYTES) + text.slice(at),
    text.repeat(3),
    text.toUpperCase(),
    `${text.slice(0, at)}${text.slice(at + 1)}`,
  ]);
}

function resized(list: readonly unknown[], random: Random): readonly unknown[] {
  if (list.length === 0) return [JSON.parse(random.pick(ODD))];
  const at = random.below(list.length);
  return random.pick([list.toSpliced(at, 1), [...list, list[at]], list.toReversed(), [list], list.toSpliced(at, 0, null)]);
}

/** The text with bytes removed, doubled, added, or taken from another seed. */
function changedBytes(text: string, others: readonly string[], random: Random): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + random.below(40));
  const other = random.pick(others);
  const from = random.below(other.length + 1);
  return random.pick([
    text.slice(0, at) + text.slice(to),
    text.slice(0, at) + text.slice(at, to).repeat(3) + text.slice(to),
    text.slice(0, at) + random.pick(BYTES) + text.slice(at),
    text.slice(0, at) + other.slice(from, from + random.below(200)) + text.slice(to),
    text.slice(0, at),
    text.slice(at),
  ]);
}

/** Nests one scalar of the text deeper than the stack. */
function nested(text: string, random: Random): string {
  const places = [...text.matchAll(/(?<=[:[,])\s*(?:"[^"\\]{0,80}"|null|true|\d{1,9})(?=\s*[,\]}])/g)];
  if (places.length === 0) return text;
  const { 0: scalar, index } = random.pick(places);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"items":', '}'],
    ['{"items":[', ']}'],
    ['{"content":', '}'],
  ] as const);
  return `${text.slice(0, index)}${open.repeat(DEEP_LEVELS)}${scalar}${close.repeat(DEEP_LEVELS)}${text.slice(index + scalar.length)}`;
}
