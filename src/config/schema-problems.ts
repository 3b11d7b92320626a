/** The schema's complaints → problems with JSON paths, as a person needs them. */

import type { z } from 'zod';
import { ruleIds } from '../audit/rule-book.ts';
import { plural } from '../collections.ts';
import type { Problem } from '../errors.ts';
import { fieldsOf, itemsOf, jsonPath } from './json-path.ts';
import { didYouMean } from './spelling.ts';

/**
 * Every issue with its path. `jsonSchema` makes a JSON Schema of the same schema, which takes long: it knows which key was probably meant, and
 * is called only if one is not known.
 */
export function schemaProblems(issues: readonly z.core.$ZodIssue[], jsonSchema: () => unknown): readonly Problem[] {
  let made: unknown;
  const once = (): unknown => {
    made ??= jsonSchema();
    return made;
  };
  return issues.flatMap((issue) => problemsOf(issue, once));
}

function problemsOf(
  issue: z.core.$ZodIssue,
  jsonSchema: () => unknown,
  prefix: readonly PropertyKey[] = [],
): readonly Problem[] {
  const at = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: jsonPath([...at, key]),
      message: strayKey(key, keysAt(jsonSchema(), at)),
    }));
  if (issue.code === 'invalid_union') {
    // Reports only the alternative that the value comes closest to: the one whose problems are inside the value.
    const inside = issue.errors.find((branch) =>
      branch.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
    );
    if (inside === undefined) return [{ path: jsonPath(at), message: kindsExpected(issue.errors.flat()) }];
    return inside.flatMap((nested) => problemsOf(nested, jsonSchema, at));
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    return [{ path: jsonPath(at), message: `is not a rule${didYouMean(key, ruleIds())}` }];
  }
  return [{ path: jsonPath(at), message: inWords(issue) }];
}

/** Of more keys than these, a list helps less than the documents do. */
const MOST_KEYS = 16;

function strayKey(key: string, known: readonly string[]): string {
  // `Key` and `key` are alternatives: each is known, but not beside the other.
  if (known.includes(key)) return 'cannot be given beside another spelling of the same; keep one';
  const meant = didYouMean(key, known);
  if (meant !== '' || known.length === 0 || known.length > MOST_KEYS) return `is not a known key${meant}`;
  return `is not a known key; known here: ${known.join(', ')}`;
}

/** The schema's own words, or, where it has none, a sentence of what the value has to be. */
function inWords(issue: z.core.$ZodIssue): string {
  // The library's own messages begin so.
  if (!/^(?:Invalid|Too) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? `is missing; it must be ${kindInWords(issue.expected)}`
        : `must be ${kindInWords(issue.expected)}`;
    case 'invalid_value': {
      const values = issue.values.map((value) => JSON.stringify(value) ?? String(value));
      return values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
    }
    case 'too_small':
      return sizeInWords(issue.origin, Number(issue.minimum), issue.inclusive === false ? 'above' : 'at least');
    case 'too_big':
      return sizeInWords(issue.origin, Number(issue.maximum), issue.inclusive === false ? 'below' : 'at most');
    case 'not_multiple_of':
    case 'invalid_format':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message;
  }
}

function sizeInWords(origin: string, limit: number, how: 'above' | 'at least' | 'below' | 'at most'): string {
  if (origin === 'string' || origin === 'array') {
    if (how === 'at least' && limit === 1) return 'must not be empty';
    return `must have ${how} ${plural(limit, origin === 'string' ? 'character' : 'entry', origin === 'string' ? 'characters' : 'entries')}`;
  }
  return `must be ${how} ${limit}`;
}

const KINDS: Readonly<Record<string, string>> = { array: 'a list', int: 'a whole number', record: 'an object' };

function kindInWords(kind: string): string {
  return KINDS[kind] ?? (/^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`);
}

/** What a value must be, if it is of none of the kinds that are allowed: `must be a string or an object`. */
function kindsExpected(issues: readonly z.core.$ZodIssue[]): string {
  const kinds = issues.flatMap((issue) => (issue.code === 'invalid_type' ? [issue.expected] : []));
  const last = issues.at(-1);
  if (kinds.length < issues.length) return last === undefined ? 'is not allowed' : inWords(last);
  const named = [...new Set(kinds)].map(kindInWords);
  return `must be ${named.join(' or ')}`;
}

/** The keys that a JSON Schema allows at a path. */
function keysAt(node: unknown, path: readonly PropertyKey[]): readonly string[] {
  const { properties, items, anyOf } = fieldsOf(node);
  const [next, ...rest] = path;
  const alternatives = itemsOf(anyOf).flatMap((each) => keysAt(each, path));
  if (next === undefined) return [...Object.keys(fieldsOf(properties)), ...alternatives];
  const inner = typeof next === 'number' ? items : fieldsOf(properties)[String(next)];
  return [...(inner === undefined ? [] : keysAt(inner, rest)), ...alternatives];
}
