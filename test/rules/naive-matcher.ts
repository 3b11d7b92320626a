/**
 * The plainest correct matcher of EventBridge event patterns: it tries every choice of values, in exponential time. It judges the real
 * matcher and shares no code with it.
 */

import { inNetwork } from './naive-address.ts';

/** A string, number, boolean or null of the event. `membership` maps each array around it to the index of the element it is in. */
interface Leaf {
  readonly path: string;
  readonly value: unknown;
  readonly membership: Membership;
}

/** The number of an array, counted in reading order, and the index of one of its elements. */
type Membership = ReadonlyMap<number, number>;

/** One way through all `$or`s: full dotted path → the alternatives of that field. */
type Branch = ReadonlyMap<string, readonly unknown[]>;

type Members = Readonly<Record<string, unknown>>;

/**
 * Whether an event matches a pattern.
 *
 * @param pattern a valid pattern, as `JSON.parse` returns it
 * @param event a JSON value; anything but an object never matches
 * @throws if the pattern is not valid in a way this matcher notices
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function naiveMatches(pattern: unknown, event: unknown): boolean {
  if (!isObject(event)) return false;
  const leaves = leavesOf(event);
  return branchesOf(pattern, undefined).some((branch) => {
    const fields = [...branch].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return satisfied(fields, leaves, new Map());
  });
}

/** Whether the fields hold, in order, given the elements that were chosen for the fields before them. */
function satisfied(
  fields: readonly (readonly [string, readonly unknown[]])[],
  leaves: Leaf[],
  chosen: Membership,
): boolean {
  const [first, ...rest] = fields;
  if (first === undefined) return true;
  const [path, tests] = first;
  const reachable = leaves.filter((leaf) => leaf.path === path && consistent(leaf.membership, chosen));
  if (reachable.length === 0 && tests.some(wantsAbsence) && satisfied(rest, leaves, chosen)) return true;
  return reachable.some(
    ({ value, membership }) =>
      tests.some((test) => holds(test, value)) && satisfied(rest, leaves, new Map([...chosen, ...membership])),
  );
}

/** Whether two values can go together: in every array they are both inside, they are in the same element. */
function consistent(one: Membership, other: Membership): boolean {
  return [...one].every(([array, index]) => !other.has(array) || other.get(array) === index);
}

/** Every leaf of an event. A value directly in an array is not bound to its place in that array; what is in an object there is. */
function leavesOf(event: Members): Leaf[] {
  const leaves: Leaf[] = [];
  let arrays = 0;
  function walk(value: unknown, path: string, membership: Membership): void {
    if (Array.isArray(value)) {
      const array = arrays++;
      for (const [index, element] of value.entries())
        walk(element, path, isNested(element) ? new Map([...membership, [array, index]]) : membership);
    } else if (isObject(value)) walkMembers(value, path, membership);
    else leaves.push({ path, value, membership });
  }
  function walkMembers(object: Members, prefix: string | undefined, membership: Membership): void {
    for (const [key, member] of Object.entries(object)) walk(member, joined(prefix, key), membership);
  }
  walkMembers(event, undefined, new Map());
  return leaves;
}

/** All ways through the `$or`s of a pattern. */
function branchesOf(pattern: unknown, prefix: string | undefined): Branch[] {
  let branches: Branch[] = [new Map()];
  for (const [key, value] of Object.entries(members(pattern))) {
    const alternatives = alternativesOf(key, value, prefix);
    branches = branches.flatMap((branch) => alternatives.map((alternative) => new Map([...branch, ...alternative])));
  }
  return branches;
}

function alternativesOf(key: string, value: unknown, prefix: string | undefined): Branch[] {
  if (key === '$or') return list(value).flatMap((alternative) => branchesOf(alternative, prefix));
  const path = joined(prefix, key);
  return Array.isArray(value) ? [new Map([[path, value]])] : branchesOf(value, path);
}

function joined(prefix: string | undefined, key: string): string {
  return prefix === undefined ? key : `${prefix}.${key}`;
}

function wantsAbsence(test: unknown): boolean {
  return isObject(test) && test.exists === false;
}

/** Whether a value that is there passes one test of a field: an exact value, or an object with one operator. */
function holds(test: unknown, value: unknown): boolean {
  if (!isObject(test)) return test === value;
  const [operator = '', ...others] = Object.keys(test);
  const operation = OPERATIONS.get(operator);
  if (operation === undefined || others.length > 0) throw new Error(`not a test: ${JSON.stringify(test)}`);
  return operation(test[operator], value);
}

type Operation = (operand: unknown, value: unknown) => boolean;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['exists', (operand) => operand === true],
  ['prefix', onText((operand, text) => beginningsOf(operand, text).length > 0)],
  ['suffix', onText((operand, text) => tailsOf(text).some((tail) => beginningsOf(operand, tail).includes('')))],
  ['equals-ignore-case', onText((operand, text) => afterIgnoringCase(string(operand), text).includes(''))],
  ['wildcard', onText((operand, text) => wildcardMatches(string(operand), text))],
  ['cidr', onText((operand, text) => inNetwork(text, string(operand)))],
  ['numeric', (operand, value) => typeof value === 'number' && comparisonsHold(list(operand), value)],
  ['anything-but', (operand, value) => !excludedBy(operand).some((test) => holds(test, value))],
]);

function onText(operation: (operand: unknown, text: string) => boolean): Operation {
  return (operand, value) => typeof value === 'string' && operation(operand, value);
}

/** The tests of which none may hold: `{"prefix": ["a", "b"]}` is `[{"prefix": "a"}, {"prefix": "b"}]`. */
function excludedBy(operand: unknown): readonly unknown[] {
  if (!isObject(operand)) return listed(operand);
  return Object.entries(operand).flatMap(([operator, inner]) => listed(inner).map((one) => ({ [operator]: one })));
}

function comparisonsHold(comparisons: readonly unknown[], value: number): boolean {
  const [sign, bound, ...rest] = comparisons;
  if (sign === undefined) return true;
  const compare = COMPARISONS.get(sign);
  if (compare === undefined || typeof bound !== 'number') throw new Error(`not a comparison: ${sign} ${bound}`);
  return compare(value, bound) && comparisonsHold(rest, value);
}

const COMPARISONS: ReadonlyMap<unknown, (value: number, bound: number) => boolean> = new Map([
  ['=', (value: number, bound: number) => value === bound],
  ['<', (value: number, bound: number) => value < bound],
  ['<=', (value: number, bound: number) => value <= bound],
  ['>', (value: number, bound: number) => value > bound],
  ['>=', (value: number, bound: number) => value >= bound],
]);

/** What is left of a text after a beginning that `prefix` accepts: a list, since ignoring case may accept several. */
function beginningsOf(operand: unknown, text: string): string[] {
  if (isObject(operand)) return afterIgnoringCase(string(operand['equals-ignore-case']), text);
  const prefix = string(operand);
  return text.startsWith(prefix) ? [text.slice(prefix.length)] : [];
}

/** What is left of a text after the wanted characters, each of them in lower or upper case. The upper case of `ß` is `SS`. */
function afterIgnoringCase(wanted: string, text: string): string[] {
  let rests = [text];
  for (const character of wanted) {
    const spellings = [...new Set([character.toLowerCase(), character.toUpperCase()])];
    rests = rests.flatMap((rest) =>
      spellings.filter((spelling) => rest.startsWith(spelling)).map((spelling) => rest.slice(spelling.length)),
    );
  }
  return rests;
}

function tailsOf(text: string): string[] {
  return Array.from({ length: text.length + 1 }, (_, start) => text.slice(start));
}

function wildcardMatches(wildcard: string, text: string): boolean {
  if (wildcard === '') return text === '';
  if (wildcard.startsWith('*'))
    return wildcardMatches(wildcard.slice(1), text) || (text !== '' && wildcardMatches(wildcard, text.slice(1)));
  const escaped = wildcard.startsWith('\\');
  return (
    text.charAt(0) === wildcard.charAt(escaped ? 1 : 0) &&
    wildcardMatches(wildcard.slice(escaped ? 2 : 1), text.slice(1))
  );
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isObject(value: unknown): value is Members {
  return isNested(value) && !Array.isArray(value);
}

function members(value: unknown): Members {
  if (!isObject(value)) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`not a list: ${JSON.stringify(value)}`);
  return value;
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`not a string: ${JSON.stringify(value)}`);
  return value;
}
