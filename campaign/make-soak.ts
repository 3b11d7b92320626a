/** Makes a soak: thirty days in one world, with some thirty deliveries a day, faults by day and rest at night. */

import { FAULT_KINDS } from './aws/fault.ts';
import { between, oneOf, type Random, randomFrom } from './driver/random.ts';
import type { Schedule, WorldEvent } from './schedule.ts';
import { HOME } from './world/account.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Worlds start at eight in the morning. Others act for eleven hours; then the queues come to rest before midnight. */
const BUSY_MS = 11 * HOUR_MS;
/** Five minutes past, so that a skewed clock does not take it for the day before and write that report again. */
const MIDNIGHT_MS = 16 * HOUR_MS + 5 * MINUTE_MS;
const EVENTS_A_DAY = 36;
const MOST_INSTANCES = 12;

/** The soak of a seed. */
export function soakOf(seed: number, days: number): Schedule {
  const random = randomFrom(seed, 'soak');
  const live: number[] = [];
  const events: WorldEvent[] = [];
  let launched = 0;
  for (let day = 0; day < days; day += 1) {
    const times = Array.from({ length: EVENTS_A_DAY }, () => day * DAY_MS + between(random, 5 * MINUTE_MS, BUSY_MS));
    for (const atMs of times.toSorted((a, b) => a - b)) {
      if (live.length === 0 || (live.length < MOST_INSTANCES && random() < 0.35)) {
        launched += 1;
        live.push(launched);
        events.push({ atMs, kind: 'launch', instance: launched, accountId: HOME, tagged: random() < 0.7 });
      } else events.push(changeOf(random, live, atMs));
    }
  }
  const midnights = Array.from({ length: days - 1 }, (_, day) => day * DAY_MS + MIDNIGHT_MS);
  return {
    seed,
    events,
    faults: { kinds: FAULT_KINDS, rate: 0.0005, untilMs: days * DAY_MS, dailyMs: BUSY_MS },
    settings: {
      ...{
        accounts: [HOME],
        sensors: [4, 4],
        graceSeconds: 300,
        launchEvents: true,
        rules: true,
        sweepEveryMs: 6 * HOUR_MS,
      },
      ...{ duplicates: 0.05, skewMs: 1000, late: 0, outageMs: 0, refused: [], refusal: '' },
      endsAfterMs: (days - 1) * DAY_MS + MIDNIGHT_MS + 10 * MINUTE_MS,
      reportsAtMs: midnights,
    },
  };
}

/** Something that happens to an instance. An ended one leaves the list. */
function changeOf(random: Random, live: number[], atMs: number): WorldEvent {
  const instance = oneOf(random, live);
  const kind = oneOf(random, ['tag', 'tag', 'untag', 'delete-session', 'terminate', 'terminate'] as const);
  if (kind === 'terminate') live.splice(live.indexOf(instance), 1);
  return { atMs, kind, instance };
}
