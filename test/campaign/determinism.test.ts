/** A seed says everything about a run: two runs in different processes make the same calls at the same virtual times. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, buildAll } from '../../campaign/build.ts';
import { scheduleOf } from '../../campaign/make-schedule.ts';
import { type Runner, runnerOf } from '../../campaign/pool.ts';

describe('a schedule of the fault campaign', () => {
  let built: Built;
  let first: Runner;
  let second: Runner;
  beforeAll(async () => {
    built = await buildAll();
    first = runnerOf(built);
    second = runnerOf(built);
  }, 60_000);
  afterAll(() => {
    first.stop();
    second.stop();
    built.remove();
  });

  it('replays call by call in another process, with faults, duplicates and skewed clocks', async () => {
    const seed = 21;
    const once = await first.run({ seed, trace: true });
    await second.run({ seed: 10 });
    const again = await second.run({ seed, trace: true });
    expect(once.hit.length).toBeGreaterThan(10);
    expect(once.calls).toBeGreaterThan(500);
    expect(again.trace).toEqual(once.trace);
    expect(again.fingerprint).toBe(once.fingerprint);
  }, 120_000);

  it('runs the same when its drawn faults are given one by one', async () => {
    const seed = 11;
    const drawn = await first.run({ seed });
    const given = await first.run({ seed, schedule: { ...scheduleOf(seed), faults: { at: drawn.hit } } });
    expect(given.fingerprint).toBe(drawn.fingerprint);
  }, 120_000);
});
