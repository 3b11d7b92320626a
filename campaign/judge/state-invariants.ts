/** Nothing is lost: after the last sweep the ledger is the world, and what could be repaired was. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import { type Run, timeOf } from '../simulate.ts';
import { idOf } from '../world/account.ts';
import type { Invariant } from './invariants.ts';
import { type Fact, isOpenAt, isTask } from './truth.ts';

const MINUTE_MS = 60_000;

/** Rules whose findings must be those that the world shows. */
const TRUE_RULES = /^(instance-un|mirror-rogue)/;

/** Rules of which deliveries alone bring the end. That somebody deleted a session which was never ours shows in the next sweep. */
const DELIVERED_RULES = /^instance-un/;

/** A report as the function wrote it. */
interface WrittenReport {
  readonly at: number;
  readonly findings: readonly Item[];
}

/** Every report in the bucket, oldest first. */
export function reportsOf({ cloud }: Run): readonly WrittenReport[] {
  return [...cloud.objects].flatMap(([key, { at, content }]) =>
    key.endsWith('/report.json') ? [{ at, findings: JSON.parse(content.toString()).findings as Item[] }] : [],
  );
}

/** True if nothing but the world's own events happened: nothing failed, and nothing was refused or out of order. */
export function isUndisturbed({ hit, schedule: { settings } }: Run): boolean {
  return hit.length === 0 && settings.outageMs === 0 && settings.late === 0;
}

/** True if no sweep follows the first one: then every delivery counts. */
export function isSweepless({ schedule: { settings } }: Run): boolean {
  return settings.sweepEveryMs >= settings.endsAfterMs;
}

/** True if a message or an event was given up. */
export function hasLost({ cloud, lostEvents }: Run): boolean {
  return lostEvents.length > 0 || [...cloud.queues.values()].some(({ deadLetters }) => deadLetters.length > 0);
}

/** The most interfaces that an account may have had to mirror. */
export function sourcesIn({ schedule: { events } }: Run, accountId: string): number {
  const launches = events.flatMap((event) => (event.kind === 'launch' && event.accountId === accountId ? [event] : []));
  const own = new Set(launches.map(({ instance }) => instance));
  const attached = events.filter((event) => event.kind === 'attach' && own.has(event.instance)).length;
  const tasks = events.filter((event) => event.kind === 'task' && event.accountId === accountId).length;
  return launches.reduce((sum, { interfaces = 1 }) => sum + interfaces, attached + tasks);
}

/** True for what nothing delivered tells of: a silent launch, and a task where EventBridge has no rules. */
export function isSilent(fact: Pick<Fact, 'resourceId'>, { schedule: { settings, events } }: Run): boolean {
  if (isTask(fact)) return !settings.rules;
  return events.some(
    (event) => event.kind === 'launch' && event.silent === true && idOf('i', event.instance) === fact.resourceId,
  );
}

/** True for what nothing delivered tells of, in a world without sweeps. */
export function isUnheardOf(fact: Fact, run: Run): boolean {
  return isSilent(fact, run) && isSweepless(run);
}

/**
 * The facts that ended when an interface was detached. The record names the attachment alone, so nothing delivered tells whose finding is
 * over; the next sweep does.
 */
function endedByDetach({ schedule: { events }, startAt, truth }: Run): ReadonlySet<string> {
  const detached = new Set(
    events.flatMap((event) =>
      event.kind === 'detach' ? [`${idOf('i', event.instance)} ${startAt + event.atMs}`] : [],
    ),
  );
  const ended = truth.facts().filter(({ resourceId, spans }) => detached.has(`${resourceId} ${spans.at(-1)?.until}`));
  return new Set(ended.map(({ rule, resourceId }) => `${rule} ${resourceId}`));
}

/** What a report has and the world had not at that time, or the other way round. */
function differences({ at, findings }: WrittenReport, run: Run): readonly string[] {
  const nameOf = ({ rule, resourceId }: { readonly rule?: string; readonly resourceId?: string }): string =>
    `${rule} ${resourceId}`;
  const open = new Set(findings.filter(({ status }) => status === 'open').map(nameOf));
  const facts = run.truth.facts().filter((fact) => isOpenAt(fact, at));
  const wrong = new Set(facts.map(nameOf));
  const toBeKnown = facts.filter((fact) => !isUnheardOf(fact, run)).map(nameOf);
  const rules = isSweepless(run) ? DELIVERED_RULES : TRUE_RULES;
  // Without rules, nothing tells that a task has stopped.
  const unheardOf = !run.schedule.settings.rules && isSweepless(run) ? / arn:aws:ecs:/ : /^$/;
  const untold = isSweepless(run) ? endedByDetach(run) : new Set();
  const when = `at ${timeOf(at - run.startAt)}`;
  return [
    ...toBeKnown.filter((each) => !open.has(each)).map((each) => `${each} is true and not open in the ledger ${when}`),
    ...[...open]
      .filter((each) => rules.test(each) && !unheardOf.test(each) && !untold.has(each) && !wrong.has(each))
      .map((each) => `${each} is open in the ledger and not true ${when}`),
  ];
}

export const STATE_INVARIANTS: Readonly<Record<string, Invariant>> = {
  'the ledger shows the world': (run) => {
    // A message that died raised an alarm; only a sweep knows then what it was about.
    if (isSweepless(run) && hasLost(run)) return [];
    const reports = reportsOf(run);
    if (reports.length <= run.schedule.settings.reportsAtMs.length) return [`there are ${reports.length} reports`];
    return reports.flatMap((report) => differences(report, run));
  },

  /** One instance that AWS refuses must not stop the others of its account. */
  'what can be mirrored is mirrored in time': (run) => {
    if (!isUndisturbed(run)) return [];
    const { settings } = run.schedule;
    const launched = settings.onDemand ? Number.POSITIVE_INFINITY : 0;
    const room = settings.sensors.reduce((sum, capacity) => sum + capacity, launched);
    const refused = new Set(settings.refused.map((number) => idOf('i', number)));
    const endAt = run.startAt + settings.endsAfterMs;
    return run.truth.facts().flatMap(({ rule, resourceId, accountId, spans }) => {
      const inAccount = sourcesIn(run, accountId);
      if (
        rule !== 'instance-unmirrored' ||
        refused.has(resourceId) ||
        isSilent({ resourceId }, run) ||
        inAccount > room
      )
        return [];
      const slow = spans.filter(({ since, until = endAt }) => until - since > 25 * MINUTE_MS);
      return slow.map(
        ({ since }) => `${resourceId} was not mirrored for 25 minutes from ${timeOf(since - run.startAt)}`,
      );
    });
  },
};
