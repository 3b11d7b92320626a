/** The operators of event patterns: what each may be given, and which values it holds for. */

import { type Cidr, cidrOf } from '../net/cidr.ts';
import type { Leaf } from './pattern.ts';
import { endsIgnoringCase, equalsIgnoringCase, startsIgnoringCase, wildcardOf } from './texts.ts';

/**
 * What an operator makes of its operand: a condition, with a text that every value that meets it contains, if there is one; or why it refuses
 * it, with the first fault and the others (`more`).
 */
export type Made =
  | { readonly holds: (leaf: Leaf) => boolean; readonly part?: string | undefined }
  | (Refusal & { readonly more?: readonly Refusal[] | undefined });

/** Why an operand is refused. `at` is where in it the fault is; nothing if all of it is. */
export interface Refusal {
  readonly refused: string;
  readonly at?: readonly PropertyKey[] | undefined;
}

type Operator = (operand: unknown) => Made;

const onText =
  (holds: (text: string) => boolean) =>
  (leaf: Leaf): boolean =>
    typeof leaf === 'string' && holds(leaf);

/** What compares a text with the operand and, written as `{ "equals-ignore-case": … }`, without regard to case. */
const affix =
  (exact: (text: string, part: string) => boolean, ignoring: (text: string, part: string) => boolean): Operator =>
  (operand) => {
    if (typeof operand === 'string') return { holds: onText((text) => exact(text, operand)), part: operand };
    const part = soleKey(operand) === 'equals-ignore-case' ? fieldOf(operand, 'equals-ignore-case') : undefined;
    if (typeof part === 'string') return { holds: onText((text) => ignoring(text, part)) };
    return { refused: 'must be a string or {"equals-ignore-case": "…"}' };
  };

/**
 * The operators by name.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
const OPERATORS = {
  prefix: affix((text, part) => text.startsWith(part), startsIgnoringCase),
  suffix: affix((text, part) => text.endsWith(part), endsIgnoringCase),
  'equals-ignore-case': (operand) =>
    typeof operand === 'string'
      ? { holds: onText((text) => equalsIgnoringCase(text, operand)) }
      : { refused: 'must be a string' },
  wildcard: (operand) => {
    if (typeof operand !== 'string') return { refused: 'must be a string' };
    const made = wildcardOf(operand);
    return 'refused' in made ? made : { holds: onText(made.matches), part: made.part };
  },
  'anything-but': anythingBut,
  numeric,
  cidr: (operand) => {
    const network = typeof operand === 'string' && operand.includes('/') ? cidrOf(operand) : undefined;
    if (network === undefined) return { refused: 'must be a network, such as "10.0.0.0/8" or "2001:db8::/32"' };
    return { holds: onText((text) => isAddressIn(text, network)) };
  },
  exists: (operand) => (operand === true ? { holds: () => true } : { refused: 'must be true or false' }),
} as const satisfies Readonly<Record<string, Operator>>;

/** True for the name of an operator. */
export function isOperator(name: string): name is keyof typeof OPERATORS {
  return Object.hasOwn(OPERATORS, name);
}

/** The names of all operators. */
export function operatorNames(): readonly string[] {
  return Object.keys(OPERATORS);
}

/** The condition that an operator makes of its operand. `exists: false` is no condition on a value, and is refused here. */
export function conditionOf(name: keyof typeof OPERATORS, operand: unknown): Made {
  return OPERATORS[name](operand);
}

/** Why a number cannot be compared exactly; undefined for one that can. JSON readers round it without a word. */
export function numberFault(number: number): string | undefined {
  if (!Number.isFinite(number)) return 'is a number beyond what JSON readers keep';
  return Number.isInteger(number) && !Number.isSafeInteger(number)
    ? 'is a number of more than 15 digits, which JSON readers round'
    : undefined;
}

const NESTED: ReadonlySet<string> = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard']);
const ENTRY = 'must be a string or a number';
const OPERAND =
  'must be a string, a number, a list of one of them, or {"prefix" | "suffix" | "equals-ignore-case" | "wildcard": …}';

function anythingBut(operand: unknown): Made {
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) return anythingButNested(operand);
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) return { refused: 'must not be an empty list' };
  const kinds = new Set(values.map((value) => typeof value));
  const isList = Array.isArray(operand);
  const faulty = values.flatMap((value, index): readonly Refusal[] => {
    const fault = typeof value === 'number' ? numberFault(value) : undefined;
    const refused = typeof value === 'string' || typeof value === 'number' ? fault : ENTRY;
    return refused === undefined ? [] : [{ refused: isList ? refused : (fault ?? OPERAND), at: isList ? [index] : [] }];
  });
  if (faulty.length === 0 && kinds.size > 1) return { refused: 'must be all strings or all numbers' };
  const excluded = new Set(values);
  return refusalOf(faulty) ?? { holds: (leaf) => !excluded.has(leaf) };
}

function refusalOf([first, ...more]: readonly Refusal[]): Made | undefined {
  return first === undefined ? undefined : { ...first, more };
}

function anythingButNested(operand: object): Made {
  const name = soleKey(operand);
  if (name === undefined || !NESTED.has(name) || !isOperator(name)) return { refused: OPERAND };
  const given = fieldOf(operand, name);
  const parts: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (parts.length === 0) return { refused: 'must not be an empty list', at: [name] };
  const made = parts.map((part) => partOf(name, part));
  const faulty = made.flatMap((one, index): readonly Refusal[] =>
    'refused' in one ? [{ ...one, at: Array.isArray(given) ? [name, index] : [name] }] : [],
  );
  const conditions = made.flatMap((one) => ('holds' in one ? [one.holds] : []));
  return refusalOf(faulty) ?? { holds: (leaf) => !conditions.some((holds) => holds(leaf)) };
}

/** One of the texts that must not be there. */
function partOf(name: keyof typeof OPERATORS, part: unknown): Made {
  if (typeof part !== 'string') return { refused: 'must be a string or a list of strings' };
  if (part === '' && (name === 'prefix' || name === 'suffix')) return { refused: 'must not be empty' };
  return conditionOf(name, part);
}

const COMPARISONS = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
} as const satisfies Readonly<Record<string, (value: number, bound: number) => boolean>>;
const NUMERIC = 'must be [operator, number] with one of = < <= > >=, or a range, lower bound first: [">", 0, "<=", 5]';

function numeric(operand: unknown): Made {
  if (!Array.isArray(operand)) return { refused: NUMERIC };
  const [sign, bound, otherSign, otherBound] = operand as readonly unknown[];
  const first = comparison(sign, bound);
  if (first === undefined) return { refused: NUMERIC };
  if (operand.length === 2) return holdsForNumbers(first.fault, first.holds);
  const second = comparison(otherSign, otherBound);
  const isRange = operand.length === 4 && String(sign).startsWith('>') && String(otherSign).startsWith('<');
  if (!isRange || second === undefined) return { refused: NUMERIC };
  if (first.bound >= second.bound) return { refused: 'must be a range whose lower bound is below the upper one' };
  return holdsForNumbers(first.fault ?? second.fault, (value) => first.holds(value) && second.holds(value));
}

function holdsForNumbers(fault: string | undefined, holds: (value: number) => boolean): Made {
  if (fault !== undefined) return { refused: fault };
  return { holds: (leaf) => typeof leaf === 'number' && holds(leaf) };
}

function comparison(
  sign: unknown,
  bound: unknown,
):
  | { readonly bound: number; readonly fault: string | undefined; readonly holds: (value: number) => boolean }
  | undefined {
  if (typeof sign !== 'string' || !isComparison(sign) || typeof bound !== 'number') return undefined;
  const compare = COMPARISONS[sign];
  return { bound, fault: numberFault(bound), holds: (value) => compare(value, bound) };
}

function isComparison(sign: string): sign is keyof typeof COMPARISONS {
  return Object.hasOwn(COMPARISONS, sign);
}

/** The longest text of an address, an IPv6 one that ends in an IPv4 one. */
const ADDRESS_CHARS = 45;

/** True for an address of the network's family in it. Anything else is in no network: CloudTrail writes services' names there too. */
function isAddressIn(text: string, network: Cidr): boolean {
  if (text.length > ADDRESS_CHARS || !/^[0-9a-f:.]+$/i.test(text)) return false;
  const address = cidrOf(text);
  if (address?.family === 4 && network.family === 4)
    return address.first >= network.first && address.first <= network.last;
  if (address?.family === 6 && network.family === 6)
    return address.first >= network.first && address.first <= network.last;
  return false;
}

/** The only key of an object; undefined for anything else. */
function soleKey(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 ? keys[0] : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
