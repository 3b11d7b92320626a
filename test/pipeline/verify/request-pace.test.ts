import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PipelineError } from '../../../src/errors.ts';
import { requestPace } from '../../../src/pipeline/verify/request-pace.ts';

/** A store that asks each request above `most` at the same time to slow down. The client repeats it after a pause. */
function aStore(most: number) {
  const seen = { now: 0, peak: 0, requests: 0 };
  const fetch = async (): Promise<{ readonly attempts: number }> => {
    for (let attempts = 1; ; attempts += 1) {
      seen.now += 1;
      seen.requests += 1;
      seen.peak = Math.max(seen.peak, seen.now);
      const isTooMany = seen.now > most;
      for (let turn = 0; turn < 3; turn += 1) await setImmediate();
      seen.now -= 1;
      if (!isTooMany) return { attempts };
      for (let turn = 0; turn < 3 * attempts; turn += 1) await setImmediate();
    }
  };
  return { seen, fetch };
}

/** A small part of an organisation's day. */
const FILES = 20_000;

const wasSlowed = ({ attempts }: { readonly attempts: number }): boolean => attempts > 1;

describe('the pace of requests', () => {
  it('rises from 8 to 64 at the same time, and not above', async () => {
    const { seen, fetch } = aStore(1000);
    const pace = requestPace();
    expect(pace.atOnce()).toBe(8);
    await Promise.all(Array.from({ length: 1000 }, () => pace(fetch, wasSlowed)));
    expect([pace.atOnce(), seen.peak, seen.requests]).toEqual([64, 64, 1000]);
  });

  it.each([5, 20, 50])(
    'settles near the %i that the store answers, with 1.02 requests a file at most',
    async (most) => {
      const { seen, fetch } = aStore(most);
      const pace = requestPace();
      await Promise.all(Array.from({ length: FILES }, () => pace(fetch, wasSlowed)));
      expect(pace.atOnce()).toBeLessThanOrEqual(most + 1);
      expect(pace.atOnce()).toBeGreaterThanOrEqual(Math.floor(most / 2) - 1);
      expect(seen.requests / FILES).toBeLessThanOrEqual(1.02);
    },
  );

  it('makes 1.02 requests a file at most with two processes that share a bucket', async () => {
    const { seen, fetch } = aStore(20);
    const paces = [requestPace(32), requestPace(32)];
    await Promise.all(
      Array.from({ length: FILES }, (_, file) => (file % 2 === 0 ? paces[0] : paces[1])?.(fetch, wasSlowed)),
    );
    expect(seen.requests / FILES).toBeLessThanOrEqual(1.02);
  });

  it('halves for a fault that may pass, and not for another', async () => {
    const failing = (retryable: boolean) => () =>
      Promise.reject(new PipelineError('log-unreadable', 'no', { retryable }));
    const pace = requestPace();
    await expect(pace(failing(false))).rejects.toThrow('no');
    expect(pace.atOnce()).toBe(8);
    await expect(pace(failing(true))).rejects.toThrow('no');
    expect(pace.atOnce()).toBe(4);
  });

  it('never stops, and rises again', async () => {
    const pace = requestPace();
    for (let at = 0; at < 100; at += 1) await pace(async () => ({ attempts: 3 }), wasSlowed);
    expect(pace.atOnce()).toBe(1);
    for (let at = 0; at < 10_000; at += 1) await pace(async () => ({ attempts: 1 }), wasSlowed);
    expect(pace.atOnce()).toBe(64);
  });
});
