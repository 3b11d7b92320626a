/** Gives some seeds' worlds a theme: more kinds of things happen there. Everything else about the seed stays as it would be. */

import type { FaultKind } from './aws/fault.ts';
import { between, oneOf, type Random, randomFrom } from './driver/random.ts';
import type { Schedule, WorldEvent } from './schedule.ts';

const MINUTE_MS = 60_000;
/** Others act until then. */
const BUSY_MS = 100 * MINUTE_MS;

/** What a world has besides instances with one interface that run until their end. */
export type Theme = 'lives' | 'tasks' | 'on-demand' | 'suspicion';

/** By the last digit but one of the seed. */
const THEMES: Readonly<Record<number, Theme>> = { 4: 'lives', 5: 'tasks', 6: 'on-demand', 8: 'suspicion' };

/** The theme of a seed's world; undefined for most. */
export function themeOf(seed: number): Theme | undefined {
  return THEMES[Math.floor(seed / 10) % 10];
}

/** The schedule with what the theme of its seed adds. Chance is drawn from a stream of its own. */
export function themed(schedule: Schedule): Schedule {
  const theme = themeOf(schedule.seed);
  if (theme === undefined) return schedule;
  const random = randomFrom(schedule.seed, 'theme');
  const { settings, events, faults = schedule.faults } = ADDED[theme](schedule, random);
  return { ...schedule, settings, events: events.toSorted((a, b) => a.atMs - b.atMs), faults };
}

/** Without faults, those of the seed stay. */
type Part = Pick<Schedule, 'settings' | 'events'> & Partial<Pick<Schedule, 'faults'>>;

/** Between a launch and its target, a run may die. */
const SENSOR_AIMS: Readonly<Record<string, readonly FaultKind[]>> = {
  RunInstances: ['killed-after', 'answer-lost', 'silent-but-done'],
  CreateTrafficMirrorTarget: ['killed-before', 'server-error', 'killed-after', 'answer-lost'],
};

const ADDED: Readonly<Record<Theme, (schedule: Schedule, random: Random) => Part>> = {
  /** Instances have several interfaces, get and lose some, and are stopped and started. */
  lives: ({ settings, events }, random) => ({
    settings,
    events: events.flatMap((event) => (event.kind === 'launch' ? livesOf(event, random) : [event])),
  }),
  /** Fargate tasks come and go. */
  tasks: ({ settings, events }, random) => ({ settings, events: [...events, ...tasksOf(settings, random, 1)] }),

  /** Sensors are launched for those that have no room. Sometimes it takes two. */
  'on-demand'({ settings, events, faults }, random) {
    const sensors = oneOf(random, [[], [], [1], [2]]);
    const all = [...events, ...(random() < 0.3 ? fleetOf(settings, random) : [])];
    return {
      settings: { ...settings, sensors, onDemand: true },
      events: [...all, ...all.flatMap((event) => shortLived(event, random))],
      ...('aims' in faults && { faults: { ...faults, aims: SENSOR_AIMS } }),
    };
  },

  /** GuardDuty suspects instances and tasks, some of them again and again. */
  suspicion({ settings, events }, random) {
    const all = [...events, ...tasksOf(settings, random, 0)];
    return {
      settings: { ...settings, suspicionHours: oneOf(random, [0.5, 1, 2, 3]) },
      events: all.flatMap((event) => {
        if (event.kind !== 'launch' && event.kind !== 'task') return [event];
        return [event, ...suspicionsOf(event, random)];
      }),
    };
  },
};

function tasksOf({ accounts }: Schedule['settings'], random: Random, least: number): readonly WorldEvent[] {
  const numbers = Array.from({ length: between(random, least, least + 3) }, (_, index) => index + 1);
  return numbers.flatMap((task) => taskOf(task, oneOf(random, accounts), random));
}

/** Many instances within minutes, more than one sensor takes. */
function fleetOf({ accounts }: Schedule['settings'], random: Random): readonly WorldEvent[] {
  const [accountId, from] = [oneOf(random, accounts), between(random, 2, 60) * MINUTE_MS];
  return Array.from({ length: between(random, 8, 14) }, (_, index) => {
    const atMs = from + Math.floor(3 * MINUTE_MS * random());
    return { atMs, kind: 'launch', instance: 101 + index, accountId, tagged: true };
  });
}

/** Some instances end within minutes: nothing uses a sensor then whose launch for them was interrupted. */
function shortLived(launch: WorldEvent, random: Random): readonly WorldEvent[] {
  if (launch.kind !== 'launch' || random() >= 0.3) return [];
  const { instance } = launch;
  return [{ atMs: launch.atMs + between(random, 30_000, 4 * MINUTE_MS), kind: 'terminate', instance }];
}

function suspicionsOf(start: Extract<WorldEvent, { kind: 'launch' | 'task' }>, random: Random): readonly WorldEvent[] {
  const count = oneOf(random, [0, 1, 1, 2, 3]);
  return Array.from({ length: count }, () => {
    const atMs = between(random, start.atMs + 5000, BUSY_MS);
    if (start.kind === 'task') return { atMs, kind: 'task-suspect', task: start.task };
    return { atMs, kind: 'suspect', instance: start.instance };
  });
}

function taskOf(task: number, accountId: string, random: Random): readonly WorldEvent[] {
  const startedAt = between(random, 2 * MINUTE_MS, 60 * MINUTE_MS);
  const events: WorldEvent[] = [{ atMs: startedAt, kind: 'task', task, accountId, tagged: random() < 0.5 }];
  const later = (): number => between(random, startedAt + MINUTE_MS, BUSY_MS);
  if (random() < 0.4) events.push({ atMs: later(), kind: 'task-unmirror', task });
  // Some end before anybody can have looked.
  const stopAt = random() < 0.2 ? startedAt + between(random, 1000, 90_000) : later();
  if (random() < 0.6) events.push({ atMs: stopAt, kind: 'task-stop', task });
  return events;
}

function livesOf(launch: Extract<WorldEvent, { kind: 'launch' }>, random: Random): readonly WorldEvent[] {
  const { instance } = launch;
  const later = (): number => between(random, launch.atMs + MINUTE_MS, BUSY_MS);
  const more: WorldEvent[] = [{ ...launch, interfaces: oneOf(random, [1, 1, 2, 3]) }];
  for (let left = between(random, 0, 2); left > 0; left -= 1)
    more.push({ atMs: later(), kind: oneOf(random, ['attach', 'attach', 'detach'] as const), instance });
  if (random() < 0.6) {
    const stopAt = later();
    const startAt = stopAt + oneOf(random, [1, 2, 15, 45, 600]) * MINUTE_MS + Math.floor(random() * MINUTE_MS);
    more.push({ atMs: stopAt, kind: 'stop', instance });
    if (startAt < BUSY_MS) more.push({ atMs: startAt, kind: 'start', instance });
  }
  return more;
}
