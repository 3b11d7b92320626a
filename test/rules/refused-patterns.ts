/** Patterns that are not valid, and the path of each fault. */

/** A pattern that must be refused. A problem counts when its path is one of `paths`, or lies deeper. */
export interface RefusedPattern {
  readonly name: string;
  /** The pattern's JSON text: `JSON.parse` loses what makes some of them wrong. */
  readonly pattern: string;
  /** Where a problem may be reported, `''` for the pattern itself. Several for a fault that has two ends. */
  readonly paths: readonly string[];
}

function refused(name: string, pattern: string, ...paths: readonly string[]): RefusedPattern {
  return { name: `${name}: ${pattern}`, pattern, paths };
}

/** Faults in the one test of the field `x`, whose path is `x[0]` and the operator. */
function operand(name: string, tests: Readonly<Record<string, readonly string[]>>): readonly RefusedPattern[] {
  return Object.entries(tests).flatMap(([operator, operands]) =>
    operands.map((value) => refused(name, `{"x":[{"${operator}":${value}}]}`, `x[0].${operator}`)),
  );
}

export const REFUSED_PATTERNS: readonly RefusedPattern[] = [
  operand('fact 3, a bound that a double does not hold', {
    numeric: ['[">",1e999]', '["=",12345678901234567890]', '[">",0,"<",-1e999]', '["<",9007199254740994]'],
    'anything-but': ['1e999', '[1,12345678901234567890]'],
  }),
  refused('fact 3, a number that a double does not hold', '{"x":[1,12345678901234567890]}', 'x[1]'),
  refused('fact 3, a number that a double does not hold', '{"x":[-1e999]}', 'x[0]'),
  operand('fact 14, what anything-but does not take', {
    'anything-but': ['["a",1]', '[]', 'null', 'true', '[null]', '["a",true]', '[["a"]]', '[{"prefix":"a"}]', '{}'],
  }),
  operand('fact 14, what anything-but does not nest', {
    'anything-but': [
      '{"cidr":"10.0.0.0/8"}',
      '{"numeric":["=",1]}',
      '{"exists":false}',
      '{"anything-but":"a"}',
      '{"prefix":"a","suffix":"b"}',
      '{"prefix":""}',
      '{"suffix":""}',
      '{"prefix":["a",""]}',
      '{"suffix":[]}',
      '{"prefix":{"equals-ignore-case":"a"}}',
      '{"wildcard":1}',
      '{"wildcard":"a**b"}',
      '{"equals-ignore-case":[1]}',
      '{"prefix":null}',
    ],
  }),
  operand('fact 17, what the text operators do not take', {
    prefix: [
      '1',
      'null',
      'true',
      '["a"]',
      '{"wildcard":"a*"}',
      '{"equals-ignore-case":1}',
      '{"equals-ignore-case":["a"]}',
      '{}',
    ],
    suffix: ['1', '["a","b"]', '{"prefix":"a"}', '{"equals-ignore-case":"a","prefix":"b"}'],
    'equals-ignore-case': ['1', '["a"]', '{"prefix":"a"}', 'null'],
    wildcard: ['1', '["*a"]', '{"equals-ignore-case":"a*"}', 'null'],
  }),
  operand('fact 19, backslashes and stars', {
    wildcard: ['"a\\\\b"', '"a\\\\"', '"a**b"', '"**"', '"\\\\\\\\\\\\"', '"a\\\\?"'],
  }),
  operand('fact 22, comparisons', {
    numeric: [
      '["<",10,">",0]',
      '[">",0,">=",1]',
      '["<",0,"<=",1]',
      '["==",1]',
      '["!=",1]',
      '["=","1"]',
      '[">",null]',
      '[">",5,"<",5]',
      '[">=",5,"<=",5]',
      '[">",9,"<",1]',
      '[">",0,"<",9,"<",8]',
      '["=",1,"<",2]',
      '[">",0,"="]',
      '[">"]',
      '[]',
      '5',
      '">5"',
      '{"=":1}',
      '[1,">"]',
    ],
  }),
  operand('fact 23, networks', {
    cidr: [
      '"10.0.0.0/33"',
      '"::/129"',
      '"10.0.0.0"',
      '"10.0.0.0/"',
      '"10.0.0.0/-1"',
      '"10.0.0/8"',
      '"10.0.0.256/8"',
      '"example/8"',
      '"10.0.0.0/8/8"',
      '"/8"',
      '""',
      '8',
      '["10.0.0.0/8"]',
      'null',
    ],
  }),
  [
    refused('fact 36, one alternative', '{"$or":[{"a":[1]}]}', '$or'),
    refused('fact 36, no alternative', '{"$or":[]}', '$or'),
    refused('fact 36, not a list', '{"$or":{"a":[1],"b":[2]}}', '$or'),
    refused('fact 36, not a list', '{"a":{"$or":"b"}}', 'a.$or'),
    refused('fact 36, an alternative that is no object', '{"$or":[{"a":[1]},"b"]}', '$or[1]'),
    refused('fact 36, an alternative that is no object', '{"a":{"$or":[["b"],{"c":[1]}]}}', 'a.$or[0]'),
    refused('fact 36, an alternative that is no object', '{"$or":[null,{"c":[1]}]}', '$or[0]'),
    refused('fact 36, an empty alternative', '{"$or":[{"a":[1]},{}]}', '$or[1]'),
    refused('fact 36, an operator as a field inside', '{"$or":[{"prefix":["a"]},{"b":["c"]}]}', '$or[0].prefix'),
    refused(
      'fact 36, an operator as a field inside',
      '{"d":{"$or":[{"b":["c"]},{"numeric":["=",1]}]}}',
      'd.$or[1].numeric',
    ),
    refused(
      'fact 36, an operator as a field further inside',
      '{"$or":[{"a":{"b":{"cidr":["x"]}}},{"c":[1]}]}',
      '$or[0].a.b.cidr',
    ),
    refused('fact 36, a fault inside an alternative', '{"$or":[{"a":[1]},{"b":{"c":"x"}}]}', '$or[1].b.c'),
    refused('fact 37, one path twice, dotted and nested', '{"a.b":["x"],"a":{"b":["y"]}}', 'a.b'),
    refused('fact 37, one path twice, dotted and nested', '{"a":{"b":{"c":["y"]},"b.c":["x"]}}', 'a.b.c'),
    refused('fact 37, one path inside and outside $or', '{"a":["x"],"$or":[{"a":["y"]},{"b":["z"]}]}', 'a', '$or[0].a'),
    refused(
      'fact 37, one path inside and outside $or',
      '{"$or":[{"b":["z"]},{"a":{"c":["y"]}}],"a":{"c":["x"]}}',
      'a.c',
      '$or[1].a.c',
    ),
    refused(
      'fact 37, one path in two $or of one branch',
      '{"$or":[{"a.b":["x"]},{"c":["z"]}],"a":{"$or":[{"b":["y"]},{"d":["z"]}]}}',
      '$or[0].a.b',
      'a.$or[0].b',
    ),
    refused(
      'fact 37, one path in nested $or',
      '{"$or":[{"a":["x"],"$or":[{"b":[1]},{"a":["y"]}]},{"c":["z"]}]}',
      '$or[0].a',
      '$or[0].$or[1].a',
    ),
    refused('fact 39, a bare value', '{"eventName":"CreateUser"}', 'eventName'),
    refused('fact 39, a bare value', '{"detail":{"port":22}}', 'detail.port'),
    refused('fact 39, a bare value', '{"detail":{"errorCode":null}}', 'detail.errorCode'),
    refused('fact 39, a bare value', '{"readOnly":false}', 'readOnly'),
    refused('fact 39, an empty pattern', '{}', ''),
    refused('fact 39, no object', '[{"a":["b"]}]', ''),
    refused('fact 39, no object', '"CreateUser"', ''),
    refused('fact 39, no object', 'null', ''),
    refused('fact 39, an empty object', '{"a":{"b":{}}}', 'a.b'),
    refused('fact 39, an empty list', '{"a":{"b":[]}}', 'a.b'),
    refused('fact 39, a list in a list', '{"a":["b",["c"]]}', 'a[1]'),
    refused('fact 39, an unknown operator', '{"a":["b",{"prefx":"c"}]}', 'a[1]'),
    refused('fact 39, an unknown operator', '{"a":[{"regex":".*"}]}', 'a[0]'),
    refused('fact 39, an unknown operator', '{"a":[{"__proto__":"x"}]}', 'a[0]'),
    refused('fact 39, an unknown operator', '{"a":[{"constructor":"x"}]}', 'a[0]'),
    refused('fact 39, an unknown operator', '{"a":[{"anything-but":{"constructor":"x"}}]}', 'a[0].anything-but'),
    refused('fact 39, a capitalised operator', '{"a":[{"Prefix":"c"}]}', 'a[0]'),
    refused('fact 39, a capitalised operator', '{"a":[{"exists":true},{"Exists":true}]}', 'a[1]'),
    refused('fact 39, no operator', '{"a":[{}]}', 'a[0]'),
    refused('fact 39, two operators', '{"a":[{"prefix":"b","suffix":"c"}]}', 'a[0]'),
    refused('fact 39, $or as an operator', '{"a":[{"$or":[{"prefix":"b"},{"suffix":"c"}]}]}', 'a[0]'),
  ],
  operand('fact 39, wrong operands', { exists: ['"true"', '1', 'null', '[true]', '{"exists":true}'] }),
].flat();
