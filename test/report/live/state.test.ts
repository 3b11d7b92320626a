import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/report/live/events.ts';
import { MOST_KEPT, totalOf } from '../../../src/report/live/state.ts';
import { aBatch, aBusyState, aLiveState, secondsIn } from '../../support/live-states.ts';

const asking = (seconds: number): LiveEvent => ({ kind: 'asking', at: secondsIn(seconds) });
const answered = (seconds: number, messages: number): LiveEvent => ({
  kind: 'answered',
  at: secondsIn(seconds),
  messages,
});
const processed = (seconds: number, parts = {}): LiveEvent => ({
  kind: 'processed',
  at: secondsIn(seconds),
  batch: aBatch(parts),
});
const fault = (seconds: number, kind: 'read-fault' | 'batch-fault' = 'read-fault'): LiveEvent => ({
  kind,
  at: secondsIn(seconds),
  text: 'reading messages will be retried: AccessDenied',
  reason: 'AccessDenied',
});

describe('the state of a process that watches', () => {
  it('adds up its batches', () => {
    const { counts } = aLiveState([
      processed(1, { messages: 3, files: 4, opened: { high: 2 }, mails: 1 }),
      processed(2, { messages: 1, files: 1, opened: { high: 1, low: 1 }, resolved: 2, sessions: 5 }),
    ]);
    expect(counts).toMatchObject({
      batches: 2,
      messages: 4,
      files: 5,
      records: 20,
      mails: 1,
      resolved: 2,
      sessions: 5,
    });
    expect(counts.opened).toEqual({ critical: 0, high: 3, medium: 0, low: 1 });
    expect(totalOf(counts.opened)).toBe(4);
  });

  it('has a batch in work from the answer until it is processed', () => {
    const inWork = aLiveState([asking(0), answered(5, 2)]);
    expect(inWork.work).toEqual({ since: secondsIn(5), messages: 2 });
    expect(inWork.newestDelivery).toEqual(secondsIn(5));
    expect(aLiveState([asking(0), answered(5, 2), processed(6)]).work).toBeUndefined();
  });

  it('takes a batch for failed if the inbox is asked again and it was not processed', () => {
    const { counts, work } = aLiveState([asking(0), answered(5, 7), fault(6, 'batch-fault'), asking(7)]);
    expect(work).toBeUndefined();
    expect(counts).toMatchObject({ batches: 0, failedBatches: 1, messages: 0, retried: 7 });
  });

  it('keeps the newest record, however late an older one is delivered', () => {
    const { newestRecord } = aLiveState([
      processed(1, { newestRecord: secondsIn(-10) }),
      processed(2, { newestRecord: secondsIn(-500) }),
      processed(3),
    ]);
    expect(newestRecord).toEqual(secondsIn(-10));
  });

  it('knows since when reading fails, until it succeeds', () => {
    const failing = aLiveState([answered(0, 0), fault(10), fault(20)]);
    expect(failing.readFault).toEqual({ since: secondsIn(10), reason: 'AccessDenied' });
    expect(failing.counts.readFaults).toBe(2);
    expect(failing.lastRead).toEqual(secondsIn(0));
    expect(aLiveState([fault(10), answered(20, 0)]).readFault).toBeUndefined();
  });

  it('knows since when batches fail, until one succeeds', () => {
    const twice = [fault(10, 'batch-fault'), fault(20, 'batch-fault')];
    expect(aLiveState(twice).batchFault).toEqual({ since: secondsIn(10), reason: 'AccessDenied' });
    expect(aLiveState([...twice, answered(25, 1)]).batchFault?.since).toEqual(secondsIn(10));
    expect(aLiveState([...twice, processed(30)]).batchFault).toBeUndefined();
  });

  it('lists the newest actions and failures first, and only so many', () => {
    const { actions, failures } = aBusyState();
    expect(actions.map(({ what }) => what)).toEqual(['mailed', 'done', 'failed', 'resolved', 'opened', 'opened']);
    expect(failures).toEqual([{ at: secondsIn(8), text: 's3://trail/a.json.gz: cut off' }]);
    const many = Array.from({ length: 50 }, (_, at) =>
      processed(at, { actions: [{ what: 'mailed', text: `mail ${at}` }], failures: [`failure ${at}`] }),
    );
    const full = aLiveState(many);
    expect([full.actions.length, full.failures.length]).toEqual([MOST_KEPT, MOST_KEPT]);
    expect(full.actions[0]?.text).toBe('mail 49');
    expect(full.failures[0]?.text).toBe('failure 49');
  });

  it('says once what fails again and again', () => {
    const { failures } = aLiveState([fault(1), fault(2), fault(3)]);
    expect(failures).toEqual([{ at: secondsIn(3), text: 'reading messages will be retried: AccessDenied' }]);
  });

  it('keeps a bounded part of a text', () => {
    const text = 'x'.repeat(100_000);
    const long = aLiveState([
      processed(1, { actions: [{ what: 'opened', severity: 'low', text }], failures: [text] }),
      { kind: 'read-fault', at: secondsIn(2), text, reason: text },
      { kind: 'batch-fault', at: secondsIn(2), text, reason: text },
      { kind: 'rejected', at: secondsIn(2), text },
    ]);
    expect(JSON.stringify(long).length).toBeLessThan(4_000);
  });
});
