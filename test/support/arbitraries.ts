/** Generators for hostile log files: the same records written in every way JSON allows, with look-alikes in the wrong places. */

import fc from 'fast-check';

/** A JSON value as pairs, which allows repeated keys in any order. */
export type Node =
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Node])[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null };

const object = (members: readonly (readonly [string, Node])[]): Node => ({ kind: 'object', members });
const list = (items: readonly Node[]): Node => ({ kind: 'list', items });
const literal = (value: string | number | boolean | null): Node => ({ kind: 'literal', value });

const NAMES = [
  'RunInstances',
  'CreateTags',
  'DescribeInstances',
  'ListBuckets',
  'RunInstancesX',
  'runinstances',
  '',
] as const;
const SOURCES = ['ec2.amazonaws.com', 'elasticfilesystem.amazonaws.com', 's3.amazonaws.com'] as const;

/** Texts that look like structure: quotes, trailing backslashes, brackets, complete records, multi-byte characters. */
const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '\\',
    '"',
    '\\"',
    '{"eventName":"RunInstances"}',
    '},{"eventVersion":"1.08","eventName":"RunInstances"',
    '[[[',
    '}]}',
    'é日本𝄞',
    '\u2028',
    '\n',
    'a\\\\',
    'eventName',
    '"Records":[',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.integer({ min: 50, max: 400 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 1, max: 140 }).map((length) => '\\'.repeat(length)),
);

const scalar: fc.Arbitrary<Node> = fc.oneof(
  hostileText.map(literal),
  fc.integer().map(literal),
  fc.constantFrom(true, false, null, -0.5, 1e21).map(literal),
);

const key: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'eventName',
    'eventSource',
    'Records',
    'detail',
    'eventType',
    'eventnam',
    'ventName',
    'tags',
    '',
    'a"b',
  ),
  fc.string({ maxLength: 5 }),
);

const anything: fc.Arbitrary<Node> = fc.letrec<{ value: Node }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }).map(list),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map(object),
  ),
})).value;

const field = (name: string, value: fc.Arbitrary<Node>): fc.Arbitrary<readonly [string, Node]> =>
  value.map((node) => [name, node] as const);

/** Mostly a record. Its name can be anywhere, repeated, missing or not text, and it can contain look-alikes. */
export const recordNode: fc.Arbitrary<Node> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: field('eventName', fc.constantFrom(...NAMES).map(literal)) },
      { weight: 4, arbitrary: field('eventSource', fc.constantFrom(...SOURCES).map(literal)) },
      { weight: 1, arbitrary: field('eventName', scalar) },
      {
        weight: 2,
        arbitrary: field(
          'eventType',
          fc.constantFrom('AwsApiCall', 'AwsServiceEvent', 'AwsVpceEvent', 'AwsCloudTrailInsight').map(literal),
        ),
      },
      {
        weight: 2,
        arbitrary: field(
          'eventCategory',
          fc.constantFrom('Management', 'Data', 'NetworkActivity', 'Insight').map(literal),
        ),
      },
      { weight: 3, arbitrary: field('requestParameters', anything) },
      { weight: 2, arbitrary: field('errorMessage', hostileText.map(literal)) },
      {
        weight: 1,
        arbitrary: fc.tuple(
          key.filter((name) => !WRAPPERS.has(name)),
          anything,
        ),
      },
    ),
    { minLength: 1, maxLength: 7 },
  )
  .map((members) => object(members));

/** Keys that make an object an envelope. Other tests cover envelopes. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'detail',
  'Records',
  'Sns',
  'Message',
  'body',
  'message',
  'Events',
  'logEvents',
  'CloudTrailEvent',
]);

/** A list, bare or under `Records`, with other keys around it and values in it that are not objects. */
export const logNode: fc.Arbitrary<Node> = fc
  .record({
    records: fc.array(
      fc.oneof(
        { weight: 12, arbitrary: recordNode },
        { weight: 1, arbitrary: anything.filter((node) => node.kind !== 'object') },
      ),
      { maxLength: 8 },
    ),
    before: fc.array(
      fc.tuple(
        key.filter((name) => name !== 'Records'),
        anything,
      ),
      { maxLength: 2 },
    ),
    after: fc.array(
      fc.tuple(
        key.filter((name) => name !== 'Records'),
        anything,
      ),
      { maxLength: 2 },
    ),
    bare: fc.boolean(),
  })
  .map(({ records, before, after, bare }) =>
    bare ? list(records) : object([...before, ['Records', list(records)], ...after]),
  );

/** How to write a value, with a seed for the random choices. */
export interface Writing {
  /** Whitespace where JSON allows it; `\n` only when `lines`. */
  readonly lines: boolean;
  readonly spaced: boolean;
  /** The percentage of characters written as `\u…` without need. */
  readonly escapes: number;
  readonly seed: number;
}

export const writing: fc.Arbitrary<Writing> = fc.record({
  lines: fc.boolean(),
  spaced: fc.boolean(),
  escapes: fc.constantFrom(0, 0, 0, 5, 60),
  seed: fc.nat(),
});

/** Writes the value as JSON. */
export function write(node: Node, how: Writing): string {
  let state = (how.seed % 2147483646) + 1;
  const draw = (below: number): number => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
  const space = (): string => {
    if (!how.spaced || draw(3) > 0) return '';
    const one = how.lines ? [' ', '\n', '\r\n', '\t', '\n    '] : [' ', '\t', '  '];
    return (one[draw(one.length)] ?? ' ').repeat(draw(20) === 0 ? 90 : 1);
  };
  const text = (value: string): string =>
    how.escapes === 0
      ? JSON.stringify(value)
      : `"${Array.from({ length: value.length }, (_, at) => character(value, at)).join('')}"`;
  const character = (value: string, at: number): string => {
    const unit = value.charCodeAt(at);
    const plain = JSON.stringify(value.charAt(at)).slice(1, -1);
    return draw(100) < how.escapes
      ? `\\u${unit.toString(16).padStart(4, '0')}`
      : plain === '/' && draw(2) === 0
        ? '\\/'
        : plain;
  };
  const one = (value: Node): string => {
    if (value.kind === 'literal')
      return typeof value.value === 'string' ? text(value.value) : JSON.stringify(value.value);
    if (value.kind === 'list')
      return `[${space()}${value.items.map((item) => space() + one(item) + space()).join(',')}]`;
    return `{${space()}${value.members.map(([name, member]) => `${space()}${text(name)}${space()}:${space()}${one(member)}${space()}`).join(',')}}`;
  };
  return space() + one(node) + space();
}
