/** Conditions in a pattern that no CloudTrail record can meet, or only one without the field's content, because of what CloudTrail writes into the field. */

import { didYouMean, nearest } from '../../config/spelling.ts';
import type { Problem } from '../../errors.ts';
import { type AskedField, mayBeAbsent, operatorOf } from './asked-fields.ts';
import {
  type FieldKind,
  NETWORK_FIELDS,
  NEVER_EMPTY,
  NEVER_NULL,
  OTHER_FIELDS,
  RECORD_FIELDS,
  VALUES,
} from './record-fields.ts';

const FIELD_NAMES: readonly string[] = [...RECORD_FIELDS.keys(), ...OTHER_FIELDS];

/** Operators that look at strings only. */
const OF_STRINGS: ReadonlySet<string> = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard', 'cidr']);

/** What is doubtful about a field of a record. `names` are the names from the record on, `paths` where each is in the pattern. */
export function shapeDoubts({ names, paths, list }: Pick<AskedField, 'names' | 'paths' | 'list'>): readonly Problem[] {
  if (mayBeAbsent(list)) return [];
  const leaf = names.findIndex((_, index) => index < names.length - 1 && isLeafField(nameUpTo(names, index)));
  if (leaf !== -1) {
    const name = nameUpTo(names, leaf);
    return [{ path: paths[leaf] ?? '', message: `never matches: ${name} has no fields, it is ${wordsOf(name)}` }];
  }
  const field = names.join('.');
  const kind = RECORD_FIELDS.get(field);
  const path = paths.at(-1) ?? '';
  if (kind === undefined) return [...misspelt(names, paths), ...networkDoubts(names, path, list)];
  // Alternatives: the field can match as long as one of them can.
  const faults = list.map((entry) => neverHolds(entry, field, kind));
  if (faults.every((fault) => fault !== undefined))
    return faults.map((message, index) => ({ path: `${path}[${index}]`, message }));
  return misspeltValues(field, path, list);
}

/** Why a condition holds for no value of a kind; undefined if it may hold. */
function neverHolds(entry: unknown, field: string, kind: FieldKind): string | undefined {
  const operator = operatorOf(entry)?.name;
  if (operator === 'anything-but' || operator === 'exists') return kind === 'object' ? onlyNull(field) : undefined;
  if (entry === null) return nullFault(field);
  if (kind === 'object') return `never matches: ${field} holds fields, not values; ask for one of its fields`;
  if (operator === 'numeric' || typeof entry === 'number')
    return `never matches: CloudTrail writes ${field} as ${wordsOf(field)}, not as a number`;
  if (kind === 'boolean') return booleanFault(entry, operator, field);
  if (typeof entry === 'boolean')
    return `never matches: CloudTrail writes ${field} as a string${kind === 'quoted' ? `; write "${entry}"` : ''}`;
  if (operator === 'cidr' && kind !== 'text') return `never matches: ${field} is no address`;
  if (field === 'sourceIPAddress' && typeof entry === 'string' && /^[\da-f.:]+\/\d+$/i.test(entry))
    return `never matches: ${field} is an address; write {"cidr": ${JSON.stringify(entry)}}`;
  return entry === '' && NEVER_EMPTY.has(field) ? `never matches: ${field} is never empty` : undefined;
}

/** Objects do not exist for patterns, but the null that CloudTrail writes for a call without parameters or answer does. */
function onlyNull(field: string): string {
  const holds = NEVER_NULL.has(field) ? 'never matches' : 'matches null alone';
  return `${holds}: ${field} holds fields, not values; ask for one of its fields`;
}

function nullFault(field: string): string | undefined {
  if (!NEVER_NULL.has(field)) return undefined;
  const absent = field.startsWith('error') ? '; a record without it leaves it out: write {"exists": false}' : '';
  return `never matches: ${field} is never null${absent}`;
}

function booleanFault(entry: unknown, operator: string | undefined, field: string): string | undefined {
  if (operator !== undefined)
    return OF_STRINGS.has(operator) ? `never matches: CloudTrail writes ${field} as true or false` : undefined;
  if (typeof entry === 'boolean') return undefined;
  const meant = entry === 'true' || entry === 'false' ? `; write ${entry} without quotes` : '';
  return `never matches: CloudTrail writes ${field} as true or false, not as a string${meant}`;
}

/** `cidr` asks whether an address is in a network, and these fields hold networks. */
function networkDoubts(names: readonly string[], path: string, list: readonly unknown[]): readonly Problem[] {
  const [first] = names;
  const name = names.at(-1) ?? '';
  if (first !== 'requestParameters' && first !== 'responseElements') return [];
  if (!NETWORK_FIELDS.has(name.toLowerCase()) || !list.every((entry) => operatorOf(entry)?.name === 'cidr')) return [];
  return list.map((entry, index) => ({
    path: `${path}[${index}]`,
    message: `never matches: cidr looks for addresses, and ${name} is a network; write it as it is: ${JSON.stringify(operatorOf(entry)?.operand)}`,
  }));
}

/** A field of no record whose name is close to one that records have. */
export function misspelt(names: readonly string[], paths: readonly string[]): readonly Problem[] {
  const depth = names[0] === 'userIdentity' && names.length > 1 ? 1 : 0;
  const parent = names.slice(0, depth);
  const known = FIELD_NAMES.filter((name) => name.startsWith(parent.map((one) => `${one}.`).join('')))
    .map((name) => name.split('.')[depth] ?? '')
    .filter((name, index, all) => all.indexOf(name) === index);
  const name = names[depth] ?? '';
  if (known.includes(name) || nearest(name, known).length === 0) return [];
  const of = depth === 0 ? 'CloudTrail records' : 'userIdentity';
  return [{ path: paths[depth] ?? '', message: `is no field of ${of}${didYouMean(name, known)}` }];
}

/** Values of a field with a fixed set of them that are close to one in the set. */
function misspeltValues(field: string, path: string, list: readonly unknown[]): readonly Problem[] {
  const values = VALUES[field] ?? [];
  return list.flatMap((entry, index) => {
    if (typeof entry !== 'string' || values.includes(entry) || nearest(entry, values).length === 0) return [];
    const message = `${JSON.stringify(entry)} is no ${field}${didYouMean(entry, values)}`;
    return [{ path: `${path}[${index}]`, message }];
  });
}

function isLeafField(field: string): boolean {
  const kind = RECORD_FIELDS.get(field);
  return kind !== undefined && kind !== 'object';
}

function nameUpTo(names: readonly string[], index: number): string {
  return names.slice(0, index + 1).join('.');
}

function wordsOf(field: string): string {
  return RECORD_FIELDS.get(field) === 'boolean' ? 'true or false' : 'a string';
}
