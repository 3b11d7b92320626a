/** What sweep after sweep cannot read or judge: the finding, its end, and what report, digest and mail say meanwhile. */

import { describe, expect, it } from 'vitest';
import { composeDigest } from '../../../src/alert/compose-digest.ts';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { parseConfig } from '../../../src/config.ts';
import { AwsCallError } from '../../../src/errors.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { InventorySource } from '../../../src/inventory/load-inventory.ts';
import { reportFromLedger } from '../../../src/pipeline/report-source.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, attachedTo, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';

const CONFIG = parseConfig(
  JSON.stringify({
    graceSeconds: 300,
    mirroring: { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] },
    requiredTags: ['Owner'],
  }),
  'config.json',
);
const DENIED = { unread: { securityGroups: 'ec2:DescribeSecurityGroups was denied' } };
const hour = (n: number): Date => new Date(Date.UTC(2026, 10, 20, n));

/** Three tagged instances, none of them mirrored. */
const anAccount = (parts: Partial<Inventory> = {}): Inventory => {
  const { instances = [], networkInterfaces = [] } = anInventory();
  const tags = [{ key: 'Owner', value: 'me' }];
  const ids = ['i-7', 'i-8', 'i-9'];
  return anInventory({
    instances: [
      ...instances.map((each) => ({ ...each, tags })),
      ...ids.map((instanceId) => anInstance({ instanceId, tags, networkInterfaceIds: [`eni-${instanceId}`] })),
    ],
    networkInterfaces: [
      ...networkInterfaces,
      ...ids.map((id, n) =>
        anInterface({
          networkInterfaceId: `eni-${id}`,
          attachment: attachedTo(id),
          privateIpAddress: `10.0.0.${20 + n}`,
        }),
      ),
    ],
    ...parts,
  });
};
const blind = (): Inventory => {
  const { securityGroups: _, ...rest } = anAccount();
  return { ...rest, ...DENIED };
};

/** An account that is each time as the list says; an error for one that lets nobody in. */
function aSetup({ withLedger = true } = {}) {
  const ledger = withLedger ? aLedger() : undefined;
  const mails: AlertMessage[] = [];
  let seen: Inventory | Error = anAccount();
  const inventory: InventorySource = {
    scopes: async () => [{ accountId: ACCOUNT, region: REGION }],
    load: async () => {
      if (seen instanceof Error) throw seen;
      return seen;
    },
  };
  const publisher = { publish: async (mail: AlertMessage) => `mail-${mails.push(mail)}` };
  const run = async (at: Date, account: Inventory | Error) => {
    seen = account;
    const swept = await sweep({ inventory, ledger, publisher }, CONFIG, {
      now: at,
      clock: STOPPED_CLOCK,
      name: at.toISOString(),
    });
    return swept.acted.findings.filter(({ rule }) => rule === 'not-judged');
  };
  return { ledger, mails, run };
}

const CLOSED = new AwsCallError('AssumeRole', 'AccessDenied', 'AssumeRole failed with AccessDenied');

describe('a list that sweep after sweep is denied', () => {
  it('is one finding from the second sweep on, is mailed, and is resolved by the first that can read it', async () => {
    const { ledger, mails, run } = aSetup();
    expect(await run(hour(1), blind())).toEqual([]);
    const [finding] = await run(hour(2), blind());
    expect(finding).toMatchObject({
      resourceType: 'AWS::Account',
      resourceId: `${ACCOUNT}/securityGroups`,
      severity: 'medium',
      status: 'open',
      firstSeen: hour(1).toISOString(),
    });
    expect(finding?.reason).toContain('ec2:DescribeSecurityGroups was denied');
    expect(finding?.reason).toMatch(/; \d+ instances could not be judged\.$/);
    expect(mails.at(-1)?.subject).toContain('1 account not fully judged');
    expect(await run(hour(3), blind())).toHaveLength(1);
    expect(await ledger?.entries({ rules: ['not-judged'] })).toHaveLength(1);
    expect(await run(hour(4), anAccount())).toEqual([]);
    expect(await ledger?.entries({ rules: ['not-judged'] })).toMatchObject([
      { finding: { status: 'resolved' }, resolvedAt: hour(4), generation: 1 },
    ]);
  });

  it('is in the digest after four sweeps, which used to say only "0 open"', async () => {
    const { ledger, run } = aSetup();
    for (const n of [1, 2, 3, 4]) await run(hour(n), blind());
    const period = { since: new Date(hour(5).getTime() - 86_400_000), until: hour(5) };
    const source = { entries: (await ledger?.entries({ period })) ?? [], runs: (await ledger?.runs(period)) ?? [] };
    const { subject, body } = composeDigest({ every: 'daily', ...source, lastLogAt: null }, { now: hour(5) });
    const text = body.replaceAll(/\s+/g, ' ');
    expect(text).toMatch(/1 list could not be read completely, \d+ instances could not be judged\./);
    expect(text).toContain('ec2:DescribeSecurityGroups was denied');
    expect(text).toMatch(/Mirrored: not measured \(\d+ could not be judged\)/);
    expect(subject).toMatch(/: 1 open \(1 medium\), 1 list not read, \d+ not judged/);
  });

  it('is no finding within the grace period, after a sweep that could judge, or without a ledger', async () => {
    const soon = aSetup();
    await soon.run(hour(1), blind());
    expect(await soon.run(new Date(hour(1).getTime() + 299_000), blind())).toEqual([]);
    const healed = aSetup();
    await healed.run(hour(1), blind());
    await healed.run(hour(2), anAccount());
    expect(await healed.run(hour(3), blind())).toEqual([]);
    const forgetful = aSetup({ withLedger: false });
    await forgetful.run(hour(1), blind());
    expect(await forgetful.run(hour(2), blind())).toEqual([]);
  });
});

describe('an account that lets nobody in', () => {
  it('is mailed at once, is a finding if it lasts, and keeps the finding about a list until that can be read', async () => {
    const { ledger, mails, run } = aSetup();
    await run(hour(1), blind());
    await run(hour(2), blind());
    await run(hour(3), CLOSED);
    expect(mails.at(-1)?.subject).toContain('FAILURE 1 account or list not read');
    expect(mails.at(-1)?.body).toContain('AssumeRole failed with AccessDenied');
    const open = await run(hour(4), CLOSED);
    expect(open.map(({ resourceId }) => resourceId)).toEqual([ACCOUNT]);
    const states = async () =>
      (await ledger?.entries({ rules: ['not-judged'] }))?.map(({ finding }) => [finding.resourceId, finding.status]);
    expect(await states()).toEqual([
      [ACCOUNT, 'open'],
      [`${ACCOUNT}/securityGroups`, 'open'],
    ]);
    await run(hour(5), anAccount());
    expect(await states()).toEqual([
      [ACCOUNT, 'resolved'],
      [`${ACCOUNT}/securityGroups`, 'resolved'],
    ]);
  });

  it('is in the report of the period, which gives no all-clear', async () => {
    const { ledger, run } = aSetup();
    await run(hour(1), CLOSED);
    if (ledger === undefined) throw new Error('no ledger');
    const period = { since: hour(0), until: hour(2) };
    const { gaps } = await reportFromLedger(ledger, CONFIG, { period, now: hour(2), toolVersion: '0' });
    expect(gaps).toMatchObject({ unreachedAccounts: 1, list: [{ kind: 'account', still: true }] });
  });

  it('is not mailed while the fault may pass by itself', async () => {
    const { mails, run } = aSetup();
    await run(hour(1), new AwsCallError('DescribeInstances', 'RequestLimitExceeded', 'throttled', { retryable: true }));
    expect(mails).toEqual([]);
  });
});
