/** The grace period: from the newest record that led to the opening, otherwise from the opening, and never longer. */

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { Instance } from '../../../src/inventory/instance.ts';
import type { InventorySource } from '../../../src/inventory/load-inventory.ts';
import { recheckMessage } from '../../../src/pipeline/own-messages.ts';
import { aLaunchRecord, aRecord, aTagRecord } from '../../support/deliveries.ts';
import { anInstance } from '../../support/inventories.ts';
import { type VirtualStack, virtualStack } from '../../support/virtual-stack.ts';

interface Setup extends VirtualStack {
  instances: readonly Instance[];
}

const tagged = [{ key: 'CostCenter', value: '1' }];

function aSetup(graceSeconds: number, instances: readonly Instance[] = [anInstance()]): Setup {
  const config = parseConfig(JSON.stringify({ graceSeconds, requiredTags: ['CostCenter'] }), 'config.json');
  const scope = { accountId: '111122223333', region: 'eu-west-1' };
  const source: InventorySource = {
    scopes: async () => [scope],
    load: async () => ({ ...scope, instances: setup.instances, networkInterfaces: [] }),
  };
  const stack = virtualStack(() => ({ inventory: source }), config);
  const setup: Setup = Object.assign(stack, { instances });
  return setup;
}

const aDeletion = (minute: number) =>
  aRecord(
    'DeleteTags',
    minute,
    { resourcesSet: { items: [{ resourceId: 'i-1' }] }, tagSet: { items: [{ key: 'CostCenter' }] } },
    { _return: true },
  );

const minutesOf = ({ mails }: VirtualStack): readonly number[] => mails.map(({ minute }) => minute);

describe('the grace period of a finding without a record', () => {
  it('begins when a sweep finds it, and ends with the re-check that the sweep asks for', async () => {
    const stack = aSetup(300, [anInstance({ launchTime: new Date('2026-03-17T12:00:50Z') })]);
    stack.sweep(1);
    await stack.runUntil(360);
    expect(minutesOf(stack)).toEqual([6]);
    expect(stack.counts).toMatchObject({ sweep: 1, watch: 1, sent: 1 });
  });

  it('is not made longer by later sweeps, although none is followed by a re-check', async () => {
    const stack = aSetup(8 * 3600);
    stack.send = () => 'lost';
    for (let hour = 0; hour < 24; hour += 1) stack.sweep(hour * 60 + 1);
    await stack.runUntil(24 * 60);
    expect(minutesOf(stack)).toEqual([8 * 60 + 1]);
  });

  it('ends earlier if the record of the launch is read later', async () => {
    const stack = aSetup(600);
    stack.sweep(4);
    stack.watch([aLaunchRecord(0, 'i-1')], 9);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([10]);
  });

  it('says since when the finding is open, not when it was mailed', async () => {
    const stack = aSetup(3600);
    stack.sweep(1);
    await stack.runUntil(120);
    expect(minutesOf(stack)).toEqual([61]);
    expect(stack.mails[0]?.message.body).toContain('Open since: 2026-03-17 12:01:00 UTC (60 min ago)');
  });
});

describe('the grace period of a finding with a record', () => {
  it('counts from the record, for sweeps too', async () => {
    const stack = aSetup(600);
    stack.send = () => 'lost';
    stack.watch([aLaunchRecord(0, 'i-1')], 2);
    stack.sweep(9);
    stack.sweep(10);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([10]);
  });

  it('is not made longer by records of later calls', async () => {
    const stack = aSetup(600);
    stack.watch([aLaunchRecord(0, 'i-1')], 1);
    for (let minute = 3; minute < 60; minute += 3) stack.watch([aTagRecord(minute, 'i-1', { Name: 'web' })], minute);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([10]);
  });

  it('is over for a record that is delivered late', async () => {
    const stack = aSetup(600);
    stack.watch([aLaunchRecord(0, 'i-1')], 11);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([11]);
    expect(stack.counts.sent).toBe(0);
  });

  it('does not count from a late record of a launch that set the tag, which somebody removed afterwards', async () => {
    const stack = aSetup(300);
    stack.watch([aLaunchRecord(0, 'i-1', { CostCenter: '1' })], 9);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([14]);
  });

  it('does not count from the launch when a re-check meets a tag removed just before', async () => {
    const stack = aSetup(300, [anInstance({ tags: tagged })]);
    stack.watch([aLaunchRecord(0, 'i-1', { CostCenter: '1' })], 1);
    stack.act(9, () => {
      stack.instances = [anInstance()];
    });
    stack.receive(
      recheckMessage({ accountId: '111122223333', region: 'eu-west-1', instanceIds: ['i-1'], networkInterfaceIds: [] }),
      9.5,
    );
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([14.5]);
  });

  it('counts from a record that is later than the clock of the function that reads it', async () => {
    const stack = aSetup(300, [anInstance({ tags: tagged })]);
    stack.watch([aLaunchRecord(0, 'i-1', { CostCenter: '1' })], 1);
    stack.act(8, () => {
      stack.instances = [anInstance()];
    });
    stack.watch([aDeletion(9)], 8.75);
    stack.watch([aTagRecord(9, 'i-1', { Name: 'web' })], 9.5);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([14]);
  });

  it('begins anew when the finding is opened again', async () => {
    const stack = aSetup(300);
    stack.watch([aLaunchRecord(0, 'i-1')], 1);
    stack.act(2, () => {
      stack.instances = [anInstance({ tags: tagged })];
    });
    stack.watch([aTagRecord(2, 'i-1', { CostCenter: '1' })], 3);
    stack.act(4, () => {
      stack.instances = [anInstance()];
    });
    stack.watch([aDeletion(4)], 4.5);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([9]);
  });

  it.each([
    ['a delivery', (stack: Setup) => stack.watch([aDeletion(12)], 13)],
    ['a sweep', (stack: Setup) => stack.sweep(13)],
  ])('does not count from a record before the tag was last seen, when %s opens the finding again', async (_, look) => {
    const stack = aSetup(300);
    stack.watch([aLaunchRecord(0, 'i-1')], 1);
    stack.act(2, () => {
      stack.instances = [anInstance({ tags: tagged })];
    });
    stack.act(12, () => {
      stack.instances = [anInstance()];
    });
    look(stack);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([18]);
  });

  it('does not count from a young record before the tag was last seen, when a sweep opens the finding again', async () => {
    const stack = aSetup(600);
    stack.watch([aLaunchRecord(0, 'i-1')], 1);
    stack.act(2, () => {
      stack.instances = [anInstance({ tags: tagged })];
    });
    stack.receive(
      recheckMessage({ accountId: '111122223333', region: 'eu-west-1', instanceIds: ['i-1'], networkInterfaceIds: [] }),
      3,
    );
    stack.act(4, () => {
      stack.instances = [anInstance()];
    });
    stack.sweep(5);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([15]);
  });

  it('leaves nothing to mail if the tag is set in time', async () => {
    const stack = aSetup(300);
    stack.watch([aLaunchRecord(0, 'i-1')], 1);
    stack.act(2, () => {
      stack.instances = [anInstance({ tags: tagged })];
    });
    await stack.runUntil(60);
    expect(stack.mails).toEqual([]);
    expect(await stack.ledger.entries({ status: ['open'] })).toEqual([]);
  });
});

describe('a configuration without a grace period', () => {
  it('mails what a sweep finds at once and asks for no re-check', async () => {
    const stack = aSetup(0);
    stack.sweep(1);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([1]);
    expect(stack.counts.sent).toBe(0);
  });
});

describe('the re-checks of a sweep', () => {
  it('are a message for 200 findings, and none for those that another sweep has asked for', async () => {
    const stack = aSetup(
      300,
      Array.from({ length: 450 }, (_, number) => anInstance({ instanceId: `i-${number}` })),
    );
    stack.sweep(1);
    stack.sweep(2);
    await stack.runUntil(4);
    expect(stack.counts.sent).toBe(3);
  });
});
