import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeTags, type KnownTags, type RequiredTag } from '../../src/audit/tag-policy.ts';

const known = (values: Readonly<Record<string, string | null>>, rest: KnownTags['rest'] = 'absent'): KnownTags => ({
  values: new Map(Object.entries(values)),
  rest,
});
const required = (key: string, more: Partial<RequiredTag> = {}): RequiredTag => ({ key, allowEmpty: false, ...more });

const owner = required('Owner', { pattern: '^[^@]+@example\\.com$' });
const stage = required('Stage', { values: ['prod', 'test'] });

describe('judgeTags', () => {
  it.each<[string, RequiredTag, KnownTags, string | null]>([
    ['present', required('A'), known({ A: '1' }), null],
    ['missing', required('A'), known({}), 'is missing'],
    ['removed', required('A'), known({ A: null }), 'is missing'],
    ['empty', required('A'), known({ A: '' }), 'is empty'],
    ['empty, if that is allowed', required('A', { allowEmpty: true }), known({ A: '' }), null],
    [
      'present in another case',
      required('CostCenter'),
      known({ costcenter: '1' }),
      'is missing (there is "costcenter"; keys are case-sensitive)',
    ],
    ['one of the allowed values', stage, known({ Stage: 'prod' }), null],
    ['none of the allowed values', stage, known({ Stage: 'Prod' }), 'has a value that is not one of prod, test'],
    ['matching the pattern', owner, known({ Owner: 'dana@example.com' }), null],
    [
      'not matching the pattern',
      owner,
      known({ Owner: 'dana' }),
      'has a value that does not match ^[^@]+@example\\.com$',
    ],
    [
      'longer than a tag can be',
      owner,
      known({ Owner: `${'x'.repeat(300)}@example.com` }),
      'has a value that does not match ^[^@]+@example\\.com$',
    ],
  ])('judges a tag that is %s', (_, tag, tags, problem) => {
    expect(judgeTags(tags, { requiredTags: [tag] })).toEqual({
      violations: problem === null ? [] : [{ key: tag.key, problem }],
      unknownKeys: [],
    });
  });

  it('does not guess: a key about which nothing is known neither violates the policy nor passes', () => {
    expect(judgeTags(known({ A: '1' }, 'unknown'), { requiredTags: [required('A'), required('B')] })).toEqual({
      violations: [],
      unknownKeys: ['B'],
    });
  });

  it('is certain about a known key even if others are unknown', () => {
    expect(judgeTags(known({ A: null }, 'unknown'), { requiredTags: [required('A'), required('B')] })).toEqual({
      violations: [{ key: 'A', problem: 'is missing' }],
      unknownKeys: ['B'],
    });
  });

  it('makes every required key a violation, unknown or compliant, for any tags', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('A', 'B', 'a'), fc.option(fc.string(), { nil: null })),
        fc.constantFrom<KnownTags['rest']>('absent', 'unknown'),
        (values, rest) => {
          const { violations, unknownKeys } = judgeTags(known(values, rest), {
            requiredTags: [required('A'), required('B')],
          });
          const met = ['A', 'B'].filter((key) => (values[key] ?? '') !== '');
          expect([...violations.map(({ key }) => key), ...unknownKeys, ...met].toSorted()).toEqual(['A', 'B']);
          if (rest === 'absent') expect(unknownKeys).toEqual([]);
        },
      ),
    );
  });
});
