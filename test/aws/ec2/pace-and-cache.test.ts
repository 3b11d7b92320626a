import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageingCache } from '../../../src/aws/ec2/cache.ts';
import { tokenBucket } from '../../../src/aws/ec2/pace.ts';

/** A clock that only moves when something sleeps, and the times at which calls started. */
async function paced(calls: readonly number[], burst: number, perSecond: number): Promise<readonly number[]> {
  let at = 0;
  const sleep = async (ms: number): Promise<void> => {
    at += ms;
  };
  const pace = tokenBucket({ burst, perSecond, now: () => at, sleep });
  const out: number[] = [];
  for (const gap of calls) {
    at += gap;
    await pace.take('key');
    out.push(at);
  }
  return out;
}

describe('tokenBucket', () => {
  it('starts a burst at once and spaces out the calls after it', async () => {
    expect(await paced([0, 0, 0, 0, 0], 3, 4)).toEqual([0, 0, 0, 250, 500]);
  });

  it('refills while there are no calls', async () => {
    expect(await paced([0, 0, 1000, 0, 0], 2, 2)).toEqual([0, 0, 1000, 1000, 1500]);
  });

  it('never starts more calls in a period than the burst plus the refill', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(900), { maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(1, 2, 4, 5, 10),
        async (gaps, burst, perSecond) => {
          const out = await paced(gaps, burst, perSecond);
          for (const [from, start] of out.entries()) {
            for (const [to, end] of out.entries()) {
              if (to < from) continue;
              expect(to - from + 1).toBeLessThanOrEqual(burst + ((end - start) * perSecond) / 1000 + 0.01);
            }
          }
        },
      ),
    );
  });

  it('has a separate bucket for each key', async () => {
    const waits: number[] = [];
    const pace = tokenBucket({ burst: 1, perSecond: 1, now: () => 0, sleep: async (ms) => void waits.push(ms) });
    for (const key of ['a', 'b', 'a']) await pace.take(key);
    expect(waits).toEqual([1000]);
  });
});

describe('ageingCache', () => {
  it('reads once while a value is recent, and shares a read in progress', async () => {
    let [at, reads] = [0, 0];
    const cache = ageingCache(60, () => at);
    const read = async () => (reads += 1);
    expect(await Promise.all([cache.get('k', read), cache.get('k', read), cache.get('other', read)])).toEqual([
      1, 1, 2,
    ]);
    at = 59;
    expect(await cache.get('k', read)).toBe(1);
    at = 60;
    expect(await cache.get('k', read)).toBe(3);
  });

  it('does not cache failures', async () => {
    const cache = ageingCache(60, () => 0);
    await expect(cache.get('k', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.get('k', async () => 'yes')).toBe('yes');
  });
});
