import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../campaign/make-schedule.ts';
import type { Schedule } from '../../campaign/schedule.ts';
import { shrunk } from '../../campaign/shrink.ts';
import type { WorkerAnswer } from '../../campaign/worker.ts';

const INVARIANT = 'a finding is mailed once per opening';
const [FIRST, SECOND] = ['watch#2/Publish/1', 'respond#7/PutItem/1'];
const HIT = Array.from({ length: 30 }, (_, index) => `watch#${index + 10}/Query/1`)
  .concat(FIRST, SECOND)
  .map((call) => ({ call, kind: 'reset' as const }));

const nothing = { hit: [], fingerprint: '', invocations: 0, calls: 0, deliveries: 0, mails: 0, reports: 0 };

/** A run that fails if both faults are there, and instance 1 is launched. */
async function run(schedule: Schedule): Promise<WorkerAnswer> {
  const { faults, events, seed } = schedule;
  const calls = 'at' in faults ? faults.at.map(({ call }) => call) : [];
  const isLaunched = events.some((event) => event.kind === 'launch' && event.instance === 1);
  const fails = isLaunched && calls.includes(FIRST) && calls.includes(SECOND);
  return { ...nothing, seed, schedule, violations: fails ? [{ invariant: INVARIANT, what: 'twice' }] : [] };
}

describe('shrunk', () => {
  it('leaves only the events and faults without which the invariant holds', async () => {
    const schedule = { ...scheduleOf(4), faults: { at: HIT } };
    const failed = { ...(await run(schedule)), hit: HIT };
    expect(failed.violations).not.toEqual([]);
    const { schedule: smallest, violations } = await shrunk(failed, INVARIANT, run);
    expect(violations).toEqual(failed.violations);
    expect(smallest.events.map(({ kind }) => kind)).toEqual(['launch']);
    expect(smallest.faults).toEqual({ at: HIT.slice(-2) });
    expect(smallest.settings).toMatchObject({ duplicates: 0, skewMs: 0 });
  });

  it('keeps the schedule as it is when only another invariant breaks without its parts', async () => {
    const failed = { ...(await run({ ...scheduleOf(4), faults: { at: HIT } })), hit: HIT };
    const other = async (schedule: Schedule): Promise<WorkerAnswer> => ({
      ...(await run(schedule)),
      violations: [{ invariant: 'work is bounded', what: 'too much' }],
    });
    expect((await shrunk(failed, INVARIANT, other)).schedule).toEqual(failed.schedule);
  });
});
