/** States of a process that watches, for tests of what is shown of them. */

import type { LiveBatch, LiveEvent } from '../../src/report/live/events.ts';
import { afterEvent, type LiveState, liveStart } from '../../src/report/live/state.ts';

/** When the processes of tests start. */
export const STARTED = new Date('2026-03-17T10:00:00Z');

/** A time so many seconds after the start. */
export function secondsIn(seconds: number): Date {
  return new Date(STARTED.getTime() + seconds * 1000);
}

/** A batch of one message in which nothing was found. */
export function aBatch(parts: Partial<LiveBatch> = {}): LiveBatch {
  return {
    messages: 1,
    retried: 0,
    files: 1,
    records: 10,
    sessions: 0,
    failedRepairs: 0,
    mails: 0,
    resolved: 0,
    rejected: 0,
    opened: {},
    actions: [],
    failures: [],
    ...parts,
  };
}

/** A process on a queue with a ledger, after these events. */
export function aLiveState(events: readonly LiveEvent[] = [], parts: Partial<LiveState> = {}): LiveState {
  const begun = {
    version: '1.2.3',
    watched: { kind: 'queue', name: 'deliveries' },
    hasLedger: true,
    startedAt: STARTED,
  } as const;
  return events.reduce(afterEvent, { ...liveStart(begun), ...parts });
}

/** A process that has found something of everything. */
export function aBusyState(): LiveState {
  return aLiveState([
    { kind: 'asking', at: secondsIn(0) },
    { kind: 'answered', at: secondsIn(5), messages: 2 },
    {
      kind: 'processed',
      at: secondsIn(8),
      batch: aBatch({
        messages: 2,
        retried: 1,
        files: 2,
        records: 3_400,
        sessions: 1,
        failedRepairs: 1,
        mails: 1,
        resolved: 1,
        rejected: 1,
        opened: { critical: 1, high: 1 },
        newestRecord: secondsIn(-200),
        actions: [
          { what: 'opened', severity: 'high', text: 'instance-unmirrored: i-2 is not mirrored: no session' },
          { what: 'opened', severity: 'critical', text: 'mirror-rogue: i-1 is mirrored to an unknown target' },
          { what: 'resolved', text: 'instance-untagged: i-3 has its tags' },
          { what: 'failed', text: 'create-session i-4: the target is full' },
          { what: 'done', text: 'create-session i-2 (target tmt-a)' },
          { what: 'mailed', text: '[mirrorwatch] CRITICAL 2 findings' },
        ],
        failures: ['s3://trail/a.json.gz: cut off'],
      }),
    },
    { kind: 'open', at: secondsIn(9), readAt: secondsIn(7), bySeverity: { critical: 1, high: 2, medium: 0, low: 4 } },
    { kind: 'asking', at: secondsIn(9) },
    { kind: 'answered', at: secondsIn(29), messages: 0 },
  ]);
}
