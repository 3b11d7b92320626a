/** Makes the schedule of a seed: a small world, some hours of events, and faults that end long before the world does. */

import { FAULT_KINDS, type FaultPlan } from './aws/fault.ts';
import { between, oneOf, type Random, randomFrom } from './driver/random.ts';
import type { Schedule, WorldEvent, WorldSettings } from './schedule.ts';
import { HOME, MEMBER } from './world/account.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Others act until then, and faults end then. */
const BUSY_MS = 100 * MINUTE_MS;
/** A message may be hidden for half an hour, five times. Two sweeps follow. */
const ENDS_AFTER_MS = 7 * HOUR_MS;

/** The schedule of a seed. Every tenth has no faults at all. */
export function scheduleOf(seed: number): Schedule {
  const random = randomFrom(seed, 'schedule');
  const isCalm = seed % 10 === 0;
  const settings = settingsFrom(random, isCalm);
  return { seed, settings, events: eventsFrom(random, settings), faults: isCalm ? { at: [] } : faultsFrom(random) };
}

function settingsFrom(random: Random, isCalm: boolean): WorldSettings {
  return {
    accounts: random() < 0.2 ? [HOME, MEMBER] : [HOME],
    sensors: oneOf(random, [[1], [2], [10], [1, 1], [2, 1]]),
    graceSeconds: oneOf(random, [0, 60, 300, 300, 1800]),
    launchEvents: random() < 0.5,
    sweepEveryMs: 2 * HOUR_MS,
    duplicates: isCalm ? 0 : oneOf(random, [0, 0.05, 0.2]),
    skewMs: isCalm ? 0 : oneOf(random, [0, 0, 2000, 20_000]),
    endsAfterMs: ENDS_AFTER_MS,
  };
}

function eventsFrom(random: Random, { accounts }: WorldSettings): readonly WorldEvent[] {
  const count = between(random, 1, 4);
  const events = Array.from({ length: count }, (_, index) => lifeOf(random, index + 1, accounts)).flat();
  return events.toSorted((a, b) => a.atMs - b.atMs);
}

/** What happens to one instance. */
function lifeOf(random: Random, instance: number, accounts: readonly string[]): readonly WorldEvent[] {
  const launchedAt = between(random, 2 * MINUTE_MS, 50 * MINUTE_MS);
  const later = (): number => between(random, launchedAt + MINUTE_MS, BUSY_MS);
  const kinds = ['tag', 'untag', 'terminate', 'delete-session', 'delete-session', 'foreign-session'] as const;
  const events: WorldEvent[] = [
    { atMs: launchedAt, kind: 'launch', instance, accountId: oneOf(random, accounts), tagged: random() < 0.5 },
  ];
  for (let left = between(random, 0, 3); left > 0; left -= 1)
    events.push({ atMs: later(), kind: oneOf(random, kinds), instance });
  if (random() < 0.1) events.push({ atMs: later(), kind: 'sweep' });
  return events;
}

function faultsFrom(random: Random): FaultPlan {
  const kinds =
    random() < 0.3 ? FAULT_KINDS : Array.from({ length: between(random, 1, 3) }, () => oneOf(random, FAULT_KINDS));
  return { kinds, rate: oneOf(random, [0.003, 0.01, 0.03, 0.08]), untilMs: BUSY_MS };
}
