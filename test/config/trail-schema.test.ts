import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';

const parse = (trail: object) => parseConfig(JSON.stringify({ trail }), 'config.json');

describe('trail', () => {
  it('takes buckets by name, and with their owner', () => {
    expect(parse({ buckets: ['logs', { name: 'others', accountId: '111122223333' }] }).trail).toEqual({
      ...{ buckets: ['logs', 'others'], topics: [], accounts: [] },
      bucketOwners: { others: '111122223333' },
    });
  });

  it('has the hash of earlier versions if nothing new is set', () => {
    const { trail } = parse({ buckets: ['logs'], accounts: ['111122223333'] });
    expect(trail).toStrictEqual({ buckets: ['logs'], topics: [], accounts: ['111122223333'] });
  });

  it.each([[''], ['central'], ['central/'], ['o-abcdefghij'], ['a/b c/d']])('takes the prefix %j', (prefix) => {
    expect(parse({ prefixes: [prefix] }).trail.prefixes).toEqual([prefix]);
  });

  it.each([['/central'], ['../up'], ['a/./b'], ['central/AWSLogs'], ['AWSLogs/']])(
    'refuses the prefix %j',
    (prefix) => {
      expect(() => parse({ prefixes: [prefix] })).toThrow('must end before AWSLogs/');
    },
  );

  it.each([
    ['an owner that is no account', { name: 'logs', accountId: '12' }],
    ['a name that is no bucket’s', { name: 's3://logs', accountId: '111122223333' }],
    ['no owner', { name: 'logs' }],
  ])('refuses a bucket with %s', (_, bucket) => {
    expect(() => parse({ buckets: [bucket] })).toThrow('trail.buckets[0]');
  });
});
