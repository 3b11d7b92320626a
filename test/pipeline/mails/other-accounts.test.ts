/** What a sweep of one account mails about others: nothing but what no sweep of an account would mail. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { parseConfig } from '../../../src/config.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aFinding } from '../../support/findings.ts';
import { ACCOUNT, anInstance, anInventory, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const CONFIG = parseConfig(JSON.stringify({ requiredTags: ['CostCenter'], graceSeconds: 60 }), 'config.json');

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

describe.each(LEDGERS)('a sweep of an account, with %s,', (_, newLedger) => {
  /** The mails of a sweep of our account, which has nothing of its own to report, with this finding in the ledger. */
  const mailedAbout = async (finding: Finding): Promise<readonly string[]> => {
    const ledger = newLedger();
    const bodies: string[] = [];
    const publish = async ({ body }: AlertMessage): Promise<string> => `mail-${bodies.push(body)}`;
    const tagged = anInstance({ instanceId: 'i-tagged', tags: [{ key: 'CostCenter', value: '1' }] });
    const inventory = {
      scopes: async () => [{ accountId: ACCOUNT, region: REGION }],
      load: async () => anInventory({ instances: [tagged] }),
    };
    await ledger.record({ at: at(0), findings: [finding], judgements: [], outcomes: [] });
    const ports = { inventory, ledger, publisher: { publish } };
    await sweep(ports, CONFIG, { now: at(10), clock: STOPPED_CLOCK, name: 'sweep' });
    return bodies;
  };
  const elsewhere = { accountId: '999988887777', region: REGION, firstSeen: at(0).toISOString() };

  it('mails nothing about another account or region, which its own delivery or sweep is about to mail', async () => {
    expect(await mailedAbout(aFinding({ ...elsewhere, resourceId: 'i-theirs' }))).toEqual([]);
    expect(await mailedAbout(aFinding({ accountId: ACCOUNT, region: 'us-east-1', resourceId: 'i-far' }))).toEqual([]);
  });

  it('mails what no sweep judges, wherever it is', async () => {
    const aboutAFile = {
      rule: 'log-integrity',
      resourceId: 's3://theirs/log',
      detail: { integrity: 'invalid' },
    } as const;
    const [body] = await mailedAbout(aFinding({ ...elsewhere, ...aboutAFile }));
    expect(body).toContain('theirs/log');
  });
});
