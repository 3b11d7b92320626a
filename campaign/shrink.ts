/** Makes a failing schedule smaller: leaves out faults and events as long as the same invariant still breaks. */

import type { Schedule } from './schedule.ts';
import type { WorkerAnswer } from './worker.ts';

/** Runs a schedule. */
export type Try = (schedule: Schedule) => Promise<WorkerAnswer>;

/** The most runs that shrinking may take. */
const MOST_RUNS = 250;

/** The smallest schedule that was found to break `invariant`, and its answer. */
export async function shrunk(failed: WorkerAnswer, invariant: string, run: Try): Promise<WorkerAnswer> {
  let best = failed;
  let runs = 0;
  const attempt = async (schedule: Schedule): Promise<boolean> => {
    if (runs >= MOST_RUNS) return false;
    runs += 1;
    const answer = await run(schedule);
    if (!answer.violations.some((each) => each.invariant === invariant)) return false;
    best = answer;
    return true;
  };

  // From here on the faults are those that were hit, and no longer drawn.
  await attempt({ ...failed.schedule, faults: { at: failed.hit } });
  for (const settings of simplerSettings(best.schedule)) await attempt({ ...best.schedule, settings });
  for (let before = -1; before !== sizeOf(best.schedule) && runs < MOST_RUNS; ) {
    before = sizeOf(best.schedule);
    await without(
      () => best.schedule.events,
      (events) => attempt({ ...best.schedule, events }),
    );
    const { faults } = best.schedule;
    if ('at' in faults)
      await without(
        () => ('at' in best.schedule.faults ? best.schedule.faults.at : []),
        (at) => attempt({ ...best.schedule, faults: { at } }),
      );
  }
  return best;
}

function simplerSettings({ settings }: Schedule): readonly Schedule['settings'][] {
  const calmer = [{ duplicates: 0 }, { skewMs: 0 }, { duplicates: 0, skewMs: 0 }];
  return calmer.map((each) => ({ ...settings, ...each }));
}

function sizeOf({ events, faults }: Schedule): number {
  return events.length + ('at' in faults ? faults.at.length : 1000);
}

/** Leaves out halves, then quarters, down to single items, keeping each removal that still fails. */
async function without<T>(
  current: () => readonly T[],
  attempt: (items: readonly T[]) => Promise<boolean>,
): Promise<void> {
  for (let size = Math.ceil(current().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < current().length; ) {
      const items = current();
      if (!(await attempt([...items.slice(0, at), ...items.slice(at + size)]))) at += size;
    }
  }
}
