/** Deliveries that tell a chat channel and an event bus, with mail and without. */

import { describe, expect, it } from 'vitest';
import type { FindingEvent } from '../../../src/alert/channels/finding-events.ts';
import type { Places } from '../../../src/alert/channels/tell-everywhere.ts';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Message } from '../../../src/delivery/envelope.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { type DeliverPorts, deliver } from '../../../src/pipeline/deliver.ts';
import { heldMessage } from '../../../src/pipeline/own-messages.ts';
import { untilStopped } from '../../../src/pipeline/watching/until-stopped.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../../support/deliveries.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const CONFIG = parseConfig(
  JSON.stringify({ requiredTags: ['CostCenter'], graceSeconds: 0, trail: { buckets: [BUCKET] } }),
  'config.json',
);
/** The window from minute 60 to 75. */
const [START, END] = [60, 75];

function aWorld() {
  const bucket = aBucket();
  const [mails, chats, events]: [AlertMessage[], AlertMessage[], FindingEvent[]] = [[], [], []];
  const state = { isChatDown: false };
  const places: Places = {
    publisher: { publish: async (message) => `mail-${mails.push(message)}` },
    channels: {
      chat: {
        publish: async (message) => {
          if (state.isChatDown) throw new Error('no such topic');
          return `chat-${chats.push(message)}`;
        },
      },
      eventBus: {
        put: async (some) => {
          events.push(...some);
          return [];
        },
      },
    },
  };
  const ports: DeliverPorts = { logs: bucket.logs, inventory: recordsAlone(), ledger: aLedger(), ...places };
  const run = (message: Message, minute: number, others: Partial<DeliverPorts> = {}) =>
    deliver([message], { ...ports, ...others }, CONFIG, { now: at(minute), clock: STOPPED_CLOCK });
  const aLog = (number: number, launches: number): Message => {
    const records = Array.from({ length: launches }, (_, n) => aLaunchRecord(1, `i-${number}-${n}`));
    bucket.put(aLogKey(number), records);
    return aNotice(`m${number}`, aLogKey(number));
  };
  const counts = () => [mails.length, chats.length, events.length];
  return { ports, state, chats, run, aLog, counts };
}

describe('a delivery', () => {
  it('tells mail, chat and the bus, and nobody again when it is delivered again', async () => {
    const { run, aLog, counts } = aWorld();
    const message = aLog(1, 2);
    for (const minute of [START, START + 1]) await run(message, minute);
    expect(counts()).toEqual([1, 1, 2]);
  });

  it('that chat does not take is not acknowledged, and delivered again it tells chat alone', async () => {
    const { state, run, aLog, counts } = aWorld();
    const message = aLog(1, 2);
    state.isChatDown = true;
    await expect(run(message, START)).rejects.toMatchObject({ code: 'alert-failed' });
    expect(counts()).toEqual([1, 0, 2]);
    state.isChatDown = false;
    await run(message, START + 1);
    expect(counts()).toEqual([1, 1, 2]);
  });

  it('tells chat of what a flood held back when its window ends, also where nobody gets mail', async () => {
    const { run, aLog, chats, counts } = aWorld();
    const withoutMail = { publisher: undefined };
    await run(aLog(1, 51), START, withoutMail);
    const { rechecks } = await run(aLog(2, 5), START + 1, withoutMail);
    expect(rechecks).toMatchObject([{ body: heldMessage(at(END)) }]);
    expect(counts()).toEqual([0, 1, 56]);
    await run({ messageId: 'r', body: heldMessage(at(END)) }, END, withoutMail);
    expect(chats.map(({ reported }) => reported?.length)).toEqual([51, 5]);
    expect(counts()).toEqual([0, 2, 56]);
  });
});

describe('a process that was asked to stop', () => {
  it('begins no mail, message or event', async () => {
    const { ports, run, aLog, counts } = aWorld();
    const stopped = untilStopped(ports, AbortSignal.abort());
    await expect(run(aLog(1, 2), START, stopped)).rejects.toThrow(
      /asked to stop.*; .*asked to stop.*; .*asked to stop/,
    );
    expect(counts()).toEqual([0, 0, 0]);
  });
});
