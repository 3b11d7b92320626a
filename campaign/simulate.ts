/** Runs a schedule: the handlers of the built zip in a world of their own, in virtual time, to its end. */

import type { Item } from '../test/support/fake-ec2/account.ts';
import { Cloud } from './aws/cloud.ts';
import { endpointOf } from './aws/endpoint.ts';
import { type FaultAt, faultsOf } from './aws/fault.ts';
import { virtualClock } from './driver/clock.ts';
import type { FunctionName } from './driver/functions.ts';
import { lambdaOf } from './driver/lambda.ts';
import { forgetTimers, quiet } from './driver/process.ts';
import { chanceAt } from './driver/random.ts';
import { asynchronous, poller } from './driver/sources.ts';
import type { Wire } from './driver/wire.ts';
import { type Truth, truthOf } from './judge/truth.ts';
import type { Schedule } from './schedule.ts';
import { accountWith, HOME } from './world/account.ts';
import { actorOn } from './world/actor.ts';
import { sessionCallOf } from './world/records.ts';
import {
  CONFIG_OBJECT,
  configOf,
  DELIVERIES,
  queueSettings,
  REMEDIATIONS,
  ruledCalls,
  sensorsOf,
  WRITER_ROLE,
} from './world/settings.ts';
import { BUCKET, trailOf } from './world/trail.ts';

/** Everything that a run left behind, for the judge. */
export interface Run {
  readonly schedule: Schedule;
  readonly startAt: number;
  readonly cloud: Cloud;
  readonly truth: Truth;
  readonly trace: readonly string[];
  readonly hit: readonly FaultAt[];
  readonly invocations: ReadonlyMap<FunctionName, number>;
  /** Events whose retries all failed. */
  readonly lostEvents: readonly { readonly name: FunctionName; readonly event: unknown }[];
}

/** Where the process's one wire leads: the world that runs. */
export const currentWire: { wire: Wire | undefined } = { wire: undefined };

/** A Monday. Every world starts then. */
const START_AT = Date.UTC(2026, 2, 2, 8, 0, 0);
/** More steps than any world takes. A world that takes them never comes to rest. */
const MOST_STEPS = 2_000_000;

/** Runs a schedule against the unpacked zip in `folder`. */
export async function simulate(schedule: Schedule, folder: string): Promise<Run> {
  const { seed, settings } = schedule;
  const clock = virtualClock(START_AT);
  const trace: string[] = [];
  const note = (line: string): void => {
    trace.push(`${timeOf(clock.now() - START_AT)} ${line}`);
  };
  const truth = truthOf();
  const cloud = new Cloud(clock, truth.observe);
  const faults = faultsOf(schedule.faults, seed);
  const work = new Set<Promise<unknown>>();
  const busyWith = (promise: Promise<unknown>): void => {
    work.add(promise);
  };
  const skewOf = (container: string): number =>
    Math.round(settings.skewMs * (2 * chanceAt(seed, 'skew', container) - 1));
  const lambda = lambdaOf({ folder, clock, seed, skewOf, note, busyWith });
  const sources = { clock, lambda, seed, duplicates: settings.duplicates };
  const lostEvents: { name: FunctionName; event: unknown }[] = [];
  const invoke = asynchronous(sources, (name, event) => lostEvents.push({ name, event }));

  const wakes = { deliveries: (_at: number): void => undefined, remediations: (_at: number): void => undefined };
  const deliveries = cloud.addQueue(queueSettings('Deliveries', DELIVERIES), (at) => wakes.deliveries(at));
  const remediations = cloud.addQueue(queueSettings('Remediations', REMEDIATIONS), (at) => wakes.remediations(at));
  wakes.deliveries = poller({ queue: deliveries, name: 'watch', windowMs: 5000, concurrency: 5 }, sources);
  wakes.remediations = poller({ queue: remediations, name: 'remediate', windowMs: 50, concurrency: 10 }, sources);

  for (const accountId of settings.accounts)
    cloud.addAccount(accountId, accountWith(accountId, sensorsOf(settings, accountId), START_AT));
  cloud.objects.set(CONFIG_OBJECT, { content: Buffer.from(JSON.stringify(configOf(settings))), metadata: {} });
  const trail = trailOf({
    ...{ clock, seed, duplicates: settings.duplicates, note, ruledCalls: ruledCalls(settings.launchEvents) },
    put: (key, content) => cloud.objects.set(`${BUCKET}/${key}`, { content, metadata: {} }),
    notify: (body) => deliveries.send(body),
    emit: (event) => invoke('respond', event),
  });
  const act = actorOn({ cloud, clock, trail, note });
  const onChange = (accountId: string, action: string, params: Item, answer: Item): void =>
    ourChange(cloud, accountId, action, { params, answer, trail });
  currentWire.wire = endpointOf({
    cloud,
    clock,
    lambda: () => lambda,
    faults,
    seed,
    startAt: START_AT,
    note,
    onChange,
  });

  const sweep = (id: string): void => invoke('sweep', { mirrorwatch: 'sweep', id });
  for (let at = 60_000; at < settings.endsAfterMs; at += settings.sweepEveryMs)
    clock.after(at, () => sweep(new Date(clock.now()).toISOString()));
  for (const event of schedule.events)
    clock.after(event.atMs, () => (event.kind === 'sweep' ? sweep(`extra ${event.atMs}`) : act(event)));
  const endAt = START_AT + settings.endsAfterMs;
  clock.at(endAt - 60_000, () => invoke('report', { mirrorwatch: 'report' }));

  for (let steps = 0; clock.step(endAt); steps += 1) {
    if (steps > MOST_STEPS) throw new Error(`seed ${seed} does not come to rest`);
    if (work.size > 0) {
      await Promise.all(work);
      work.clear();
    }
    await quiet();
  }
  currentWire.wire = undefined;
  forgetTimers();
  return { schedule, startAt: START_AT, cloud, truth, trace, hit: faults.hit, invocations: lambda.counts, lostEvents };
}

/** Notes what a function did to sessions, and has CloudTrail record it. */
function ourChange(
  cloud: Cloud,
  accountId: string,
  action: string,
  {
    params,
    answer,
    trail,
  }: { readonly params: Item; readonly answer: Item; readonly trail: { record: ReturnType<typeof trailOf>['record'] } },
): void {
  cloud.changed(accountId);
  const [, verb = ''] = /^(Create|Modify|Delete)TrafficMirrorSession$/.exec(action) ?? [];
  if (verb === '') return;
  const at = cloud.clock.now();
  const session: Item = answer.TrafficMirrorSession ?? answer;
  const done = { Create: 'created', Modify: 'modified', Delete: 'deleted' } as const;
  cloud.sessionChanges.push({
    at,
    by: 'us',
    accountId,
    action: done[verb as keyof typeof done],
    session: structuredClone(session),
  });
  const caller =
    accountId === HOME ? `assumed-role/${WRITER_ROLE}/${WRITER_ROLE}` : 'assumed-role/mirrorwatch-member/mirrorwatch';
  trail.record({ accountId, at, eventName: action, caller, ...sessionCallOf(action, params, session) });
}

/** `1:02:03.456`, counted from the world's start. */
export function timeOf(ms: number): string {
  const [hours, minutes] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
}
