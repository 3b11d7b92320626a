import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/report/live/events.ts';
import { healthOf } from '../../../src/report/live/health.ts';
import { aBatch, aLiveState, secondsIn } from '../../support/live-states.ts';

const read: LiveEvent = { kind: 'answered', at: secondsIn(10), messages: 0 };
const begun: LiveEvent = { kind: 'answered', at: secondsIn(10), messages: 4 };
const unreadable: LiveEvent = {
  kind: 'read-fault',
  at: secondsIn(20),
  text: 'reading: AccessDenied',
  reason: 'AccessDenied',
};
const lost: LiveEvent = {
  kind: 'batch-fault',
  at: secondsIn(20),
  text: '4 messages: locked',
  reason: 'the ledger is locked',
};
const done: LiveEvent = { kind: 'processed', at: secondsIn(400), batch: aBatch() };

describe('a process is healthy', () => {
  it.each<[string, readonly LiveEvent[], number]>([
    ['when it read its inbox lately', [read], 309],
    ['while a batch is in work', [begun], 1_700],
    ['when a fault of reading passes', [read, unreadable], 120],
    ['when a batch failed once, and only just', [begun, lost], 60],
    ['when a batch succeeds after others failed', [begun, lost, done, { ...read, at: secondsIn(401) }], 500],
  ])('%s', (_, events, seconds) => {
    expect(healthOf(aLiveState(events), secondsIn(seconds))).toEqual({ ok: true });
  });
});

describe('a process is not healthy', () => {
  it.each<[string, readonly LiveEvent[], number, string, string]>([
    ['before it has read its inbox', [], 19, 'starting', 'the queue has not been read yet'],
    ['if it never could', [], 301, 'failing', 'the queue has not been read since the start'],
    [
      'if the first attempt failed',
      [unreadable],
      30,
      'failing',
      'the queue has not been read since the start: AccessDenied',
    ],
    [
      'if it can no longer read it',
      [read, unreadable],
      311,
      'failing',
      'the queue has not been read for 5 min: AccessDenied',
    ],
    ['if an answer does not come', [read], 311, 'failing', 'the queue has not been read for 5 min'],
    ['if a batch never ends', [begun], 1_811, 'failing', 'one batch has been in work for 30 min'],
    [
      'if every batch fails',
      [begun, lost, { ...read, at: secondsIn(321) }],
      321,
      'failing',
      'every batch has failed for 5 min: the ledger is locked',
    ],
    ['once it stops', [read, { kind: 'stopping', at: secondsIn(11) }], 11, 'stopping', 'stopping'],
  ])('%s', (_, events, seconds, kind, reason) => {
    expect(healthOf(aLiveState(events), secondsIn(seconds))).toEqual({ ok: false, kind, reason });
  });

  it('names a folder as a folder', () => {
    const folder = aLiveState([], { watched: { kind: 'folder', name: 'in' } });
    expect(healthOf(folder, secondsIn(1))).toMatchObject({ reason: 'the folder has not been read yet' });
  });
});
