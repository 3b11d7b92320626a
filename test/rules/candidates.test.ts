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
    ['every record where a name may be another', { eventName: ['A', { suffix: 'B' }] }, { kind: 'all' }],
    ['every record where the name may be absent', { eventName: ['A', { exists: false }] }, { kind: 'all' }],
    ['every record for all names but one', { eventName: [{ 'anything-but': 'A' }] }, { kind: 'all' }],
    ['every record for a number', { eventName: [1] }, { kind: 'all' }],
    [
      'every record without both and without a text that is long enough',
      { userIdentity: { type: ['x'] } },
      { kind: 'all' },
    ],
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
      'every record where a value is told by its length or case',
      { userAgent: [{ 'equals-ignore-case': 'curl/8' }] },
      { kind: 'all' },
    ],
    ['every record where a value may be missing', { errorCode: [{ exists: false }] }, { kind: 'all' }],
    ['every record for what most records have', { eventCategory: ['Management'] }, { kind: 'all' }],
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
    expect(candidates({ detail: { eventName: ['A'] } })).toEqual({ kind: 'all' });
    expect(candidates({ source: ['aws.iam'] }, 'detail')).toEqual(
      sources('iam.amazonaws.com', 'iam.amazonaws.com.cn', 'iam'),
    );
    expect(candidates({ detail: { userIdentity: { type: ['Root'] } } }, 'detail')).toEqual(texts('Root'));
  });
});
