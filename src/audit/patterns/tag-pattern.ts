/** Patterns for tag values: JavaScript's regular expressions, matched in time linear in the value's length whatever the pattern is. */

import { RE2JS } from 're2js';

/** A pattern that can be used, or why not: completes "the pattern …". */
export type TagPattern =
  | { readonly matches: (value: string) => boolean; readonly problem?: undefined }
  | { readonly problem: string };

/** A match may take this many steps for each character. A pattern for tags needs a few hundred. */
const MOST_STEPS = 10_000;
const MOST_CHARS = 1000;
/** The engine's limit for `{n}`. */
const MOST_REPEATS = 1000;

/** What the engine cannot do in linear time, and what to do instead. */
const REFUSED: readonly (readonly [is: RegExp, what: string])[] = [
  [/^\(\?<?[=!]/, 'looks ahead or behind; list the allowed values, or require two tags with a pattern each'],
  [/^\\(?:[1-9]|k<)/, 'refers back to a group; list the allowed values instead'],
];

/** JavaScript's white space as ranges of a class. The engine's own `\s` is ASCII only. */
const SPACE = '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const NO_SPACE =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}' +
  '\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';
const ANYTHING = '\\x{0}-\\x{10ffff}';

/**
 * Compiles a pattern as JavaScript reads it with the flag `u`; it matches anywhere in the value. Look-around, back-references,
 * very large repetitions and properties that the engine does not know are refused.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function tagPattern(pattern: string): TagPattern {
  if (pattern.length > MOST_CHARS)
    return { problem: `is ${pattern.length} characters long; at most ${MOST_CHARS} are allowed` };
  const fault = faultOf(pattern);
  if (fault !== undefined) return { problem: `is not a regular expression: ${fault}` };
  const translated = translate(pattern);
  if ('problem' in translated) return translated;
  try {
    const compiled = RE2JS.compile(translated.source);
    if (compiled.programSize() > MOST_STEPS) return { problem: 'repeats too much; make its repetitions smaller' };
    return { matches: (value) => compiled.matcher(value).find() };
  } catch (cause) {
    return { problem: `uses something that is not supported: ${cause instanceof Error ? cause.message : 'unknown'}` };
  }
}

/** Compiles each pattern once: the same few are matched with the tags of thousands of resources. */
export function patternCache(): (pattern: string) => TagPattern {
  const known = new Map<string, TagPattern>();
  return (pattern) => {
    const found = known.get(pattern) ?? tagPattern(pattern);
    if (!known.has(pattern)) {
      if (known.size >= MOST_HELD) known.clear();
      known.set(pattern, found);
    }
    return found;
  };
}

const MOST_HELD = 256;

/** What JavaScript says against a pattern; undefined if it is sound. It is never matched by JavaScript's own engine. */
function faultOf(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : 'unreadable';
    return message.slice(message.lastIndexOf(': ') + 2).toLowerCase();
  }
}

/** Everything that means something by itself: an escape, the start of a group or class, a repetition, or one character. */
const TOKEN =
  /\\u\{[0-9a-f]+\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\c[a-z]|\\p\{[^}]*\}|\\k<|\\.|\(\?<(?![=!])[^>]*>|\(\?<?[=!:]?|\{\d+(?:,\d*)?\}|\[\^?\]|\[\^?|./isuy;
/** The same within a class, where only escapes and the end mean something. */
const TOKEN_IN_CLASS = /\\u\{[0-9a-f]+\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\c[a-z]|\\p\{[^}]*\}|\\.|./isuy;

/** A sound pattern in the engine's spelling, where that differs from JavaScript's. */
function translate(pattern: string): { readonly source: string } | { readonly problem: string } {
  const out: string[] = [];
  let isInClass = false;
  const text = joined(pattern);
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at, isInClass ? TOKEN_IN_CLASS : TOKEN);
    at += token.length;
    const refused = isInClass ? undefined : REFUSED.find(([is]) => is.test(token));
    if (refused !== undefined) return { problem: refused[1] };
    if (!isInClass && repeats(token) > MOST_REPEATS)
      return { problem: `repeats something more than ${MOST_REPEATS} times; a tag's value has at most 256 characters` };
    out.push(isInClass ? inClass(token) : outside(token));
    if (isInClass) isInClass = token !== ']';
    else isInClass = token === '[' || token === '[^';
  }
  return { source: out.join('') };
}

function tokenAt(text: string, at: number, tokens: RegExp): string {
  const sticky = new RegExp(tokens);
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? text.slice(at);
}

/** JavaScript takes two escaped surrogates for one character. */
function joined(pattern: string): string {
  return pattern.replace(/\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/gi, (_, high: string, low: string) => {
    const point = ((Number.parseInt(high, 16) - 0xd800) << 10) + Number.parseInt(low, 16) - 0xdc00 + 0x10000;
    return `\\u{${point.toString(16)}}`;
  });
}

function repeats(token: string): number {
  const [, least = '0', most = least] = /^\{(\d+)(?:,(\d*))?\}$/.exec(token) ?? [];
  return Math.max(Number(least), Number(most || '0'));
}

function outside(token: string): string {
  switch (token) {
    case '.':
      return '[^\\n\\r\\x{2028}\\x{2029}]';
    case '\\s':
      return `[${SPACE}]`;
    case '\\S':
      return `[^${SPACE}]`;
    case '[]':
      return `[^${ANYTHING}]`;
    case '[^]':
      return `[${ANYTHING}]`;
  }
  if (token.startsWith('(?<')) return '(?:';
  // The engine takes {02} for text.
  if (/^\{\d/.test(token)) return token.replaceAll(/\d+/g, (digits) => String(Number(digits)));
  return spelt(token);
}

function inClass(token: string): string {
  if (token === '\\s') return SPACE;
  if (token === '\\S') return NO_SPACE;
  if (token === '\\b') return '\\x{8}';
  // These begin something in the engine's classes, or would in pairs.
  return /^[[&~^]$/.test(token) ? `\\${token}` : spelt(token);
}

/** An escape, in the engine's spelling. */
function spelt(token: string): string {
  const hex = /^\\u\{?([0-9a-f]+)\}?$/i.exec(token)?.[1];
  if (hex !== undefined) return `\\x{${hex}}`;
  if (token === '\\0') return '\\x{0}';
  if (/^\\c[a-z]$/i.test(token)) return `\\x{${(token.charCodeAt(2) % 32).toString(16)}}`;
  if (/^\\p/i.test(token)) return token.replace(/\{(?:Script|sc|General_Category|gc)=/, '{');
  return token;
}
