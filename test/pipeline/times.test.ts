import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { InventorySource } from '../../src/inventory/load-inventory.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { type Delivered, type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import type { RunClock } from '../../src/remediation/apply-plan.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, aRecord, aTagRecord } from '../support/deliveries.ts';
import { ACCOUNT, anInstance, anInventory, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const TAGS = parseConfig(JSON.stringify({ requiredTags: ['CostCenter'] }), 'config.json');
const MIRROR = parseConfig(
  JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } }),
  'config.json',
);

/** A clock on which each reading comes `ms` after the one before; the first is 0. */
function steppingClock(ms: number): RunClock {
  let reading = -ms;
  return { elapsedMs: () => (reading += ms), runId: 'run', sleep: () => Promise.resolve() };
}

const untagging = (minute: number, instanceId: string) =>
  aRecord(
    'DeleteTags',
    minute,
    { resourcesSet: { items: [{ resourceId: instanceId }] }, tagSet: { items: [{ key: 'CostCenter' }] } },
    { _return: true },
  );

const account = (tags: readonly { readonly key: string; readonly value: string }[]): InventorySource => ({
  scopes: async () => [{ accountId: ACCOUNT, region: REGION }],
  load: async (scope) => ({ ...scope, instances: [anInstance({ instanceId: 'i-0a1', tags })], networkInterfaces: [] }),
});

/** Delivers files of records, one after the other, to one ledger. */
function aSetup(config = TAGS) {
  const bucket = aBucket();
  const mails: AlertMessage[] = [];
  const ledger = aLedger();
  const publisher = { publish: async (message: AlertMessage) => `mail-${mails.push(message)}` };
  let files = 0;
  return {
    mails,
    ledger,
    async deliver(
      records: readonly Readonly<Record<string, unknown>>[],
      now: Date,
      ports: Partial<DeliverPorts> = {},
      clock: RunClock = STOPPED_CLOCK,
    ): Promise<Delivered> {
      files += 1;
      bucket.put(aLogKey(files), records);
      return deliver(
        [aNotice(`m${files}`, aLogKey(files))],
        { logs: bucket.logs, inventory: recordsAlone(), ledger, publisher, ...ports },
        config,
        { now, clock },
      );
    },
    sweep: (inventory: InventorySource, now: Date, ports: Partial<DeliverPorts> = {}) =>
      sweep({ inventory, ledger, publisher, ...ports }, config, { now, clock: STOPPED_CLOCK, name: now.toISOString() }),
    async entry(): Promise<LedgerEntry | undefined> {
      // Muted: the sensors, which a sweep meets too.
      const entries = await ledger.entries({ status: ['open', 'resolved'] });
      expect(entries.length).toBeLessThanOrEqual(1);
      return entries[0];
    },
  };
}

const seen = ({ finding: { firstSeen, lastSeen }, openedAt, resolvedAt, generation }: LedgerEntry) => ({
  ...{ firstSeen: new Date(firstSeen), lastSeen: new Date(lastSeen) },
  ...{ openedAt, resolvedAt, generation },
});

describe('what rests on records alone', () => {
  it('is dated at the record that removed the tag, not at the launch with the tag', async () => {
    const setup = aSetup();
    await setup.deliver([aLaunchRecord(7, 'i-0a1', { CostCenter: '1' }), untagging(10, 'i-0a1')], at(60));
    expect([await setup.entry()].map((entry) => entry && seen(entry))).toEqual([
      { firstSeen: at(10), lastSeen: at(10), openedAt: at(10), resolvedAt: null, generation: 1 },
    ]);
  });

  it('is not dated by a later call that decides nothing', async () => {
    const setup = aSetup();
    await setup.deliver([aLaunchRecord(7, 'i-0a1'), aTagRecord(20, 'i-0a1', { Name: 'web' })], at(60));
    expect(await setup.entry()).toMatchObject({ openedAt: at(7), finding: { lastSeen: at(7).toISOString() } });
  });

  it('is resolved when the tag was set, not by a later call on another tag', async () => {
    const setup = aSetup();
    await setup.deliver([aLaunchRecord(7, 'i-0a1')], at(60));
    await setup.deliver(
      [aTagRecord(9, 'i-0a1', { CostCenter: '1' }), aTagRecord(20, 'i-0a1', { Name: 'web' })],
      at(61),
    );
    expect(await setup.entry()).toMatchObject({ openedAt: at(7), resolvedAt: at(9) });
  });

  it('is unknown when a tag was removed and set within the same second', async () => {
    const setup = aSetup();
    const { assessment } = await setup.deliver(
      [aLaunchRecord(7, 'i-0a1'), aTagRecord(9, 'i-0a1', { CostCenter: '1' }), untagging(9, 'i-0a1')],
      at(60),
    );
    expect(assessment.judgements).toMatchObject([{ result: 'unknown', reason: expect.stringContaining('CostCenter') }]);
    expect(await setup.entry()).toBeUndefined();
  });

  it('does not overturn a later look', async () => {
    const setup = aSetup();
    await setup.sweep(account([]), at(20));
    await setup.sweep(account([{ key: 'CostCenter', value: '1' }]), at(30));
    await setup.deliver([untagging(25, 'i-0a1')], at(60));
    expect(await setup.entry()).toMatchObject({ openedAt: at(20), resolvedAt: at(30), generation: 1 });
  });
});

describe('what rests on a look at the account', () => {
  it('is dated at the look, whatever the records say', async () => {
    const setup = aSetup();
    const inventory = account([]);
    await setup.deliver([aLaunchRecord(7, 'i-0a1', { CostCenter: '1' }), untagging(10, 'i-0a1')], at(60), {
      inventory,
    });
    expect([await setup.entry()].map((entry) => entry && seen(entry))).toEqual([
      { firstSeen: at(60), lastSeen: at(60), openedAt: at(60), resolvedAt: null, generation: 1 },
    ]);
  });

  it('decides which of two calls of the same second came last', async () => {
    const records = [aLaunchRecord(7, 'i-0a1'), aTagRecord(9, 'i-0a1', { CostCenter: '1' }), untagging(9, 'i-0a1')];
    const setup = aSetup();
    await setup.deliver(records, at(60), { inventory: account([{ key: 'CostCenter', value: '1' }]) });
    expect(await setup.entry()).toBeUndefined();
    await setup.deliver(records, at(61), { inventory: account([]) });
    expect(await setup.entry()).toMatchObject({ openedAt: at(61) });
  });

  it('is dated when the account was read, which in a long run is later than its beginning', async () => {
    const setup = aSetup();
    const clock: RunClock = { elapsedMs: () => 240_000, runId: 'run', sleep: () => Promise.resolve() };
    await setup.deliver([aLaunchRecord(7, 'i-0a1')], at(60), { inventory: account([]) }, clock);
    expect(await setup.entry()).toMatchObject({ openedAt: at(64) });
  });
});

describe('a repair', () => {
  const repairing = (inventory: Inventory = anInventory()) => {
    const simulated = anAccountOf(inventory);
    return { inventory: simulated.source, writer: simulated.writer };
  };
  /** An account that was read before any repair. */
  const readBefore: InventorySource = {
    scopes: async () => [{ accountId: ACCOUNT, region: REGION }],
    load: async () => anInventory(),
  };

  it('is dated when its answer came', async () => {
    const setup = aSetup(MIRROR);
    const clock = steppingClock(1000);
    const { acted } = await setup.deliver([aLaunchRecord(0, 'i-1')], at(10), repairing(), clock);
    const [answeredAt] = acted.outcomes.map((outcome) => outcome.at);
    expect(answeredAt?.getTime()).toBeGreaterThan(at(10).getTime());
    expect(await setup.entry()).toMatchObject({ openedAt: at(10), resolvedAt: answeredAt });
    expect((await setup.entry())?.outcomes).toMatchObject([{ at: answeredAt, result: 'done' }]);
  });

  it('is not undone by an overlapping run that looked before its answer and records after it', async () => {
    const setup = aSetup(MIRROR);
    await setup.deliver([aLaunchRecord(0, 'i-1')], at(10), repairing(), steppingClock(5000));
    await setup.sweep(readBefore, new Date(at(10).getTime() + 1000));
    expect(setup.mails).toEqual([]);
    expect(await setup.entry()).toMatchObject({ finding: { status: 'resolved' }, generation: 1 });
  });

  it('opens and resolves a launch once when it is seen as a call and as a running event at the same time', async () => {
    const setup = aSetup(MIRROR);
    const ports = repairing();
    const launch = aLaunchRecord(0, 'i-1');
    const eventOf = (event: object) => ({ account: ACCOUNT, region: REGION, time: at(0).toISOString(), ...event });
    const call = eventOf({
      source: 'aws.ec2',
      'detail-type': 'AWS API Call via CloudTrail',
      id: 'e-1',
      detail: launch,
    });
    const running = eventOf({
      ...{ source: 'aws.ec2', 'detail-type': 'EC2 Instance State-change Notification', id: 'e-2' },
      detail: { 'instance-id': 'i-1', state: 'running' },
    });
    const respond = (body: object, now: Date, inventory: InventorySource) =>
      deliver([{ body }], { ...ports, inventory, logs: aBucket().logs, ledger: setup.ledger }, MIRROR, {
        now,
        clock: steppingClock(20),
      });
    await respond(call, new Date(at(0).getTime() - 20), ports.inventory);
    const { acted } = await respond(running, new Date(at(0).getTime() - 10), readBefore);
    expect(acted.outcomes).toMatchObject([{ result: 'done' }]);
    expect(await setup.entry()).toMatchObject({ finding: { status: 'resolved' }, generation: 1 });
  });
});
