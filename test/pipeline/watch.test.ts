import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import type { DeliverPorts } from '../../src/pipeline/deliver.ts';
import { type Inbox, type WatchCounts, type WatchOptions, watch } from '../../src/pipeline/watch.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../support/deliveries.ts';
import { aLedger } from '../support/ledgers.ts';
import { at } from '../support/sightings.ts';

const CONFIG = parseConfig(
  JSON.stringify({ requiredTags: ['CostCenter'], trail: { buckets: [BUCKET], accounts: [], topics: [] } }),
  'config.json',
);

/** An inbox that hands out these batches and notes what becomes of their messages. */
function anInbox(batches: readonly (readonly Message[])[]) {
  const log: string[] = [];
  const waiting = [...batches];
  const inbox: Inbox = {
    next: async () => waiting.shift() ?? [],
    done: async ({ messageId }) => void log.push(`done ${messageId}`),
    left: async ({ messageId }) => void log.push(`left ${messageId}`),
    keep: async (messages) => void log.push(`keep ${messages.map(({ messageId }) => messageId).join(' ')}`),
    later: async ({ delaySeconds }) => void log.push(`later ${delaySeconds}`),
  };
  return { inbox, log, waiting };
}

function portsWith(files: number, overrides: Partial<DeliverPorts> = {}): DeliverPorts {
  const bucket = aBucket();
  for (let file = 1; file <= files; file += 1) bucket.put(aLogKey(file), [aLaunchRecord(file, `i-0a${file}`)]);
  return { logs: bucket.logs, inventory: recordsAlone(), ledger: aLedger(), ...overrides };
}

function run(inbox: Inbox, ports: DeliverPorts, options: Partial<WatchOptions> = {}): Promise<WatchCounts> {
  return watch(inbox, ports, CONFIG, optionsOf(options));
}

function optionsOf(options: Partial<WatchOptions>): WatchOptions {
  return {
    once: true,
    signal: new AbortController().signal,
    now: () => at(120),
    startClock: () => STOPPED_CLOCK,
    repeat: () => () => undefined,
    onBatch: () => undefined,
    onFault: () => undefined,
    afterStop: () => () => undefined,
    onGivenBack: () => undefined,
    ...options,
  };
}

describe('watch', () => {
  it('acknowledges what is done, gives back what is not, and counts both', async () => {
    const { inbox, log } = anInbox([
      [aNotice('m1', aLogKey(1)), aNotice('m2', aLogKey(9))],
      [aNotice('m3', aLogKey(2))],
    ]);
    expect(await run(inbox, portsWith(2))).toEqual({
      ...{ batches: 2, messages: 3, failed: 1, files: 2, records: 2, findings: 2, sessions: 0 },
      newestEvent: at(2),
    });
    expect(log).toEqual(['done m1', 'left m2', 'done m3']);
  });

  it('sends a re-check for a finding within its grace period', async () => {
    const { inbox, log } = anInbox([[aNotice('m1', aLogKey(1))]]);
    await run(inbox, portsWith(1), { now: () => at(3) });
    expect(log).toEqual(['later 180', 'done m1']);
  });

  it('keeps the messages while it processes them, and stops when they are settled', async () => {
    const { inbox, log } = anInbox([[aNotice('m1', aLogKey(1))]]);
    await run(inbox, portsWith(1), {
      repeat: (keep) => {
        keep();
        return () => void log.push('stop');
      },
    });
    expect(log).toEqual(['keep m1', 'done m1', 'stop']);
  });

  it('gives the whole batch back when it could not be recorded, and with once leaves the rest for the next run', async () => {
    const { inbox, log, waiting } = anInbox([[aNotice('m1', aLogKey(1))], [aNotice('m2', aLogKey(1))]]);
    const ledger = { ...aLedger(), record: () => Promise.reject(new Error('the disk is full')) };
    const faults: string[] = [];
    const counts = await run(inbox, portsWith(1, { ledger }), { onFault: (error) => void faults.push(String(error)) });
    expect(counts).toMatchObject({ batches: 0, failed: 1 });
    expect(faults).toEqual(['Error: the disk is full']);
    expect(log).toEqual(['left m1']);
    expect(waiting).toHaveLength(1);
  });

  it('takes nothing more once it is stopped', async () => {
    const stop = new AbortController();
    const { inbox, log } = anInbox([[aNotice('m1', aLogKey(1))], [aNotice('m2', aLogKey(1))]]);
    await run(inbox, portsWith(1), { once: false, signal: stop.signal, onBatch: () => stop.abort() });
    expect(log).toEqual(['done m1']);
  });

  it('judges who is silent every half hour though nothing arrives, and reports that only if it finds somebody', async () => {
    const ledger = aLedger();
    const spoken = { accountId: '111122223333', region: 'eu-west-1' };
    const everyHalfHour = Array.from({ length: 21 * 48 }, (_, half) => {
      const minute = half * 30 - 21 * 24 * 60;
      return { ...spoken, record: at(minute), delivered: at(minute + 5) };
    });
    await ledger.hear(everyHalfHour, at(0));
    let judged = 0;
    const takeJudging: typeof ledger.takeJudging = (now) => {
      judged += 1;
      return ledger.takeJudging(now);
    };
    const stopping = new AbortController();
    let minute = 0;
    const inbox: Inbox = {
      ...anInbox([]).inbox,
      next: async () => {
        minute += 10;
        if (minute > 150) stopping.abort();
        return [];
      },
    };
    const found: string[] = [];
    const accounts = ['111122223333'];
    const config = parseConfig(JSON.stringify({ trail: { buckets: [BUCKET], accounts, topics: [] } }), 'config.json');
    await watch(inbox, { ...portsWith(0), ledger: { ...ledger, takeJudging } }, config, {
      ...optionsOf({ once: false, signal: stopping.signal, now: () => at(minute) }),
      onBatch: ({ acted }, { messages }) =>
        void found.push(...acted.findings.map(({ resourceId }) => `${minute}: ${resourceId} by ${messages} messages`)),
    });
    expect(judged).toBe(5);
    expect(found).toEqual(['60: 111122223333/logs-silent by 0 messages']);
  });
});
