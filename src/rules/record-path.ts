/** Dotted paths into a record, and sentences that quote what is there: `{userIdentity.arn} called {eventName}`. */

import { truncate } from '../collections.ts';
import type { Problem } from '../errors.ts';
import { isLeaf, leavesIn, valuesBelow } from './event-values.ts';
import type { Leaf } from './pattern.ts';

/** A path into a record, such as `requestParameters.name`. Elements of lists have no number: a path leads into all of them. */
export type RecordPath = readonly string[];

/** A sentence: texts, and paths whose values stand between them. */
export type Template = readonly (string | RecordPath)[];

/** What stands where a record has nothing at a path. */
export const ABSENT = '–';

/** What stands where a record nests deeper than can be written. */
const NESTED_TOO_DEEP = '(nested too deep to show)';

/** The longest value in a sentence, and the longest sentence, in characters. CloudTrail's longest ARN has some hundreds. */
const VALUE_LENGTH = 300;
const SENTENCE_LENGTH = 1000;
/** Values of a list that a sentence quotes. */
const MOST_VALUES = 5;
const MOST_PATHS = 50;

const NAME = String.raw`[\w:@/+=,-]+`;
const PATH = new RegExp(`^${NAME}(?:\\.${NAME})*$`);

/** True for a path: names with dots between them. */
export function isRecordPath(text: string): boolean {
  return text.length <= VALUE_LENGTH && PATH.test(text);
}

/** The path that a text writes. */
export function recordPathOf(text: string): RecordPath {
  return text.split('.');
}

/** True for a path that begins at the EventBridge event that carries a record: no record has a field of these names. */
export function isPathOfEvent([first = '']: RecordPath): boolean {
  return first === 'detail' || first === 'detail-type' || first === 'source';
}

/** Every value at a path, in whatever elements of lists. */
export function valuesAt(record: unknown, path: RecordPath): readonly Leaf[] {
  return valuesBelow([record], path).flatMap(leavesIn);
}

/** The first value at a path, as text; undefined if there is none, or only null or empty text. */
export function textAt(record: unknown, path: RecordPath): string | undefined {
  const found = valuesAt(record, path).find((leaf) => leaf !== null && leaf !== '');
  return found === undefined ? undefined : String(found);
}

/** Reads a sentence, or says what is wrong with it. */
export function readTemplate(text: string): { readonly template: Template } | { readonly problem: Problem['message'] } {
  const parts = text.split(/[{}]/);
  const braces = text.match(/[{}]/g) ?? [];
  if (braces.some((brace, index) => brace !== (index % 2 === 0 ? '{' : '}')) || braces.length % 2 !== 0)
    return { problem: 'has a brace without its partner; braces stand only around paths, as in {userIdentity.arn}' };
  const paths = parts.filter((_, index) => index % 2 === 1);
  const odd = paths.find((path) => !isRecordPath(path));
  if (odd !== undefined)
    return { problem: `quotes {${truncate(odd, 60)}}, which is no path; write names with dots between them` };
  if (paths.length > MOST_PATHS) return { problem: `quotes more than ${MOST_PATHS} paths` };
  return { template: parts.map((part, index) => (index % 2 === 1 ? recordPathOf(part) : part)) };
}

/**
 * The sentence about a record, at most a thousand characters. `rootOf` says what a path begins at. What it quotes is an attacker's to choose.
 */
export function sentenceOf(template: Template, rootOf: (path: RecordPath) => unknown): string {
  const text = template.map((part) => (typeof part === 'string' ? part : quoted(rootOf(part), part))).join('');
  return truncate(text, SENTENCE_LENGTH);
}

function quoted(record: unknown, path: RecordPath): string {
  const values = valuesAt(record, path);
  if (values.length > 0) {
    const shown = values.slice(0, MOST_VALUES).map((value) => truncate(String(value), VALUE_LENGTH));
    const more = values.length > MOST_VALUES ? ` and ${values.length - MOST_VALUES} more` : '';
    return `${shown.join(', ')}${more}`;
  }
  const objects = valuesBelow([record], path).filter((value) => !isLeaf(value) && !isEmpty(value));
  return objects.length === 0 ? ABSENT : truncate(jsonOf(objects[0]), VALUE_LENGTH);
}

/** `JSON.stringify` goes down by recursion, and a record may nest deeper than the stack. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (fault) {
    if (fault instanceof RangeError) return NESTED_TOO_DEEP;
    throw fault;
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
