/** Random events in the shape of CloudTrail records, with what trips matchers: few keys, so that fields share arrays, and odd values. */

import fc from 'fast-check';

/** A value that is not a container. */
export type Scalar = string | number | boolean | null;

/** Keys of nested objects. Few, so that random paths exist; with dots, beyond ASCII, and such as objects and arrays inherit. */
const KEYS = [
  'a',
  'b',
  'k',
  'k-',
  'Z',
  'a.b',
  'items',
  'ä',
  '😀',
  '～',
  '__proto__',
  'constructor',
  'length',
  '0',
] as const;
const COMMON_KEYS = ['a', 'b', 'k', 'k-'] as const;

/** Strings that tell operators apart: case, escapes, line breaks, numbers and literals as text. */
const TEXTS = [
  ...[
    '',
    'a',
    'A',
    'ab',
    'aB',
    'abc',
    'aab',
    'aba',
    'CreateUser',
    'createuser',
    'RunInstances',
    'ec2.amazonaws.com',
    'i',
  ],
  ...[
    'ä',
    'Ä',
    'ß',
    'SS',
    'ss',
    'ſ',
    '\u212a',
    'k',
    'K',
    'aK\u212a',
    'İ',
    'ı',
    'Σ',
    'ς',
    'σ',
    'é',
    'e\u0301',
    '😀',
    'a😀b',
  ],
  ...['*', 'a*b', 'a\\b', '\\', '\\*', 'a\nb', 'a\u2028b', '.*', 'a?b', '[a]', '"a"', ' a', 'a '],
  ...['22', '443', '1.5', '-0', '1e3', 'true', 'false', 'null', '__proto__', 'constructor'],
] as const;

/** Addresses in every spelling, and texts that only look like one. */
const ADDRESSES = [
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
  ...['10.0.0.0/8', '0.0.0.0/0', '::/0', 'AWS Internal', ' 10.0.0.1', '10.0.0.256', '10.0.0', 'fe80::1%eth0', '1:2:3'],
] as const;

const NUMBERS = [0, -0, 1, -1, 2, 22, 80, 443, 1.5, -1.5, 250, 3389, 65535, 1e-7, 2 ** 53 - 1] as const;

const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom(...ADDRESSES) },
  {
    weight: 1,
    arbitrary: fc.array(fc.constantFrom('a', 'b', 'A', '*', '\\'), { maxLength: 6 }).map((parts) => parts.join('')),
  },
);

/** A string, number, boolean or null. */
export const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 2, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 1, arbitrary: fc.constantFrom(true, false, null) },
);

/** A key of a nested object. */
export const key: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...COMMON_KEYS) },
  { weight: 1, arbitrary: fc.constantFrom(...KEYS) },
);

/** An object with these members as its own, `__proto__` too. */
function objectOf(value: fc.Arbitrary<unknown>, maxLength: number): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const pairs = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength });
  return pairs.map((members) => Object.fromEntries(members));
}

/** Objects, arrays of objects, arrays in arrays, empty ones and scalars, up to so many containers deep. */
function nested(depth: number): fc.Arbitrary<unknown> {
  if (depth === 0) return scalar;
  const inner = nested(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: scalar },
    { weight: 4, arbitrary: objectOf(inner, 3) },
    { weight: 4, arbitrary: fc.array(objectOf(inner, 3), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(inner, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(fc.array(objectOf(inner, 2), { maxLength: 2 }), { maxLength: 2 }) },
  );
}

const parameters = nested(4);

/** An event in the shape of a CloudTrail record. Every member may be missing. */
export const arbitraryEvent: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .record(
    {
      eventName: fc.constantFrom('CreateUser', 'RunInstances', 'createuser', ''),
      errorCode: fc.constantFrom<Scalar>('AccessDenied', 'Client.UnauthorizedOperation', null),
      readOnly: fc.constantFrom<Scalar>(true, false, 'true'),
      sourceIPAddress: fc.constantFrom<Scalar>(...ADDRESSES, null),
      userIdentity: fc.record(
        { type: fc.constantFrom('Root', 'IAMUser'), mfaAuthenticated: fc.constantFrom<Scalar>('true', 'false', null) },
        { requiredKeys: [] },
      ),
      'requestParameters.items': parameters,
      requestParameters: parameters,
      responseElements: fc.oneof(fc.constant(null), parameters),
    },
    { requiredKeys: [] },
  )
  .map((event) => Object.fromEntries(Object.entries(event)));
