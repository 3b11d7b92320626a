/** Random tests of one field, made from a value of the event so that they often hold, or nearly. */

import fc from 'fast-check';
import { type Scalar, scalar } from './arbitrary-events.ts';

/** How to make a test once a value is known. */
export interface TestRecipe {
  readonly kind: keyof typeof KINDS;
  /** Drives every choice within the kind: where to cut, which characters become stars, the mask. */
  readonly n: number;
  /** A value that has nothing to do with the event. */
  readonly other: Scalar;
  /** Whether the test is made from the other value, and so likely fails. */
  readonly astray: boolean;
}

const NETWORKS = ['10.0.0.0', '192.168.0.9', '0.0.0.0', '255.255.255.255', '2001:db8::', '::1', '::a00:0'] as const;

type Make = (value: Scalar, n: number, other: Scalar) => unknown;

const KINDS = {
  exact: (value) => value,
  present: () => ({ exists: true }),
  absent: () => ({ exists: false }),
  prefix: (value, n) => ({ prefix: head(textOf(value), n) }),
  suffix: (value, n) => ({ suffix: tail(textOf(value), n) }),
  equalsIgnoreCase: (value, n) => ({ 'equals-ignore-case': recased(textOf(value), n) }),
  prefixIgnoreCase: (value, n) => ({ prefix: { 'equals-ignore-case': recased(head(textOf(value), n), n) } }),
  suffixIgnoreCase: (value, n) => ({ suffix: { 'equals-ignore-case': recased(tail(textOf(value), n), n) } }),
  wildcard: (value, n) => ({ wildcard: starred(textOf(value), n) }),
  numeric: (value, n) => ({ numeric: comparison(typeof value === 'number' ? value : n % 500, n) }),
  cidr: (value, n) => ({ cidr: network(textOf(value), n) }),
  anythingBut: (value, n, other) => ({ 'anything-but': excluded(n % 3 === 0 ? value : other, n) }),
  anythingButPrefix: (value, n, other) => ({ 'anything-but': { prefix: some(head(textOf(value), n), other, n) } }),
  anythingButSuffix: (value, n, other) => ({ 'anything-but': { suffix: some(tail(textOf(value), n), other, n) } }),
  anythingButIgnoreCase: (value, n, other) => ({
    'anything-but': { 'equals-ignore-case': some(recased(textOf(value), n), other, n) },
  }),
  anythingButWildcard: (value, n, other) => ({
    'anything-but': { wildcard: n % 2 === 0 ? starred(textOf(value), n) : [starred(textOf(other), n), 'a*b'] },
  }),
} as const satisfies Readonly<Record<string, Make>>;

/** A recipe of a random test. Exact values and absence are the commonest. */
export const testRecipe: fc.Arbitrary<TestRecipe> = fc.record({
  kind: fc.oneof(
    { weight: 4, arbitrary: fc.constant('exact' as const) },
    { weight: 3, arbitrary: fc.constant('absent' as const) },
    { weight: 13, arbitrary: fc.constantFrom(...kinds()) },
  ),
  n: fc.nat(2 ** 20),
  other: scalar,
  astray: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
});

function kinds(): readonly (keyof typeof KINDS)[] {
  const names: Readonly<Record<keyof typeof KINDS, Make>> = KINDS;
  return Object.keys(names).filter((name): name is keyof typeof KINDS => Object.hasOwn(KINDS, name));
}

/** The test as it is written in a pattern, for a field that has `value` in the event. */
export function testOf({ kind, n, other, astray }: TestRecipe, value: Scalar): unknown {
  const make: Make = KINDS[kind];
  return make(astray ? other : value, n, other);
}

function textOf(value: Scalar): string {
  return typeof value === 'string' ? value : 'a';
}

/** The first characters of a text, whole code points. */
function head(text: string, n: number): string {
  const characters = [...text];
  return characters.slice(0, n % (characters.length + 1)).join('');
}

function tail(text: string, n: number): string {
  const characters = [...text];
  return characters.slice(n % (characters.length + 1)).join('');
}

/** The text in another case, or with every second character in another case. */
function recased(text: string, n: number): string {
  const change = (character: string, index: number): string =>
    (n >> (index % 16)) % 2 === 0 ? character.toUpperCase() : character.toLowerCase();
  if (n % 5 === 0) return text;
  return [...text].map(n % 5 < 3 ? (character) => RELATIVES[character] ?? character : change).join('');
}

/** Characters that some ways to ignore case take for one another, and others do not. */
const RELATIVES: Readonly<Record<string, string>> = {
  ...{ k: '\u212a', K: '\u212a', '\u212a': 'k', s: 'ſ', S: 'ſ', ſ: 's', i: 'İ', I: 'ı', İ: 'i', ı: 'I' },
  ...{ ß: 'SS', σ: 'ς', ς: 'σ', Σ: 'ς', ä: 'a', a: 'ä' },
};

/** A wildcard that matches the text: each bit of `n` says whether a character is itself or inside a star. */
function starred(text: string, n: number): string {
  const characters = [...text].map((character, index) => ((n >> (index % 16)) % 2 === 0 ? escaped(character) : '*'));
  if (n % 4 === 0) characters.push('*');
  return characters.filter((character, index) => character !== '*' || characters[index - 1] !== '*').join('');
}

function escaped(character: string): string {
  return character === '*' || character === '\\' ? `\\${character}` : character;
}

function comparison(value: number, n: number): readonly unknown[] {
  const low = value - (n % 3);
  const high = Math.min(value + (n % 2) + 1, Number.MAX_SAFE_INTEGER);
  const signs = [n % 2 === 0 ? '>' : '>=', n % 4 < 2 ? '<' : '<='] as const;
  return (
    [
      [signs[0], low, signs[1], high],
      [signs[0], value],
      [signs[1], value],
      ['=', value],
      [signs[0], -5, signs[1], high],
    ]
      .filter(([, bottom, , top]) => typeof bottom !== 'number' || typeof top !== 'number' || bottom < top)
      .at(n % 4) ?? ['=', value]
  );
}

function network(text: string, n: number): string {
  const address = ADDRESSES_IN_NETWORKS.includes(text) ? text : (NETWORKS[n % NETWORKS.length] ?? NETWORKS[0]);
  return `${address}/${n % (address.includes(':') ? 129 : 33)}`;
}

/** Texts of events that can stand before a mask. */
const ADDRESSES_IN_NETWORKS: readonly string[] = [
  ...[
    '10.0.0.1',
    '10.0.0.255',
    '10.1.2.3',
    '127.255.255.255',
    '128.0.0.0',
    '192.168.1.1',
    '255.255.255.255',
    '0.0.0.0',
  ],
  ...['::', '::1', '0:0:0:0:0:0:0:1', '2001:db8::1', '2001:DB8:0:0::1', '2001:0db8::ff', 'fe80::1', '::a00:1'],
];

/** The operand of a plain `anything-but`: one string or number, or a list of one kind. */
function excluded(value: Scalar, n: number): unknown {
  if (typeof value === 'number') return n % 2 === 0 ? value : [443, value];
  return n % 2 === 0 ? textOf(value) : [textOf(value), 'ab'];
}

/** The operand of a nested `anything-but`: never an empty text. */
function some(text: string, other: Scalar, n: number): unknown {
  const first = text === '' ? 'ab' : text;
  return n % 2 === 0 ? first : [textOf(other) || 'b', first].slice(n % 4 === 1 ? 0 : 1);
}
