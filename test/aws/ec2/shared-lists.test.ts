import { describe, expect, it } from 'vitest';
import { ageingCache } from '../../../src/aws/ec2/cache.ts';
import { SHARED_LIST_MS, sharedCache } from '../../../src/aws/ec2/shared-lists.ts';
import type { LedgerTable } from '../../../src/aws/ledger/dynamodb-table.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';

const KEY = '111122223333:eu-west-1:Subnets';

/** Two functions on one table and one clock. */
function twoFunctions(table: Pick<LedgerTable, 'get' | 'put'> = memoryTable()) {
  const clock = { ms: 1_000_000 };
  const now = (): number => clock.ms;
  const isShared = (key: string): boolean => key.endsWith(':Subnets');
  const aCache = (use: 'publish' | 'take') => sharedCache(ageingCache(60_000, now), { table, use, isShared, now });
  return { clock, aCache, finds: aCache('publish'), repairs: aCache('take') };
}

const list =
  (...names: readonly string[]) =>
  async () =>
    names;

describe('a list that one function has read', () => {
  it('is taken over by the one that repairs, which reads nothing', async () => {
    const { finds, repairs, clock } = twoFunctions();
    await finds.get(KEY, list('a', 'b'));
    clock.ms += SHARED_LIST_MS - 1;
    expect(await repairs.get(KEY, list('read'))).toEqual(['a', 'b']);
  });

  it.each<[string, (functions: ReturnType<typeof twoFunctions>) => Promise<unknown>]>([
    [
      'when it is too old',
      async ({ repairs, clock }) => {
        clock.ms += SHARED_LIST_MS;
        return repairs.get(KEY, list('read'));
      },
    ],
    ['when a fresh one is wanted', ({ repairs }) => repairs.get(KEY, list('read'), true)],
    [
      'when it was dropped',
      ({ repairs }) => {
        repairs.forget(KEY);
        return repairs.get(KEY, list('read'));
      },
    ],
    ['by another function that finds', ({ aCache }) => aCache('publish').get(KEY, list('read'))],
    ['when it is of another account', ({ repairs }) => repairs.get('444455556666:eu-west-1:Subnets', list('read'))],
    [
      'when it is of a kind that changes quickly',
      ({ repairs }) => repairs.get('111122223333:eu-west-1:Sessions', list('read')),
    ],
  ])('is read again %s', async (_when, again) => {
    const functions = twoFunctions();
    await functions.finds.get(KEY, list('a'));
    await functions.finds.get('111122223333:eu-west-1:Sessions', list('a'));
    expect(await again(functions)).toEqual(['read']);
  });

  it('is read again when the table fails or holds something else', async () => {
    const fails = async (): Promise<never> => {
      throw new Error('throttled');
    };
    const failing = twoFunctions({ get: fails, put: fails });
    expect(await failing.finds.get(KEY, list('a'))).toEqual(['a']);
    expect(await failing.repairs.get(KEY, list('read'))).toEqual(['read']);
    const broken = twoFunctions({
      get: async () => [{ pk: 'p', sk: 's', version: 0, body: '{' }],
      put: () => Promise.resolve(),
    });
    expect(await broken.repairs.get(KEY, list('read'))).toEqual(['read']);
  });
});
