/** Findings by a rule that the configuration no longer judges: closed by the next sweep, and never given an all-clear. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { parseConfig } from '../../../src/config.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import type { LedgerEntry } from '../../../src/ledger/ledger.ts';
import { reportFromLedger } from '../../../src/pipeline/report-source.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { ACCOUNT, anInstance, anInventory, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const MIRRORING = { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] };
const ON = { requiredTags: ['CostCenter'], mirroring: MIRRORING, graceSeconds: 0 };
const UNTAGGED = anInventory({ instances: [anInstance({ tags: [] })] });
const TAGGED = anInventory({ instances: [anInstance({ tags: [{ key: 'CostCenter', value: '1' }] })] });
const BY_CONFIGURATION = 'our configuration, which no longer judges it';

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

describe.each(LEDGERS)('a rule that is switched off, with %s', (_, newLedger) => {
  const aSetup = () => {
    const ledger = newLedger();
    const mails: AlertMessage[] = [];
    const publish = async (message: AlertMessage): Promise<string> => `mail-${mails.push(message)}`;
    const run = async (minute: number, settings: object, inventory = UNTAGGED): Promise<void> => {
      const source = { scopes: async () => [SCOPE], load: async () => inventory };
      const config = parseConfig(JSON.stringify({ ...ON, ...settings }), 'config.json');
      const options = { now: at(minute), clock: STOPPED_CLOCK, name: `sweep ${minute}` };
      await sweep({ inventory: source, ledger, publisher: { publish } }, config, options);
    };
    const entryOf = async (rule: string): Promise<LedgerEntry | undefined> =>
      (await ledger.entries({})).find(({ finding }) => finding.rule === rule);
    return { ledger, run, entryOf, mails };
  };

  it.each([
    ['instance-untagged', { requiredTags: [] }],
    ['instance-unmirrored', { mirroring: { ...MIRRORING, mode: 'off' } }],
  ])('closes its finding (%s) and says that the configuration did, not that it is resolved', async (rule, off) => {
    const { run, entryOf, mails } = aSetup();
    await run(20, {});
    await run(40, off);
    expect(await entryOf(rule)).toMatchObject({ finding: { status: 'resolved' }, resolvedBy: BY_CONFIGURATION });
    expect(mails).toHaveLength(2);
    const { subject = '', body = '' } = mails[1] ?? {};
    expect(subject).toContain('NO LONGER JUDGED');
    expect(body).toContain('Closed, not resolved:');
    expect(body.replaceAll(/\n {2}/g, ' ')).toContain(`by ${BY_CONFIGURATION}`);
    expect(`${subject} ${body}`).not.toMatch(/RESOLVED |Resolved:|Nothing left to do/);
    await run(60, off);
    expect(mails).toHaveLength(2);
  });

  it('leaves the findings of the other rules open', async () => {
    const { run, entryOf } = aSetup();
    await run(20, {});
    await run(40, { requiredTags: [] });
    expect((await entryOf('instance-unmirrored'))?.finding.status).toBe('open');
  });

  it('opens and mails the finding again when the rule is switched on again', async () => {
    const { run, entryOf, mails } = aSetup();
    await run(20, {});
    await run(40, { requiredTags: [] });
    await run(60, {});
    expect(await entryOf('instance-untagged')).toMatchObject({ finding: { status: 'open' }, generation: 2 });
    expect(mails.at(-1)?.body).toContain('instance-untagged');
    expect(mails).toHaveLength(3);
  });

  it('is muted in reports, which count nothing as remediated', async () => {
    const { run, ledger } = aSetup();
    await run(20, {});
    await run(40, { requiredTags: [] });
    const period = { since: at(0), until: at(59) };
    const options = { period, now: at(59), toolVersion: '1' };
    const report = await reportFromLedger(ledger, parseConfig(JSON.stringify(ON), 'config.json'), options);
    const finding = report.findings.find(({ rule }) => rule === 'instance-untagged');
    expect(finding).toMatchObject({ status: 'muted', detail: { closedBy: BY_CONFIGURATION } });
    expect(report.summary).toMatchObject({ open: 1, muted: 1, resolved: 0, remediated: 0 });
  });

  it('says that what is resolved beside it is resolved', async () => {
    const { run, entryOf, mails } = aSetup();
    await run(20, {});
    await run(40, { mirroring: { ...MIRRORING, mode: 'off' } }, TAGGED);
    expect((await entryOf('instance-untagged'))?.resolvedBy).toBeUndefined();
    const { subject = '', body = '' } = mails[1] ?? {};
    expect(subject).toMatch(/RESOLVED 1 instance untagged/);
    expect(body).toContain('Resolved: 1 instance untagged');
    expect(body).toContain('Closed, not resolved: 1 instance unmirrored');
  });

  it('says that the resource is gone if it is', async () => {
    const { run, entryOf } = aSetup();
    await run(20, {});
    await run(40, { requiredTags: [] }, anInventory({ instances: [] }));
    expect(await entryOf('instance-untagged')).toMatchObject({ finding: { status: 'resolved' } });
    expect((await entryOf('instance-untagged'))?.resolvedBy).toBeUndefined();
  });
});
