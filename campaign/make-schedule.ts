/** Makes the schedule of a seed: a small world, some hours of events, and faults that end long before the world does. */

import { FAULT_KINDS, type FaultKind, type FaultPlan } from './aws/fault.ts';
import { between, oneOf, type Random, randomFrom } from './driver/random.ts';
import { themed } from './make-themes.ts';
import type { Schedule, WorldEvent, WorldSettings } from './schedule.ts';
import { HOME, MEMBER } from './world/account.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Others act until then. */
const BUSY_MS = 100 * MINUTE_MS;
/** Faults end then: after the second sweep. */
const FAULTS_MS = 125 * MINUTE_MS;
/** A message may be hidden for half an hour, five times. Two sweeps follow. */
const ENDS_AFTER_MS = 7 * HOUR_MS;

/** What a seed's world is mostly about. */
export type Mode =
  | 'calm'
  | 'faulty'
  | 'critical'
  | 'aimed'
  | 'one-fault'
  | 'repairs-stop'
  | 'refused'
  | 'flood'
  | 'late'
  | 'configured';

/** By the last digit of the seed. Faults are what most seeds are for. */
const MODES: readonly Mode[] = [
  ...(['calm', 'faulty', 'critical', 'one-fault', 'faulty', 'repairs-stop', 'refused', 'aimed', 'late'] as const),
  'configured',
];
/** Codes that every attempt at a session gets, and one that nobody has heard of. */
const REFUSALS = [
  'TrafficMirrorSessionLimitExceeded',
  'InvalidParameterValue',
  'UnsupportedOperation',
  'OperationNotPermitted',
  'UnauthorizedOperation',
  'SomethingNobodyKnows',
];

/** The modes whose worlds always have their sweeps. In others, sometimes nothing but deliveries brings news. */
const SWEPT: readonly Mode[] = ['calm', 'flood', 'refused', 'repairs-stop', 'configured'];
const NOT_DONE = ['throttled', 'server-error', 'reset', 'killed-before'] as const;
const DONE = ['answer-lost', 'answered-with-500', 'silent-but-done', 'killed-after'] as const;
/** The calls after which nothing may be lost or done twice, each failing in both ways. */
const CRITICAL: Readonly<Record<string, readonly FaultKind[]>> = Object.fromEntries(
  [
    ...['CreateTrafficMirrorSession', 'Publish', 'SendMessage', 'TransactWriteItems', 'PutItem', 'DeleteItem'],
    'ChangeMessageVisibility',
  ].map((operation) => [operation, [...NOT_DONE, ...DONE]]),
);
/** One operation, or two that depend on each other, go wrong half of the time. */
const AIMS: readonly Readonly<Record<string, readonly FaultKind[]>>[] = [
  { Publish: NOT_DONE },
  { Publish: DONE },
  { CreateTrafficMirrorSession: DONE, DescribeTrafficMirrorSessions: ['stale'] },
  { CreateTrafficMirrorSession: NOT_DONE },
  { SendMessage: NOT_DONE },
  { SendMessage: DONE },
  { TransactWriteItems: NOT_DONE },
  { TransactWriteItems: DONE },
  {
    BatchGetItem: ['small-page'],
    DescribeInstances: ['small-page'],
    DescribeNetworkInterfaces: ['small-page'],
    Query: ['small-page'],
  },
  { DescribeInstances: NOT_DONE, DescribeNetworkInterfaces: NOT_DONE, GetObject: NOT_DONE },
];

/** The mode of a seed. */
export function modeOf(seed: number): Mode {
  if (seed % 50 === 25) return 'flood';
  return MODES[seed % 10] ?? 'faulty';
}

/** The schedule of a seed. */
export function scheduleOf(seed: number): Schedule {
  const random = randomFrom(seed, 'schedule');
  const mode = modeOf(seed);
  const settings = settingsFrom(random, mode);
  const events = mode === 'flood' ? floodFrom(random, settings) : eventsFrom(random, settings, mode);
  return themed({ seed, settings, events, faults: faultsFrom(random, mode) });
}

function settingsFrom(random: Random, mode: Mode): WorldSettings {
  const isReliable = mode === 'calm' || mode === 'flood';
  const base = {
    accounts: random() < 0.2 && mode !== 'flood' ? [HOME, MEMBER] : [HOME],
    sensors: oneOf(random, [[1], [2], [10], [1, 1], [2, 1]]),
    graceSeconds: oneOf(random, [0, 60, 300, 300, 1800]),
    launchEvents: random() < 0.5,
    rules: SWEPT.includes(mode) || random() < 0.7,
    sweepEveryMs: SWEPT.includes(mode) || random() < 0.6 ? 2 * HOUR_MS : 24 * HOUR_MS,
    duplicates: isReliable ? 0 : oneOf(random, [0, 0.05, 0.2]),
    skewMs: isReliable ? 0 : oneOf(random, [0, 0, 2000, 20_000]),
  };
  const repairs = { outageMs: 0, refused: [] as readonly number[], refusal: oneOf(random, REFUSALS) };
  if (mode === 'repairs-stop') repairs.outageMs = oneOf(random, [HOUR_MS, ENDS_AFTER_MS]);
  if (mode === 'refused') repairs.refused = random() < 0.5 ? [1] : [1, 2];
  if (mode === 'refused') base.sensors = [10];
  // EC2 itself refuses the eleventh source of a target. Smaller capacities are ours to keep.
  if (mode === 'flood') base.sensors = random() < 0.4 ? [4, 3] : [10];
  return { ...base, ...repairs, endsAfterMs: ENDS_AFTER_MS, reportsAtMs: [], late: mode === 'late' ? 0.4 : 0 };
}

function eventsFrom(random: Random, { accounts }: WorldSettings, mode: Mode): readonly WorldEvent[] {
  const count = mode === 'refused' ? between(random, 2, 5) : between(random, 1, 4);
  const events = Array.from({ length: count }, (_, index) => lifeOf(random, index + 1, accounts)).flat();
  if (mode === 'configured') {
    for (let at = between(random, 20, 60) * MINUTE_MS; at < BUSY_MS; at += between(random, 20, 60) * MINUTE_MS)
      events.push({ atMs: at, kind: 'require', tags: oneOf(random, [['CostCenter'], ['CostCenter', 'Team'], []]) });
  }
  return events.toSorted((a, b) => a.atMs - b.atMs);
}

/** What happens to one instance. */
function lifeOf(random: Random, instance: number, accounts: readonly string[]): readonly WorldEvent[] {
  const launchedAt = between(random, 2 * MINUTE_MS, 50 * MINUTE_MS);
  const later = (): number => between(random, launchedAt + MINUTE_MS, BUSY_MS);
  const kinds = [
    'tag',
    'untag',
    'terminate',
    'delete-session',
    'delete-session',
    'foreign-session',
    'foreign-hook',
  ] as const;
  const [accountId, tagged, silent] = [oneOf(random, accounts), random() < 0.5, random() < 0.15];
  const events: WorldEvent[] = [{ atMs: launchedAt, kind: 'launch', instance, accountId, tagged, silent }];
  for (let left = between(random, 0, 3); left > 0; left -= 1)
    events.push({ atMs: later(), kind: oneOf(random, kinds), instance });
  if (random() < 0.1) events.push({ atMs: later(), kind: 'sweep' });
  return events;
}

/** More untagged instances than one mail should list, within minutes or a quarter of an hour. */
function floodFrom(random: Random, { accounts }: WorldSettings): readonly WorldEvent[] {
  const [accountId, from] = [oneOf(random, accounts), between(random, 2, 20) * MINUTE_MS];
  const within = oneOf(random, [1, 5, 14]) * MINUTE_MS;
  const launch = (instance: number): WorldEvent => {
    const atMs = from + Math.floor(within * random());
    return { atMs, kind: 'launch', instance, accountId, tagged: random() < 0.1 };
  };
  const events = Array.from({ length: between(random, 55, 80) }, (_, index) => launch(index + 1));
  return events.toSorted((a, b) => a.atMs - b.atMs);
}

function faultsFrom(random: Random, mode: Mode): FaultPlan {
  if (mode === 'calm' || mode === 'flood' || mode === 'repairs-stop' || mode === 'refused') return { at: [] };
  const some = Array.from({ length: between(random, 1, 3) }, () => oneOf(random, FAULT_KINDS));
  const kinds = random() < 0.3 ? FAULT_KINDS : some;
  const common = { untilMs: FAULTS_MS, streaks: random() < 0.5 };
  if (mode === 'critical') return { ...common, aims: CRITICAL, rate: oneOf(random, [0.03, 0.1, 0.2]) };
  if (mode === 'aimed') return { ...common, aims: oneOf(random, AIMS), rate: 0.5 };
  const rate =
    mode === 'one-fault'
      ? 0.0015
      : mode === 'faulty'
        ? oneOf(random, [0.003, 0.01, 0.03, 0.08])
        : oneOf(random, [0, 0.003]);
  return { kinds, rate, untilMs: FAULTS_MS };
}
