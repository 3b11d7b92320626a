/** The text of a configuration → its value, and what of the text the value lacks. */

import { isMap, isScalar, isSeq, parse, parseDocument, type Scalar, YAMLParseError } from 'yaml';
import { ConfigError, messageOf, type Problem } from '../errors.ts';
import { jsonPath } from './json-path.ts';

/** A configuration is a few levels deep. What checks it walks the levels by recursion. */
const MOST_LEVELS = 32;
/** Brackets may be in texts too, so more of them are allowed. */
const MOST_OPEN = 100;
const DEEP_LINE = /^[ \t?:-]{400}/m;
/** Two thousand exemptions have this many characters. YAML takes about a second for a million, and each problem found is kept and named. */
const MOST_CHARS = 400_000;
/** Each value costs much more than its characters: it is checked, compared with the others, and named where it is wrong. */
const MOST_VALUES = 20_000;
/** Errors say where they are in `placeOf`: the parser would say it of each, in time quadratic in their number. */
const YAML = { uniqueKeys: false, prettyErrors: false } as const;

/** What a configuration's text says. */
export interface ConfigText {
  readonly value: unknown;
  /** What parsers lose without a word, with its path: all but the last of keys that an object contains twice, and digits of a number. */
  readonly lost: readonly Problem[];
}

/** Reads JSON or YAML. `source` names the text in messages. Throws ConfigError if it is neither. */
export function readConfigText(written: string, source: string): ConfigText {
  // Editors on Windows begin a file with a byte order mark.
  const text = written.replace(/^\uFEFF/, '');
  if (text.length > MOST_CHARS)
    throw unusable(source, `is ${text.length} characters long; at most ${MOST_CHARS} are read`);
  if (mayNestDeep(text)) throw unusable(source, `nests more than ${MOST_LEVELS} levels deep`);
  try {
    const value: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text, YAML);
    if (!isWithin(value, MOST_LEVELS)) throw unusable(source, `nests more than ${MOST_LEVELS} levels deep`);
    if (countOf(value, MOST_VALUES) > MOST_VALUES) throw unusable(source, `holds more than ${MOST_VALUES} values`);
    // YAML contains JSON, so one parser finds the keys of both. Only their places are read from it.
    const { contents } = parseDocument(text, YAML);
    return { value, lost: lostIn(contents, []) };
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    if (cause instanceof RangeError) throw unusable(source, `nests more than ${MOST_LEVELS} levels deep`, cause);
    throw unusable(source, `is neither valid JSON nor YAML: ${messageOf(cause)}${placeOf(cause, text)}`, cause);
  }
}

/** The line and column of YAML's first error; empty for any other error. */
function placeOf(cause: unknown, text: string): string {
  if (!(cause instanceof YAMLParseError)) return '';
  const lines = text.slice(0, cause.pos[0]).split('\n');
  return ` at line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}

function unusable(source: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError(source, [{ path: '', message }], { cause });
}

/**
 * True for a text with many brackets open at once, or a line that is far indented or begins with many dashes. The parser of YAML goes
 * down by recursion, and what it does at the end of the stack may end the process.
 */
function mayNestDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open += bracket === '[' || bracket === '{' ? 1 : -1;
    if (open > MOST_OPEN) return true;
    open = Math.max(open, 0);
  }
  return DEEP_LINE.test(text);
}

/** True if a value nests at most so many levels deep. */
function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isWithin(inner, levels - 1));
}

/** How many values a value holds, lists and objects among them. Stops counting past `most`. */
function countOf(value: unknown, most: number): number {
  let count = 1;
  if (typeof value !== 'object' || value === null) return count;
  for (const inner of Object.values(value)) {
    count += countOf(inner, most - count);
    if (count > most) break;
  }
  return count;
}

function lostIn(node: unknown, path: readonly PropertyKey[]): readonly Problem[] {
  if (isSeq(node)) return node.items.flatMap((item, index) => lostIn(item, [...path, index]));
  if (isScalar(node)) return roundedAt(node, path);
  if (!isMap(node)) return [];
  const counts = new Map<string, number>();
  const inside = node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : String(key);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return lostIn(value, [...path, name]);
  });
  const repeated = [...counts].filter(([, count]) => count > 1);
  return [
    ...repeated.map(([name, count]) => ({
      path: jsonPath([...path, name]),
      message: `is given ${count === 2 ? 'twice' : `${count} times`}; keep one`,
    })),
    ...inside,
  ];
}

/** A number whose digits no double holds. Those of more than 15 digits before the point are refused where numbers are read. */
function roundedAt({ value, source }: Scalar, path: readonly PropertyKey[]): readonly Problem[] {
  if (typeof value !== 'number' || !Number.isFinite(value) || source === undefined) return [];
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return [];
  if (!/^[-+\d.eE]*$/.test(source) || decimalOf(source) === decimalOf(String(value))) return [];
  return [{ path: jsonPath(path), message: `is a number with more digits than JSON readers keep: they read ${value}` }];
}

/** A decimal number in one form, whatever it is written like: `25e-1` for `2.5`, `2.50` and `0.25e1`. */
function decimalOf(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().replace(/^[-+]/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = `${whole}${fraction}`;
  const significant = digits.replace(/^0+/, '');
  let end = significant.length;
  while (end > 0 && significant[end - 1] === '0') end -= 1;
  return end === 0
    ? '0'
    : `${significant.slice(0, end)}e${Number(exponent) - fraction.length + significant.length - end}`;
}
