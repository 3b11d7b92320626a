/** Patterns and events made to cost a matcher as much as they can. Strangers write the events. */

/** A pair and its answer. */
export interface HostilePair {
  readonly name: string;
  readonly pattern: unknown;
  readonly event: unknown;
  readonly matches: boolean;
}

const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** Every element fits the first condition, and no element of the last array fits both of its own. */
function siblings(count: number): HostilePair {
  const elements = times(count, (index) => ({ k: 'x', n: index }));
  return {
    name: `three arrays of ${count} side by side, where no combination fits`,
    pattern: { a: { k: ['x'] }, b: { k: ['x'] }, c: { k: ['x'], z: ['none'] } },
    event: { a: elements, b: elements, c: [...elements, { z: 'none' }] },
    matches: false,
  };
}

/** As before, with what must be absent in the element that the name before it has chosen. */
function siblingsWithAbsence(count: number): HostilePair {
  const elements = times(count, (index) => ({ k: 'x', z: index }));
  const tests = { k: ['x'], z: [{ exists: false }] };
  return {
    name: `three arrays of ${count} side by side, where every element has what must be absent`,
    pattern: { a: tests, b: tests, c: tests },
    event: { a: elements, b: elements, c: elements },
    matches: false,
  };
}

/** The absent field is below the array of the chosen element, and its name comes between those of two others. */
function absenceBetween(count: number): HostilePair {
  const elements = times(count, (index) => ({ k: 'x', m: [{ v: index }], z: 'no' }));
  return {
    name: `an array of ${count}, where the name of what must be absent is between two others`,
    pattern: { a: { k: ['x'], m: { v: [{ exists: false }] }, z: ['yes'] } },
    event: { a: [...elements, { k: 'w', z: 'yes' }] },
    matches: false,
  };
}

/** As before, with every element in an array of its own array. */
function absenceInInnerArrays(count: number): HostilePair {
  const inner = times(count, (index) => ({ k: 'x', z: index }));
  return {
    name: `${count} arrays of ${count} in one array, where every element has what must be absent`,
    pattern: { a: { k: ['x'], z: [{ exists: false }] } },
    event: { a: times(count, () => inner) },
    matches: false,
  };
}

/** Values directly in arrays go together with all others. */
function plainValues(count: number): HostilePair {
  const values = times(count, () => 'x');
  return {
    name: `three arrays of ${count} plain values`,
    pattern: { a: ['x'], b: ['x'], c: ['none'] },
    event: { a: values, b: values, c: values },
    matches: false,
  };
}

/** Only the last of the last of the last element fits. */
function threeDeep(count: number, every: boolean): HostilePair {
  const level = (inner: (last: boolean) => unknown): unknown => times(count, (index) => inner(index === count - 1));
  const small = [{ k: 'x' }];
  return {
    name: `arrays of ${count} nested three deep, ${every ? 'in every element' : 'in the last element'}`,
    pattern: { a: { k: ['x'], b: { k: ['x'], c: { k: ['x'], z: ['yes'] } } } },
    event: {
      a: level((last) => ({
        k: 'x',
        b:
          every || last
            ? level((inmost) => ({
                k: 'x',
                c: every || inmost ? level((end) => ({ k: 'x', z: last && inmost && end ? 'yes' : 'no' })) : small,
              }))
            : small,
      })),
    },
    matches: true,
  };
}

function wildcard(pattern: string, value: string, matches: boolean): HostilePair {
  return {
    name: `the wildcard ${pattern} on ${value.length} characters`,
    pattern: { x: [{ wildcard: pattern }] },
    event: { x: value },
    matches,
  };
}

/** `{"a": {"a": … }}`, or with an array around each object. */
function deep(levels: number, [open, close]: readonly [string, string]): HostilePair {
  return {
    name: `${levels} levels of ${open}`,
    pattern: { x: ['y'], a: { k: [{ exists: false }] } },
    event: JSON.parse(`{"x":"y","a":${open.repeat(levels)}1${close.repeat(levels)}}`),
    matches: true,
  };
}

/** n `$or`s at n places, each of n alternatives: n to the power of n branches. */
function manyOrs(count: number): HostilePair {
  const or = (place: number) => ({ $or: times(count, (index) => ({ [`f${index}`]: [place] })) });
  const event = Object.fromEntries(
    times(count, (place) => [`p${place}`, { [`f${count - 1}`]: place === count - 1 ? 'no' : place }]),
  );
  return {
    name: `${count} $or of ${count} alternatives, where one has none that fits`,
    pattern: Object.fromEntries(times(count, (place) => [`p${place}`, or(place)])),
    event,
    matches: false,
  };
}

/** Pairs whose answer must cost no more than reading the event a few times. */
export const HOSTILE_PAIRS: readonly HostilePair[] = [
  siblings(400),
  siblings(4000),
  siblingsWithAbsence(400),
  siblingsWithAbsence(4000),
  absenceBetween(4000),
  absenceInInnerArrays(100),
  plainValues(50_000),
  threeDeep(1000, false),
  threeDeep(30, true),
  wildcard('*a*a*a*a*b', 'a'.repeat(100_000), false),
  wildcard('*a*a*a*a*', 'a'.repeat(100_000), true),
  wildcard(`${'*ab'.repeat(50)}*c`, 'ab'.repeat(50_000), false),
  wildcard('*aaaaaaaaab*', 'a'.repeat(100_000), false),
  deep(10_000, ['{"a":', '}']),
  deep(10_000, ['[', ']']),
  deep(10_000, ['[{"b":', '}]']),
  deep(10_000, ['{"__proto__":', '}']),
];

/** A pattern that may be refused as too large; if it is not, its answer must not cost the product of its alternatives. */
export const MANY_ORS: HostilePair = manyOrs(7);
