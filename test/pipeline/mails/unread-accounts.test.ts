/** What a sweep mails about an account that it could not read: nothing that may be over by now, and after an hour everything. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { parseConfig } from '../../../src/config.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aFinding } from '../../support/findings.ts';
import { ACCOUNT, anInstance, anInventory, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const CONFIG = parseConfig(JSON.stringify({ requiredTags: ['CostCenter'], graceSeconds: 60 }), 'config.json');
const SCOPE = { accountId: ACCOUNT, region: REGION };

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

/** What a sweep gets to see. */
const UNTAGGED = anInventory({ instances: [anInstance({ instanceId: 'i-untold', tags: [] })] });
const GONE = anInventory({ instances: [] });
const UNREAD: readonly (readonly [string, () => Promise<Inventory>])[] = [
  [
    'an account that it could not read',
    async () => Promise.reject(new PipelineError('inventory-unreadable', 'Rate exceeded', { retryable: true })),
  ],
  [
    'instances that it could not list',
    async () => ({ ...anInventory(), instances: undefined, unread: { instances: 'Rate exceeded' } }),
  ],
];

describe.each(LEDGERS)('a sweep with %s', (_, newLedger) => {
  /** An account whose untagged instance was found at minute 0, and mailed to nobody. */
  const aSetup = async () => {
    const ledger = newLedger();
    const mails: AlertMessage[] = [];
    const publish = async (message: AlertMessage): Promise<string> => `mail-${mails.push(message)}`;
    const seen = { firstSeen: at(0).toISOString(), lastSeen: at(0).toISOString() };
    const untold = aFinding({ ...SCOPE, ...seen, resourceId: 'i-untold' });
    await ledger.record({ at: at(0), findings: [untold], judgements: [], outcomes: [] });
    const run = async (minute: number, load: () => Promise<Inventory>): Promise<void> => {
      const inventory = { scopes: async () => [SCOPE], load };
      const options = { now: at(minute), clock: STOPPED_CLOCK, name: `sweep ${minute}` };
      await sweep({ inventory, ledger, publisher: { publish } }, CONFIG, options);
    };
    const told = (): readonly AlertMessage[] => mails.filter(({ body }) => body.includes('i-untold'));
    return { ledger, run, told };
  };

  describe.each(UNREAD)('of %s', (__, load) => {
    it('does not mail what was open before, which the attempt that reads it mails', async () => {
      const { run, told } = await aSetup();
      await run(20, load);
      expect(told()).toEqual([]);
      await run(21, async () => UNTAGGED);
      expect(told()).toHaveLength(1);
      await run(22, load);
      await run(100, load);
      expect(told()).toHaveLength(1);
    });

    it('never mails it if it turns out to be over', async () => {
      const { run, told } = await aSetup();
      await run(20, load);
      await run(21, async () => GONE);
      await run(100, load);
      expect(told()).toEqual([]);
    });

    it('mails it when it was not seen for more than an hour, once, and says when it was seen last', async () => {
      const { run, told } = await aSetup();
      for (const minute of [20, 21, 60]) await run(minute, load);
      expect(told()).toEqual([]);
      for (const minute of [75, 100, 180]) await run(minute, load);
      expect(told()).toHaveLength(1);
      const seen = at(0).toISOString().slice(0, 19).replace('T', ' ');
      expect(told()[0]?.body.replaceAll(/\n {2}/g, ' ')).toContain(
        `Last seen: ${seen} UTC (75 min ago), and not checked since`,
      );
    });
  });

  it('says nothing of when a finding was last seen that it has just seen', async () => {
    const { run, told } = await aSetup();
    await run(300, async () => UNTAGGED);
    expect(told()).toHaveLength(1);
    expect(told()[0]?.body).not.toContain('Last seen');
  });
});
