/** Runs a schedule: the handlers of the built zip in a world of their own, in virtual time, to its end. */

import type { FunctionName } from './driver/functions.ts';
import { forgetTimers, quiet } from './driver/process.ts';
import type { Wire } from './driver/wire.ts';
import type { Schedule } from './schedule.ts';
import { openWorld, START_AT, timeOf, type World } from './world/world.ts';

/** Everything that a run left behind, for the judge. */
export interface Run extends Pick<World, 'cloud' | 'truth' | 'trace' | 'hit' | 'lostEvents'> {
  readonly schedule: Schedule;
  readonly startAt: number;
  readonly invocations: ReadonlyMap<FunctionName, number>;
}

/** Where the process's one wire leads: the world that runs. */
export const currentWire: { wire: Wire | undefined } = { wire: undefined };

/** More steps than any world takes. A world that takes them never comes to rest. */
const MOST_STEPS = 5_000_000;

/** Runs a schedule against the unpacked zip in `folder`. Throws Error if the world does not come to rest. */
export async function simulate(schedule: Schedule, folder: string): Promise<Run> {
  const work = new Set<Promise<unknown>>();
  const world = openWorld(schedule, { folder, busyWith: (promise) => work.add(promise) });
  currentWire.wire = world.wire;
  const endAt = START_AT + schedule.settings.endsAfterMs;
  for (let steps = 0; world.clock.step(endAt); steps += 1) {
    if (steps > MOST_STEPS) throw new Error(`seed ${schedule.seed} does not come to rest`);
    await Promise.all(work);
    work.clear();
    await quiet();
  }
  currentWire.wire = undefined;
  forgetTimers();
  const { cloud, truth, trace, hit, lostEvents, lambda } = world;
  return { schedule, startAt: START_AT, cloud, truth, trace, hit, invocations: lambda.counts, lostEvents };
}

export { timeOf };
