/** Runs that die while they mail: what they have claimed is mailed when their claim is over, without failing whoever meets it. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Message } from '../../../src/delivery/envelope.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { InventorySource } from '../../../src/inventory/load-inventory.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { type Delivered, deliver } from '../../../src/pipeline/deliver.ts';
import { sweepMessage } from '../../../src/pipeline/own-messages.ts';
import type { Recheck } from '../../../src/pipeline/recheck.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../../support/deliveries.ts';
import { ACCOUNT, anInstance, anInventory, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const CONFIG = parseConfig(
  JSON.stringify({ requiredTags: ['CostCenter'], graceSeconds: 0, trail: { buckets: [BUCKET] } }),
  'config.json',
);
const never = new Promise<never>(() => undefined);
/** The claim of the run that died ends a quarter of an hour later. */
const DIED = 60;
const OVER = DIED + 15;

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

const untagged = anInventory({ instances: [anInstance({ instanceId: 'i-1', tags: [] })] });
const tagged = anInventory({
  instances: [anInstance({ instanceId: 'i-1', tags: [{ key: 'CostCenter', value: '1' }] })],
});

describe.each(LEDGERS)('a mail whose run died, with %s,', (_, newLedger) => {
  /** A delivery about i-1 has died while it mailed. */
  const aSetup = async (source?: InventorySource) => {
    const account: { is: Inventory } = { is: untagged };
    const inventory = source ?? {
      scopes: async () => [{ accountId: ACCOUNT, region: REGION }],
      load: async () => account.is,
    };
    const ledger = newLedger();
    const bucket = aBucket();
    bucket.put(aLogKey(1), [aLaunchRecord(1, 'i-1')]);
    const mails: AlertMessage[] = [];
    const sends = async (message: AlertMessage): Promise<string> => `mail-${mails.push(message)}`;
    const run = (minute: number, messages: readonly Message[], publish = sends): Promise<Delivered> => {
      const ports = { logs: bucket.logs, inventory, ledger, publisher: { publish } };
      return deliver(messages, ports, CONFIG, { now: at(minute), clock: STOPPED_CLOCK });
    };
    /** Delivers each message when it is due, and those that this leads to. */
    const runAll = async (minute: number, rechecks: readonly Recheck[]): Promise<number> => {
      let last = minute;
      for (const { body, delaySeconds } of rechecks.toSorted((a, b) => a.delaySeconds - b.delaySeconds)) {
        const due = minute + delaySeconds / 60;
        const { failed, rechecks: next } = await run(due, [{ messageId: `m ${due}`, body }]);
        expect(failed).toEqual([]);
        last = Math.max(last, due, await runAll(due, next));
      }
      return last;
    };
    const log = aNotice('m1', aLogKey(1));
    let isMailing = false;
    void run(DIED, [log], () => {
      isMailing = true;
      return never;
    });
    await expect.poll(() => isMailing).toBe(true);
    return { account, mails, run, runAll, log };
  };

  it('fails nothing that meets its claim, and is sent within five minutes after the claim is over', async () => {
    const { run, runAll, log, mails } = await aSetup();
    const { failed, rechecks } = await run(DIED + 1, [log]);
    expect(failed).toEqual([]);
    expect(mails).toEqual([]);
    const last = await runAll(DIED + 1, rechecks);
    expect(mails).toHaveLength(1);
    expect(last).toBeGreaterThanOrEqual(OVER);
    expect(last).toBeLessThanOrEqual(OVER + 5);
  });

  it('is sent where no account can be looked at', async () => {
    const { run, runAll, log, mails } = await aSetup(recordsAlone());
    const { failed, rechecks } = await run(DIED + 1, [log]);
    expect(failed).toEqual([]);
    await runAll(DIED + 1, rechecks);
    expect(mails).toHaveLength(1);
  });

  it('is not sent if the finding is over by then', async () => {
    const { account, run, runAll, log, mails } = await aSetup();
    const { rechecks } = await run(DIED + 1, [log]);
    account.is = tagged;
    await runAll(DIED + 1, rechecks);
    expect(mails).toEqual([]);
  });

  it('is asked for once, however many deliveries meet its claim at the same time', async () => {
    const { run, runAll, log, mails } = await aSetup();
    const { rechecks: first } = await run(DIED + 1, [log]);
    const { failed, rechecks: second } = await run(DIED + 1, [log]);
    expect(first).not.toEqual([]);
    expect([failed, second]).toEqual([[], []]);
    await runAll(DIED + 1, first);
    expect(mails).toHaveLength(1);
  });

  it('is sent by the next sweep if the messages about it are lost', async () => {
    const { run, log, mails } = await aSetup();
    await run(DIED + 1, [log]);
    const body = sweepMessage({ accountId: ACCOUNT, region: REGION, name: 'sweep' });
    expect(await run(OVER + 10, [{ messageId: 's', body }])).toMatchObject({ failed: [] });
    expect(mails).toHaveLength(1);
  });
});
