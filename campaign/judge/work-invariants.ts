/** Work is bounded, nothing fails without a fault, and no single fault costs a whole run. */

import { groupBy } from '../../src/collections.ts';
import type { Invariant } from './invariants.ts';

/** What one event of the world may cost in invocations: its own events, its log file, the repair and the re-checks. */
const PER_EVENT = 8;
/** The sweeps, the report and their messages. */
const ALWAYS = 20;
/** An instance that EC2 refuses: its re-checks, which end, and a new attempt with each sweep. */
const PER_REFUSED = 12;
/** A fault costs a retry, and what the retry hands over again. */
const PER_FAULT = 3;
/** Attempts at an operation, as our clients are set. */
const SDK_ATTEMPTS = 7;

/** The most messages of one run, as in template.json. */
const BATCH = 10;

export const WORK_INVARIANTS: Readonly<Record<string, Invariant>> = {
  'work is bounded': ({ cloud, schedule, invocations, hit }) => {
    const { events, settings } = schedule;
    const most = ALWAYS + PER_EVENT * events.length + PER_FAULT * hit.length + PER_REFUSED * settings.refused.length;
    const total = [...invocations.values()].reduce((sum, count) => sum + count, 0);
    const sent = cloud.queues.get('deliveries')?.sent ?? 0;
    const found = `${total} invocations and ${sent} messages for ${schedule.events.length} events`;
    return total > most || sent > most ? [`${found}, expected at most ${most}`] : [];
  },

  'without faults nothing fails': ({ schedule: { settings }, cloud, lostEvents, trace, hit }) => {
    if (hit.length > 0 || settings.skewMs > 0) return [];
    const dead = [...cloud.queues.values()].flatMap(({ deadLetters }) =>
      deadLetters.map(({ body }) => `dead letter ${body.slice(0, 200)}`),
    );
    const failed = trace.filter((line) => / end .* (threw|killed)/.test(line));
    return [...dead, ...lostEvents.map(({ name }) => `an event for ${name} was lost`), ...failed];
  },

  /** A message takes five failures to die, and an event three. A run that is killed fails for all messages of its batch. */
  'nothing dies of less than its retries': (run) => {
    const queues = [...run.cloud.queues.values()];
    const dead = queues.flatMap(({ deadLetters }) => deadLetters);
    const batches = queues.reduce((sum, { deadLetters }) => sum + Math.ceil(deadLetters.length / BATCH), 0);
    const needed = 5 * batches + 3 * run.lostEvents.length;
    if (needed <= run.hit.length || run.schedule.settings.outageMs > 0) return [];
    return [
      `${dead.length} dead letters and ${run.lostEvents.length} lost events after ${run.hit.length} faults: ${dead.map(({ body }) => body.slice(0, 120)).join('; ')}`,
    ];
  },

  /**
   * An operation that AWS throttles until the SDK gives up takes as long as a silent call: the pauses grow to 20 s, and in adaptive mode its
   * client makes no more than a call in two seconds.
   * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
   */
  'a silent connection is given up': ({ trace, hit }) =>
    trace.flatMap((line) => {
      const [, time, invocation] = /^(\S+) end {3}(\S+) killed \(time limit\)/.exec(line) ?? [];
      if (invocation === undefined) return [];
      const own = hit.filter(({ call }) => call.startsWith(`${invocation}/`));
      const silent = own.filter(({ kind }) => /silent|slow|stalled/.test(kind)).length;
      const exhausted = [...groupBy(own, ({ call }) => call.split('/')[1] ?? '').values()]
        .map((ofOperation) => ofOperation.filter(({ kind }) => kind === 'throttled').length)
        .reduce((sum, throttled) => sum + Math.floor(throttled / SDK_ATTEMPTS), 0);
      return silent + exhausted > 2
        ? []
        : [
            `${invocation} ran into its time limit at ${time} after ${silent} silent calls and ${exhausted} operations throttled to the end`,
          ];
    }),

  "nobody else's hook is completed": ({ cloud }) =>
    cloud.completedHooks.map((name) => `the hook ${name} was completed`),

  'no defect shows in the logs': ({ trace, schedule: { settings } }) =>
    trace.filter(
      (line) =>
        /TypeError|ReferenceError|RangeError|is not a function|ValidationException/.test(line) ||
        (settings.refused.length === 0 && line.includes('UnauthorizedOperation')),
    ),
};
