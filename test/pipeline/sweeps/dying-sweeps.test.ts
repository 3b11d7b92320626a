/** Sweeps that die, are late, or come twice. A run is killed by a call that never answers: what it has claimed stays behind. */

import { describe, expect, it } from 'vitest';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { parseConfig } from '../../../src/config.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { Inventory, Scope } from '../../../src/inventory/inventory.ts';
import type { InventorySource } from '../../../src/inventory/load-inventory.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { sweepMessage } from '../../../src/pipeline/own-messages.ts';
import { type SweepOptions, type Swept, sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket } from '../../support/deliveries.ts';
import { ACCOUNT, anInstance, anInventory } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const CONFIG = parseConfig(JSON.stringify({ requiredTags: ['CostCenter'], graceSeconds: 0 }), 'config.json');
const REGIONS = ['eu-west-1', 'eu-west-2', 'eu-west-3'] as const;
const SCOPES = REGIONS.map((region): Scope => ({ accountId: ACCOUNT, region }));
const never = new Promise<never>(() => undefined);

/** One untagged instance in each region. Reading a region is as `load` does it; by default it takes no time. */
function anAccount(regions: readonly string[] = ['eu-west-1'], load?: (region: string) => Promise<void>) {
  const inventory: InventorySource = {
    scopes: async () => SCOPES.filter(({ region }) => regions.includes(region)),
    load: async ({ region }): Promise<Inventory> => {
      await load?.(region);
      return anInventory({ region, instances: [anInstance({ instanceId: `i-in-${region}`, tags: [] })] });
    },
  };
  return inventory;
}

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

describe.each(LEDGERS)('a sweep with %s', (_, newLedger) => {
  const aSetup = () => {
    const ledger = newLedger();
    const run = (
      inventory: InventorySource,
      options: Partial<SweepOptions> = {},
      ports: Partial<FullLedger> = {},
    ): Promise<Swept> =>
      sweep({ inventory, ledger: { ...ledger, ...ports } }, CONFIG, {
        ...{ now: at(0), clock: STOPPED_CLOCK, name: 'the schedule', owner: 'request 1' },
        ...options,
      });
    const open = async (): Promise<readonly string[]> =>
      (await ledger.entries({ status: ['open'] })).map(({ finding }) => finding.resourceId).toSorted();
    return { ledger, run, open };
  };
  const codesOf = ({ assessment }: Swept): readonly unknown[] =>
    assessment.failed.map(({ scope, error }) => [scope.region, error instanceof PipelineError ? error.code : error]);

  it('that was killed is swept again at once by a retry of its event', async () => {
    const { run, open } = aSetup();
    void run(anAccount(['eu-west-1'], () => never));
    await Promise.resolve();
    const again = await run(anAccount(), { now: at(1) });
    expect(again).toMatchObject({ skipped: [], assessment: { failed: [] } });
    expect(await open()).toEqual(['i-in-eu-west-1']);
  });

  it('that was killed between two scopes goes on where it stopped', async () => {
    const { run, open } = aSetup();
    const read: string[] = [];
    const slow = (region: string): Promise<void> => (region === 'eu-west-2' ? never : Promise.resolve());
    void run(anAccount(REGIONS, slow));
    await expect.poll(open).toEqual(['i-in-eu-west-1']);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const again = await run(
      anAccount(REGIONS, async (region) => void read.push(region)),
      { now: at(1) },
    );
    expect(again.skipped).toEqual(SCOPES.slice(0, 1));
    expect(read).toEqual(REGIONS.slice(1));
    expect(await open()).toEqual(REGIONS.map((region) => `i-in-${region}`));
  });

  it('whose claim somebody else has is not a success, and is one when they are done', async () => {
    const { run } = aSetup();
    let finish = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = run(anAccount(['eu-west-1'], () => waiting));
    const second = await run(anAccount(), { owner: 'request 2' });
    expect(second.skipped).toEqual([]);
    expect(second.assessment.failed).toMatchObject([
      { scope: SCOPES[0], error: { code: 'sweep-claimed', retryable: true, concerns: { region: 'eu-west-1' } } },
    ]);
    finish();
    await first;
    const third = await run(anAccount(), { owner: 'request 2' });
    expect(third).toMatchObject({ skipped: [SCOPES[0]], assessment: { failed: [] } });
  });

  it('whose owner died is taken over by another one when the lease is over', async () => {
    const { run, open } = aSetup();
    void run(
      anAccount(['eu-west-1'], () => never),
      { deadline: new Date(at(0).getTime() + 60_000) },
    );
    await Promise.resolve();
    expect(codesOf(await run(anAccount(), { now: at(1), owner: 'request 2' }))).toEqual([
      ['eu-west-1', 'sweep-claimed'],
    ]);
    expect(codesOf(await run(anAccount(), { now: at(2), owner: 'request 2' }))).toEqual([]);
    expect(await open()).toEqual(['i-in-eu-west-1']);
  });

  it('that was killed while it mailed is retried until the mail can be claimed again, and then mails', async () => {
    const { ledger, open } = aSetup();
    const mails: string[] = [];
    const run = (minute: number, publish: () => Promise<string>): Promise<Swept> =>
      sweep({ inventory: anAccount(), ledger, publisher: { publish } }, CONFIG, {
        ...{ now: at(minute), clock: STOPPED_CLOCK, name: 'the schedule', owner: 'request 1' },
      });
    const sends = async (): Promise<string> => `mail-${mails.push('sent')}`;
    let isMailing = false;
    void run(0, () => {
      isMailing = true;
      return never;
    });
    await expect.poll(() => isMailing).toBe(true);
    expect(await open()).toEqual(['i-in-eu-west-1']);
    expect(codesOf(await run(1, sends))).toEqual([['eu-west-1', 'mail-claimed']]);
    expect(codesOf(await run(16, sends))).toEqual([]);
    expect(mails).toHaveLength(1);
  });

  it('takes what it has claimed although the first answer was lost', async () => {
    const { run, open, ledger } = aSetup();
    const claim: FullLedger['claim'] = async (claims, claiming) => {
      await ledger.claim(claims, claiming);
      return ledger.claim(claims, claiming);
    };
    expect(codesOf(await run(anAccount(), {}, { claim }))).toEqual([]);
    expect(await open()).toEqual(['i-in-eu-west-1']);
  });

  it('gives its scope back when it could not record, so that anybody can sweep it at once', async () => {
    const { run, open } = aSetup();
    const fault = new PipelineError('ledger-failed', 'throttled', { retryable: true });
    const swept = await run(anAccount(), {}, { record: async () => Promise.reject(fault) });
    expect(swept.assessment.failed).toEqual([{ scope: SCOPES[0], error: fault }]);
    expect(codesOf(await run(anAccount(), { owner: 'request 2' }))).toEqual([]);
    expect(await open()).toEqual(['i-in-eu-west-1']);
  });

  it('names both faults when it can neither record nor give its scope back', async () => {
    const { run } = aSetup();
    const fails = (message: string) => async () => Promise.reject(new PipelineError('ledger-failed', message));
    const swept = await run(anAccount(), {}, { record: fails('no record'), settle: fails('no settling') });
    expect(swept.assessment.failed[0]?.error).toMatchObject({
      message: expect.stringMatching(/no record; .*no settling/),
    });
  });

  it('begins no scope after its deadline, names those that it did not begin, and leaves them to the retry', async () => {
    const { run, open } = aSetup();
    let elapsed = 0;
    const clock = { ...STOPPED_CLOCK, runId: 'run', elapsedMs: () => elapsed };
    const slow = async (): Promise<void> => {
      elapsed += 40_000;
    };
    const deadline = new Date(at(0).getTime() + 60_000);
    const swept = await run(anAccount(REGIONS, slow), { clock, deadline });
    expect(codesOf(swept)).toEqual([['eu-west-3', 'out-of-time']]);
    expect(swept.assessment.failed[0]?.error).toMatchObject({
      retryable: true,
      message: expect.stringContaining(`${ACCOUNT} in eu-west-3 was not begun`),
    });
    expect(await open()).toEqual(['i-in-eu-west-1', 'i-in-eu-west-2']);
    expect(await run(anAccount(REGIONS), { now: at(1) })).toMatchObject({ skipped: SCOPES.slice(0, 2) });
    expect(await open()).toHaveLength(3);
  });

  it('by messages does one after the other until the deadline, and has the rest delivered again', async () => {
    const { ledger, open } = aSetup();
    let elapsed = 0;
    const clock = { ...STOPPED_CLOCK, runId: 'run', elapsedMs: () => elapsed };
    const inventory = anAccount(REGIONS, async () => {
      elapsed += 40_000;
    });
    const messages = SCOPES.map((scope) => ({
      messageId: scope.region,
      body: sweepMessage({ ...scope, name: 'the schedule' }),
    }));
    const ports = { inventory, ledger, logs: aBucket().logs };
    const deadline = new Date(at(0).getTime() + 60_000);
    const { failed } = await deliver(messages, ports, CONFIG, { now: at(0), clock, deadline });
    expect(failed).toMatchObject([{ message: { messageId: 'eu-west-3' }, error: { code: 'out-of-time' } }]);
    const again = await deliver(messages, ports, CONFIG, { now: at(1), clock: STOPPED_CLOCK });
    expect(again.failed).toEqual([]);
    expect(await open()).toHaveLength(3);
  });

  it('by a message that killed its function is swept again when the message comes back', async () => {
    const { ledger, open } = aSetup();
    const [scope] = SCOPES;
    const message = { messageId: 'm1', body: sweepMessage({ ...(scope as Scope), name: 'the schedule' }) };
    const ports = { ledger, logs: aBucket().logs };
    const options = { now: at(0), clock: STOPPED_CLOCK };
    void deliver([message], { ...ports, inventory: anAccount(['eu-west-1'], () => never) }, CONFIG, options);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const again = await deliver([message], { ...ports, inventory: anAccount() }, CONFIG, { ...options, now: at(1) });
    expect(again.failed).toEqual([]);
    expect(await open()).toEqual(['i-in-eu-west-1']);
  });
});
