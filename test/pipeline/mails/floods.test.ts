/** Floods over many deliveries: what is mailed at once, what is held back, and how nothing held back is lost. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Message } from '../../../src/delivery/envelope.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { type Delivered, deliver } from '../../../src/pipeline/deliver.ts';
import { releasesToCome } from '../../../src/pipeline/mails/held-findings.ts';
import { heldMessage } from '../../../src/pipeline/own-messages.ts';
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
const never = new Promise<never>(() => undefined);

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

describe.each(LEDGERS)('a flood with %s', (_, newLedger) => {
  const aSetup = () => {
    const ledger = newLedger();
    const bucket = aBucket();
    const mails: AlertMessage[] = [];
    const publish = async (message: AlertMessage): Promise<string> => `mail-${mails.push(message)}`;
    const run = (messages: readonly Message[], minute: number, ports: Partial<FullLedger> = {}): Promise<Delivered> =>
      deliver(
        messages,
        { logs: bucket.logs, inventory: recordsAlone(), ledger: { ...ledger, ...ports }, publisher: { publish } },
        CONFIG,
        { now: at(minute), clock: STOPPED_CLOCK },
      );
    /** A log file with so many launches without tags, and its notice. */
    const aLog = (number: number, launches: number): Message => {
      const records = Array.from({ length: launches }, (_, n) => aLaunchRecord(1, `i-${number}-${n}`));
      bucket.put(aLogKey(number), records);
      return aNotice(`m${number}`, aLogKey(number));
    };
    const untold = async (): Promise<number> =>
      (await ledger.entries({ status: ['open'] })).filter(({ notified }) => notified.notified === undefined).length;
    const counts = (): readonly (string | undefined)[] =>
      mails.map(({ subject }) => /\d+ (?=instances?)/.exec(subject)?.[0].trim());
    return { ledger, run, aLog, untold, counts, mails };
  };
  /** Ten deliveries, one a minute, with 40 findings each. Returns what they asked for. */
  const tenDeliveries = async ({ run, aLog }: ReturnType<typeof aSetup>) => {
    const delivered: Delivered[] = [];
    for (let number = 1; number <= 10; number += 1) delivered.push(await run([aLog(number, 40)], START + number));
    return delivered;
  };

  it('of 40 findings in each of ten deliveries gives one mail, and another one when the window ends', async () => {
    const setup = aSetup();
    const delivered = await tenDeliveries(setup);
    expect(setup.counts()).toEqual(['40']);
    expect(delivered.map(({ acted }) => acted.sent?.held)).toEqual([0, ...Array.from({ length: 9 }, () => 40)]);
    const [release] = delivered.flatMap(({ rechecks }) => rechecks);
    expect(release).toMatchObject({ body: heldMessage(at(END)), delaySeconds: (END - START - 2) * 60 });
    const { failed } = await setup.run([{ messageId: 'r', body: release?.body }], END);
    expect(failed).toEqual([]);
    expect(setup.counts()).toEqual(['40', '360']);
    expect(await setup.untold()).toBe(0);
    await setup.run([{ messageId: 'r', body: release?.body }], END);
    expect(setup.counts()).toHaveLength(2);
  });

  it('is released with the times when its findings were last seen, since nothing is looked at again', async () => {
    const setup = aSetup();
    await setup.run([setup.aLog(1, 41), setup.aLog(2, 41)], START + 1);
    await setup.run([setup.aLog(3, 2)], START + 10);
    await setup.run([{ messageId: 'r', body: heldMessage(at(END)) }], END);
    const released = (setup.mails.at(-1)?.body ?? '').replaceAll(/\s+/g, ' ');
    expect(setup.counts().at(-1)).toBe('2');
    const note = 'Last seen: 2026-03-17 12:01:00 UTC (74 min ago), and not checked since';
    expect(released.split(note)).toHaveLength(3);
  });

  it('that begins with more than fifty findings is mailed at once', async () => {
    const { run, aLog, counts } = aSetup();
    await run([aLog(1, 60)], START);
    expect(counts()).toEqual(['60']);
  });

  it('asks once for what several runs hold back at the same time', async () => {
    const { run, aLog } = aSetup();
    await run([aLog(0, 51)], START);
    const runs = await Promise.all([1, 2, 3].map((number) => run([aLog(number, 5)], START + 1)));
    expect(runs.flatMap(({ rechecks }) => rechecks)).toHaveLength(1);
  });

  it('is not mailed early by a message that comes early, which is sent on', async () => {
    const setup = aSetup();
    await tenDeliveries(setup);
    const early = await setup.run([{ messageId: 'r', body: heldMessage(at(END)) }], END - 1);
    expect(early.failed).toEqual([]);
    expect(early.rechecks).toEqual([{ body: heldMessage(at(END)), delaySeconds: 60 }]);
    expect(setup.counts()).toEqual(['40']);
  });

  it.each<[string, () => Message]>([
    [
      'a sweep',
      () => ({
        messageId: 's',
        body: '{"mirrorwatch":"sweep","accountId":"111122223333","region":"eu-west-1","name":"n"}',
      }),
    ],
    ['a message that comes again', () => ({ messageId: 'x', receiveCount: 2, body: heldMessage(at(END + 1)) })],
  ])('whose message was lost is mailed by %s', async (_, message) => {
    const setup = aSetup();
    await tenDeliveries(setup);
    await setup.run([message()], END);
    expect(setup.counts()).toEqual(['40', '360']);
    expect(await setup.untold()).toBe(0);
  });

  it('is mailed by a process that begins after another one ended', async () => {
    const setup = aSetup();
    expect(await releasesToCome(setup.ledger, at(START))).toEqual([]);
    await tenDeliveries(setup);
    const ahead = { body: heldMessage(at(END)), delaySeconds: 60 };
    expect(await releasesToCome(setup.ledger, at(END - 1))).toEqual([ahead]);
    const late = await releasesToCome(setup.ledger, at(END + 1));
    expect(late.map(({ delaySeconds }) => delaySeconds)).toEqual([0]);
    await setup.run(late, END + 1);
    expect(setup.counts()).toEqual(['40', '360']);
  });

  it('loses nothing when a run dies between holding findings back and asking for their release', async () => {
    const setup = aSetup();
    const { run, aLog, untold, ledger } = setup;
    await run([aLog(1, 51)], START);
    const log = aLog(2, 20);
    void run([log], START + 1, {
      hold: async (until, ids) => {
        await ledger.hold(until, ids);
        return never;
      },
    });
    await expect.poll(() => ledger.heldUntil(at(END))).toHaveLength(20);
    await run([{ ...log, receiveCount: 2 }], END + 1);
    expect(await untold()).toBe(0);
  });

  it('keeps what could not be mailed, and has the message delivered again', async () => {
    const setup = aSetup();
    await tenDeliveries(setup);
    const release = { messageId: 'r', body: heldMessage(at(END)) };
    const claimed = await setup.ledger.heldUntil(at(END));
    const claims = claimed.slice(0, 5).map((id) => ({ kind: 'alert', key: `${id}:notified` }) as const);
    await setup.ledger.claim(claims, { now: at(END), leaseSeconds: 60, owner: 'a run that died' });
    const first = await setup.run([release], END);
    expect(first.failed).toMatchObject([{ message: release, error: { code: 'mail-claimed', retryable: true } }]);
    expect(await setup.untold()).toBe(5);
    const second = await setup.run([release], END + 1);
    expect(second.failed).toEqual([]);
    expect(setup.counts()).toEqual(['40', '355', '5']);
  });
});
