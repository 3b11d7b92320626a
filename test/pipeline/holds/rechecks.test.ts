/** How often we look again by ourselves: once when a finding is no longer held back, whatever brought it about. */

import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../../src/config.ts';
import type { InventorySource } from '../../../src/inventory/load-inventory.ts';
import { aLaunchRecord, aRecord } from '../../support/deliveries.ts';
import { anInstance, anInventory } from '../../support/inventories.ts';
import { anAccountOf, failing, refusedWith } from '../../support/mirror-writers.ts';
import { type VirtualStack, virtualStack } from '../../support/virtual-stack.ts';

const DAY = 24 * 60;

const tagged = (graceSeconds: number): Config =>
  parseConfig(JSON.stringify({ graceSeconds, requiredTags: ['CostCenter'] }), 'config.json');
const mirrored = (graceSeconds: number): Config =>
  parseConfig(
    JSON.stringify({ graceSeconds, mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } }),
    'config.json',
  );

const SCOPE = { accountId: '111122223333', region: 'eu-west-1' };

/** One instance without tags, and the functions that watch it. `unreadable` says when EC2 does not list it. */
function anUntaggedInstance(
  graceSeconds: number,
  { unreadable = () => false }: { readonly unreadable?: () => boolean } = {},
): VirtualStack & { tag(): void } {
  let tags: readonly { key: string; value: string }[] = [];
  const source: InventorySource = {
    scopes: async () => [SCOPE],
    load: async (scope) =>
      unreadable()
        ? { ...scope, unread: { instances: 'UnauthorizedOperation' } }
        : { ...scope, instances: [{ ...anInstance(), tags }], networkInterfaces: [] },
  };
  const stack = virtualStack(() => ({ inventory: source }), tagged(graceSeconds));
  return Object.assign(stack, {
    tag() {
      tags = [{ key: 'CostCenter', value: '1' }];
    },
  });
}

/** An account whose sessions EC2 refuses to create. */
function aRefusingAccount(graceSeconds: number): VirtualStack {
  const account = anAccountOf(anInventory());
  const refusals = Array.from({ length: 10_000 }, () => ({ before: refusedWith('UnauthorizedOperation') }));
  const writer = failing(account.writer, { createSession: refusals });
  return virtualStack(() => ({ inventory: account.source, writer }), mirrored(graceSeconds));
}

const launch = aLaunchRecord(0, 'i-1');
const deletion = aRecord(
  'DeleteTrafficMirrorSession',
  0,
  { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-1' } },
  { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: 'tms-1' } },
);

const minutesOf = ({ mails }: VirtualStack): readonly number[] => mails.map(({ minute }) => minute);

describe('a re-check', () => {
  it('is asked for once, however many deliveries are about the instance', async () => {
    const stack = anUntaggedInstance(300);
    for (let number = 0; number < 5; number += 1) stack.watch([launch], 1 + number / 10);
    await stack.runUntil(60);
    expect(stack.counts).toMatchObject({ watch: 6, sent: 1 });
    expect(minutesOf(stack)).toEqual([5]);
  });

  it.each([3600, 14_400, 86_400])(
    'is sent on until a grace period of %s s ends, without a look or a read',
    async (graceSeconds) => {
      const stack = anUntaggedInstance(graceSeconds);
      stack.watch([launch], 1);
      await stack.runUntil(1);
      const { looks, ledgerCalls } = stack.counts;
      await stack.runUntil(graceSeconds / 60 - 1);
      expect(stack.counts).toMatchObject({ looks, ledgerCalls });
      expect(stack.mails).toEqual([]);
      await stack.runUntil(graceSeconds / 60 + 1);
      expect(minutesOf(stack)).toEqual([graceSeconds / 60]);
      expect(stack.counts.watch).toBe(1 + Math.ceil((graceSeconds / 60 - 1) / 15));
    },
  );

  it('that cannot be sent is free for the next delivery', async () => {
    const stack = anUntaggedInstance(300);
    stack.send = () => 'refused';
    stack.watch([launch], 1);
    await expect(stack.runUntil(1)).rejects.toThrow('the queue refuses the message');
    stack.send = () => 'sent';
    stack.watch([launch], 2);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([5]);
  });

  it('that is lost is made up for by the next delivery or sweep after it was due', async () => {
    const stack = anUntaggedInstance(300);
    stack.send = () => 'lost';
    stack.watch([launch], 1);
    stack.sweep(4);
    stack.sweep(30);
    await stack.runUntil(60);
    expect(minutesOf(stack)).toEqual([30]);
  });

  it('that can judge nothing is repeated after 1, 2, 4 and 8 minutes, and then left to the next sweep', async () => {
    let isUnreadable = false;
    const stack = anUntaggedInstance(300, { unreadable: () => isUnreadable });
    stack.watch([launch], 1);
    stack.act(2, () => {
      isUnreadable = true;
    });
    await stack.runUntil(DAY);
    expect(stack.counts).toMatchObject({ watch: 6, sent: 5 });
    isUnreadable = false;
    stack.sweep(DAY + 1);
    await stack.runUntil(DAY + 1);
    expect(stack.mails.at(-1)?.message.kind).toBe('findings');
  });

  it('of a message that names a time far off is made at once', async () => {
    const stack = anUntaggedInstance(0);
    const body = { mirrorwatch: 'recheck', ...SCOPE, instanceIds: ['i-1'], notBefore: '9999-01-01T00:00:00Z' };
    stack.receive(JSON.stringify(body), 1);
    await stack.runUntil(60);
    expect(stack.counts).toMatchObject({ sent: 0, looks: 1 });
  });
});

describe('a session that EC2 refuses to create', () => {
  it.each([
    [0, 1],
    [0, 50],
    [300, 1],
    [300, 50],
  ])(
    'costs some dozens of runs a day at a grace of %s s, whatever the deliveries (%s)',
    async (graceSeconds, deliveries) => {
      const stack = aRefusingAccount(graceSeconds);
      for (let number = 0; number < deliveries; number += 1) stack.watch([deletion], 1 + (number * DAY) / deliveries);
      for (let hour = 0; hour < 24; hour += 6) stack.sweep(hour * 60 + 3);
      await stack.runUntil(DAY);
      expect(stack.counts.watch - deliveries).toBeLessThanOrEqual(2);
      expect(stack.counts.remediate).toBeLessThanOrEqual(36);
      expect(stack.mails).toHaveLength(1);
    },
  );

  it('is tried again by each sweep', async () => {
    const stack = aRefusingAccount(0);
    stack.watch([deletion], 1);
    stack.sweep(2);
    stack.sweep(3);
    await stack.runUntil(4);
    expect(stack.counts).toMatchObject({ handOvers: 3, remediate: 3 });
  });
});
