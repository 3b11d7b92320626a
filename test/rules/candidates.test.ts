import { describe, expect, it } from 'vitest';
import { candidatesOf } from '../../src/rules/candidates.ts';
import { compilePattern } from '../../src/rules/compile-pattern.ts';

function candidates(pattern: unknown, below: 'detail' | '' = '') {
  const compiled = compilePattern(pattern);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return candidatesOf(compiled.pattern, below);
}

const names = (...all: readonly string[]) => ({ kind: 'names', names: new Set(all) });
const texts = (...all: readonly string[]) => ({ kind: 'texts', texts: all });
const fields = (...alternatives: readonly (readonly (readonly [path: string, ...tests: readonly unknown[]])[])[]) => ({
  kind: 'fields',
  alternatives: alternatives.map((all) =>
    all.map(([path, ...tests]) => ({ path, tests: tests.map((test) => JSON.stringify(test)) })),
  ),
});
const sources = (...all: readonly string[]) => ({ kind: 'sources', sources: new Set(all) });

describe('candidatesOf', () => {
  it.each<[string, unknown, object]>([
    ['exact names', { eventName: ['A', 'B'], eventSource: ['c'] }, names('A', 'B')],
    ['the names of all alternatives', { $or: [{ eventName: ['A'] }, { eventName: ['B'] }] }, names('A', 'B')],
    [
      'the sources where an alternative has no name',
      { $or: [{ eventName: ['A'] }, { b: [1] }], eventSource: ['c'] },
      sources('c'),
    ],
    ['the sources where names are a prefix', { eventName: [{ prefix: 'A' }], eventSource: ['c'] }, sources('c')],
    [
      'what a field has where a name may be another',
      { eventName: ['A', { suffix: 'B' }] },
      fields([['eventName', 'A', { suffix: 'B' }]]),
    ],
    ['every record where the name may be absent', { eventName: ['A', { exists: false }] }, { kind: 'all' }],
    [
      'what a field has for all names but one',
      { eventName: [{ 'anything-but': 'A' }] },
      fields([['eventName', { 'anything-but': 'A' }]]),
    ],
    ['what a field has for a number', { eventName: [1] }, fields([['eventName', 1]])],
    [
      'what a field has without both and without a text that is long enough',
      { userIdentity: { type: ['x'] } },
      fields([['userIdentity.type', 'x']]),
    ],
    [
      'the fields of each alternative, those first that say most',
      { $or: [{ eventVersion: ['1'], awsRegion: ['a'], readOnly: [false] }, { userAgent: [{ exists: true }] }] },
      fields(
        [
          ['readOnly', false],
          ['awsRegion', 'a'],
          ['eventVersion', '1'],
        ],
        [['userAgent', { exists: true }]],
      ),
    ],
    [
      'every record where an alternative has only what may be missing',
      { $or: [{ readOnly: [false] }, { errorCode: [{ exists: false }] }] },
      { kind: 'all' },
    ],
    ['every record for a name that JSON may escape in several ways', { 'a/b': [1] }, { kind: 'all' }],
    ['every record for a time, since one without is asked with another', { eventTime: [1] }, { kind: 'all' }],
    ['the records with a value', { userIdentity: { type: ['Root'] } }, texts('Root')],
    [
      'the records with any of the values',
      { errorCode: ['AccessDenied', 'Client.UnauthorizedOperation'] },
      texts('AccessDenied', 'Client.UnauthorizedOperation'),
    ],
    ['the records with the name of a field that is seldom there', { errorCode: ['x'] }, texts('errorCode')],
    [
      'the records with the longest piece of a wildcard',
      { userAgent: [{ wildcard: 'aws-*terraform*' }] },
      texts('terraform'),
    ],
    [
      'what a field has where its value is told by its length or case',
      { userAgent: [{ 'equals-ignore-case': 'curl/8' }] },
      fields([['userAgent', { 'equals-ignore-case': 'curl/8' }]]),
    ],
    ['every record where a value may be missing', { errorCode: [{ exists: false }] }, { kind: 'all' }],
    [
      'what a field has that is the same in most records',
      { eventCategory: ['Management'] },
      fields([['eventCategory', 'Management']]),
    ],
    [
      'the texts of all alternatives',
      { $or: [{ userIdentity: { type: ['Root'] } }, { errorCode: ['AccessDenied'] }] },
      texts('Root', 'AccessDenied'),
    ],
  ])('is %s', (_, pattern, expected) => {
    expect(candidates(pattern)).toEqual(expected);
  });

  it('looks below detail for a pattern of the event that carries the record', () => {
    expect(candidates({ detail: { eventName: ['A'] } }, 'detail')).toEqual(names('A'));
    expect(candidates({ detail: { eventName: ['A'] } })).toEqual(fields([['detail.eventName', 'A']]));
    expect(candidates({ region: ['a'], detail: { readOnly: [true] } }, 'detail')).toEqual(
      fields([
        ['readOnly', true],
        ['awsRegion', 'a'],
      ]),
    );
    expect(candidates({ 'detail-type': ['A'] }, 'detail')).toEqual({ kind: 'all' });
    expect(candidates({ source: ['aws.iam'] }, 'detail')).toEqual(
      sources('iam.amazonaws.com', 'iam.amazonaws.com.cn', 'iam'),
    );
    expect(candidates({ detail: { userIdentity: { type: ['Root'] } } }, 'detail')).toEqual(texts('Root'));
  });
});
