/** What no re-check could judge is mailed all the same: after the grace period on records alone, otherwise after the last re-check. */

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { Inventory, Scope } from '../../../src/inventory/inventory.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { aLaunchRecord, aTagRecord } from '../../support/deliveries.ts';
import { anInstance } from '../../support/inventories.ts';
import { type VirtualStack, virtualStack } from '../../support/virtual-stack.ts';

const CONFIG = parseConfig(JSON.stringify({ graceSeconds: 300, requiredTags: ['CostCenter'] }), 'config.json');
const SCOPE: Scope = { accountId: '111122223333', region: 'eu-west-1' };
const RECORDS_ALONE = 'Known from log records alone: there was no account to look at.';

const launch = aLaunchRecord(0, 'i-1');
const toldOf = ({ mails }: VirtualStack) => mails.filter(({ message }) => message.kind === 'findings');
const minutesOf = (stack: VirtualStack): readonly number[] => toldOf(stack).map(({ minute }) => minute);
const bodyOf = (stack: VirtualStack): string => toldOf(stack)[0]?.message.body.replaceAll(/\n {2}/g, ' ') ?? '';

/** An account that shows the instance without tags, or from minute `unreadFrom` on does not list it. */
function anAccount(isUnread: () => boolean): VirtualStack {
  const load = async (): Promise<Inventory> =>
    isUnread()
      ? { ...SCOPE, unread: { instances: 'UnauthorizedOperation' } }
      : { ...SCOPE, instances: [anInstance()], networkInterfaces: [] };
  return virtualStack(() => ({ inventory: { scopes: async () => [SCOPE], load } }), CONFIG);
}

describe('a finding by records alone', () => {
  const aStack = (): VirtualStack => virtualStack(() => ({ inventory: recordsAlone() }), CONFIG);

  it('is mailed once, when its grace period ends, and says that nobody has looked since', async () => {
    const stack = aStack();
    stack.watch([launch], 1);
    await stack.runUntil(24 * 60);
    expect(minutesOf(stack)).toEqual([5]);
    expect(bodyOf(stack)).toContain(RECORDS_ALONE);
    expect(bodyOf(stack)).toMatch(/Last seen: 2026-03-17 12:00:00 UTC \(5 min ago\), and not checked since/);
    expect(stack.counts.sent).toBe(1);
  });

  it('is not mailed if a record shows within the grace period that the tag was set', async () => {
    const stack = aStack();
    stack.watch([launch], 1);
    stack.watch([aTagRecord(2, 'i-1', { CostCenter: '1' })], 4);
    await stack.runUntil(24 * 60);
    expect(minutesOf(stack)).toEqual([]);
  });
});

describe('a finding in an account that can no longer be read', () => {
  it('is mailed once, after the last of the growing pauses, and says since when it was not checked', async () => {
    let isUnread = false;
    const stack = anAccount(() => isUnread);
    stack.watch([launch], 1);
    stack.act(2, () => {
      isUnread = true;
    });
    await stack.runUntil(24 * 60);
    expect(minutesOf(stack)).toEqual([20]);
    expect(bodyOf(stack)).toMatch(/Last seen: 2026-03-17 12:01:00 UTC \(19 min ago\), and not checked since/);
    expect(bodyOf(stack)).not.toContain(RECORDS_ALONE);
    expect(stack.counts.sent).toBe(5);
  });

  it('is mailed as it is by the first re-check that can read the account, without such a note', async () => {
    let isUnread = false;
    const stack = anAccount(() => isUnread);
    stack.watch([launch], 1);
    stack.act(2, () => {
      isUnread = true;
    });
    stack.act(7, () => {
      isUnread = false;
    });
    await stack.runUntil(24 * 60);
    expect(minutesOf(stack)).toEqual([8]);
    expect(bodyOf(stack)).not.toContain('not checked since');
  });

  it('is not mailed if it turns out to be over before the last re-check', async () => {
    let inventory: Inventory = { ...SCOPE, instances: [anInstance()], networkInterfaces: [] };
    const source = { scopes: async () => [SCOPE], load: async () => inventory };
    const stack = virtualStack(() => ({ inventory: source }), CONFIG);
    stack.watch([launch], 1);
    stack.act(2, () => {
      inventory = { ...SCOPE, unread: { instances: 'UnauthorizedOperation' } };
    });
    stack.act(15, () => {
      inventory = {
        ...SCOPE,
        instances: [anInstance({ tags: [{ key: 'CostCenter', value: '1' }] })],
        networkInterfaces: [],
      };
    });
    await stack.runUntil(24 * 60);
    expect(minutesOf(stack)).toEqual([]);
  });
});
