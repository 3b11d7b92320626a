import { describe, expect, it } from 'vitest';
import { regionOpinion } from '../../src/config/regions.ts';

describe('regionOpinion', () => {
  it.each(['eu-west-1', 'us-gov-east-1', 'cn-northwest-1', 'us-isob-east-1', 'eusc-de-east-1'])(
    'has nothing to say of %s',
    (region) => expect(regionOpinion(region)).toBeUndefined(),
  );

  it.each([
    ['eu-wset-1', '"eu-wset-1" is not a region that AWS published; did you mean eu-west-1?'],
    ['us-est-2', '"us-est-2" is not a region that AWS published; did you mean us-east-2 or us-west-2?'],
  ])('doubts %s, which is close to a known region', (region, message) => {
    expect(regionOpinion(region)).toEqual({ kind: 'doubt', message });
  });

  it('takes a name that is close to none for a region newer than this program', () => {
    expect(regionOpinion('antarctica-pole-1')).toBeUndefined();
  });

  it.each([
    ['eu-west-1b', '"eu-west-1b" is an availability zone; its region is eu-west-1'],
    ['EU-West-1', '"EU-West-1" cannot be a region, such as eu-west-1; did you mean eu-west-1?'],
    ['Ireland', '"Ireland" cannot be a region, such as eu-west-1'],
    ['euwest1', '"euwest1" cannot be a region, such as eu-west-1; did you mean eu-west-1?'],
    ['*', '"*" cannot be a region, such as eu-west-1'],
  ])('refuses %s', (region, message) => {
    expect(regionOpinion(region)).toEqual({ kind: 'problem', message });
  });
});
