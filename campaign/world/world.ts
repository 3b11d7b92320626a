/** A world: the stack as template.json deploys it, AWS around it, and everybody else, all on one clock. */

import { Cloud } from '../aws/cloud.ts';
import { endpointOf } from '../aws/endpoint.ts';
import { type FaultAt, faultsOf } from '../aws/fault.ts';
import { type Clock, virtualClock } from '../driver/clock.ts';
import type { FunctionName } from '../driver/functions.ts';
import { type Lambda, lambdaOf } from '../driver/lambda.ts';
import { chanceAt } from '../driver/random.ts';
import { asynchronous, poller, type SourceOptions } from '../driver/sources.ts';
import type { Wire } from '../driver/wire.ts';
import { type Truth, truthOf } from '../judge/truth.ts';
import type { Schedule } from '../schedule.ts';
import { accountWith, idOf } from './account.ts';
import { actorOn } from './actor.ts';
import { ourChange } from './own-calls.ts';
import {
  CONFIG_OBJECT,
  configOf,
  DELIVERIES,
  queueSettings,
  REMEDIATIONS,
  ruledCalls,
  sensorsOf,
  suspicionSensorOf,
} from './settings.ts';
import { BUCKET, type Trail, trailOf } from './trail.ts';

/** A world that has not begun. */
export interface World {
  readonly clock: Clock;
  readonly cloud: Cloud;
  readonly truth: Truth;
  readonly lambda: Lambda;
  readonly wire: Wire;
  readonly trace: readonly string[];
  readonly hit: readonly FaultAt[];
  /** Events whose retries all failed. */
  readonly lostEvents: readonly { readonly name: FunctionName; readonly event: unknown }[];
}

/** What a world needs from the driver. */
export interface Ground {
  /** Where the zip is unpacked. */
  readonly folder: string;
  /** Takes real work that must be done before time passes. */
  readonly busyWith: (work: Promise<unknown>) => void;
}

/** A Monday. Every world starts then. */
export const START_AT: number = Date.UTC(2026, 2, 2, 8, 0, 0);

const LAUNCHED = 700_000;

/** Builds the world of a schedule and plans everything that will happen in it. */
export function openWorld(schedule: Schedule, ground: Ground): World {
  const { seed, settings } = schedule;
  const clock = virtualClock(START_AT);
  const trace: string[] = [];
  const note = (line: string): void => {
    trace.push(`${timeOf(clock.now() - START_AT)} ${line}`);
  };
  const truth = truthOf();
  const cloud = new Cloud(clock, truth.observe);
  const faults = faultsOf(schedule.faults, seed);
  const skewOf = (name: string): number => Math.round(settings.skewMs * (2 * chanceAt(seed, 'skew', name) - 1));
  const lambda = lambdaOf({ ...ground, clock, seed, skewOf, note });
  const sources = { clock, lambda, seed, duplicates: settings.duplicates };
  const lostEvents: { name: FunctionName; event: unknown }[] = [];
  const invoke = asynchronous(sources, (name, event) => lostEvents.push({ name, event }));
  addQueues(cloud, sources, settings.outageMs);
  for (const accountId of settings.accounts) {
    const suspicionSensors = settings.suspicionHours === undefined ? [] : [suspicionSensorOf(settings, accountId)];
    const sensors = [...sensorsOf(settings, accountId), ...suspicionSensors];
    const account = accountWith(accountId, sensors, START_AT);
    // What a function launches is numbered on from here: no number of anybody else's instances.
    if (settings.onDemand) account.nextId += LAUNCHED;
    cloud.addAccount(accountId, account);
  }
  const trail = trailOf({
    ...{ clock, seed, duplicates: settings.duplicates, late: settings.late, note },
    ruledCalls: ruledCalls(settings.launchEvents),
    put: (key, content) => cloud.objects.set(`${BUCKET}/${key}`, { at: clock.now(), content, metadata: {} }),
    notify: (body) => cloud.queues.get(DELIVERIES)?.send(body),
    emit: (event) => {
      if (settings.rules) invoke('respond', event);
    },
  });
  plan(schedule, { cloud, trail, note, invoke });
  const refused = new Set(settings.refused.map((number) => idOf('eni', number)));
  const wire = endpointOf({
    ...{ cloud, clock, faults, seed, startAt: START_AT, note, lambda: () => lambda },
    onChange: (...change) => ourChange(cloud, trail, ...change),
    refusalOf: (id) => (refused.has(id) ? settings.refusal : undefined),
  });
  return { clock, cloud, truth, lambda, wire, trace, hit: faults.hit, lostEvents };
}

function addQueues(cloud: Cloud, sources: SourceOptions, outageMs: number): void {
  const wakes = new Map<string, (at: number) => void>();
  const add = (logicalId: 'Deliveries' | 'Remediations', name: string) =>
    cloud.addQueue(queueSettings(logicalId, name), (at) => wakes.get(name)?.(at));
  const deliveries = { queue: add('Deliveries', DELIVERIES), windowMs: 5000, concurrency: 5 };
  const repairs = { queue: add('Remediations', REMEDIATIONS), windowMs: 50, concurrency: 10 };
  wakes.set(DELIVERIES, poller({ ...deliveries, name: 'watch' }, sources));
  wakes.set(REMEDIATIONS, poller({ ...repairs, name: 'remediate', pausedUntil: START_AT + outageMs }, sources));
}

interface Planning {
  readonly cloud: Cloud;
  readonly trail: Trail;
  readonly note: (line: string) => void;
  readonly invoke: (name: FunctionName, event: unknown) => void;
}

/** Plans the schedules of the stack, and what the others do. The report comes last. */
function plan({ settings, events }: Schedule, { cloud, trail, note, invoke }: Planning): void {
  const { clock } = cloud;
  const suspicionHours = settings.rules ? settings.suspicionHours : undefined;
  const act = actorOn({ cloud, clock, trail, note, suspicionHours });
  const sweep = (id: string): void => invoke('sweep', { mirrorwatch: 'sweep', id });
  const configure = (tags: readonly string[]): void => {
    cloud.requiredTags = tags;
    const content = Buffer.from(JSON.stringify(configOf(settings, tags)));
    cloud.objects.set(CONFIG_OBJECT, { at: clock.now(), content, metadata: {} });
    for (const accountId of settings.accounts) cloud.changed(accountId);
  };
  configure(cloud.requiredTags);
  for (let at = 60_000; at < settings.endsAfterMs; at += settings.sweepEveryMs)
    clock.after(at, () => sweep(new Date(clock.now()).toISOString()));
  for (const event of events) {
    clock.after(event.atMs, () => {
      if (event.kind === 'sweep') sweep(`extra ${event.atMs}`);
      else if (event.kind === 'require') {
        note(`world requires ${event.tags.join(', ')}`);
        configure(event.tags);
      } else act(event);
    });
  }
  for (const at of [...settings.reportsAtMs, settings.endsAfterMs - 60_000])
    clock.after(at, () => invoke('report', { mirrorwatch: 'report' }));
}

/** `1:02:03.456`, counted from the world's start. */
export function timeOf(ms: number): string {
  const [hours, minutes] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
}
