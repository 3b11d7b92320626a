/** Findings about calls that only time ends: what reports say of them, and who is mailed. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { type Config, parseConfig } from '../../../src/config.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { CLOSED_BY_TIME } from '../../../src/ledger/sight/closed.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { type Delivered, deliver } from '../../../src/pipeline/deliver.ts';
import { reportFromLedger } from '../../../src/pipeline/report-source.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import type { Report } from '../../../src/report/report.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord, BUCKET } from '../../support/deliveries.ts';
import { ACCOUNT, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const HOUR = 60;
const RULE = {
  ...{ name: 'trail-stopped', severity: 'high', pattern: { eventName: ['StopLogging'] } },
  ...{ resource: 'requestParameters.name', resolveAfterHours: 24, resolvedBy: { eventName: ['StartLogging'] } },
};
const EXEMPTION = { rule: 'custom:trail-stopped', resource: 'main', reason: 'a drill', owner: 'kim' };

const configOf = (more: object = {}): Config =>
  parseConfig(
    JSON.stringify({ trail: { buckets: [BUCKET], accounts: [ACCOUNT] }, watch: { rules: [RULE] }, ...more }),
    'config.json',
  );
const MUTED = configOf({ exemptions: [{ ...EXEMPTION, expires: '2027-01-31' }] });

const call = (eventName: string, minute: number, name = 'main') =>
  aRecord(eventName, minute, { name }, null, {
    eventSource: 'cloudtrail.amazonaws.com',
    eventID: `${eventName}-${name}-${minute}`,
  });

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

describe.each(LEDGERS)('a finding about calls that time ends, with %s', (_, newLedger) => {
  const aSetup = (config: Config) => {
    const bucket = aBucket();
    const mails: AlertMessage[] = [];
    const publisher = { publish: async (message: AlertMessage): Promise<string> => `mail-${mails.push(message)}` };
    const ledger = newLedger();
    const ports = { logs: bucket.logs, inventory: recordsAlone(), ledger, publisher };
    let files = 0;
    return {
      mails,
      ledger,
      log: (records: readonly object[], minute: number): Promise<Delivered> => {
        files += 1;
        bucket.put(aLogKey(files), records as never);
        return deliver([aNotice(`m${files}`, aLogKey(files))], ports, config, {
          now: at(minute),
          clock: STOPPED_CLOCK,
        });
      },
      sweep: (minute: number, by = config) => {
        const { source: inventory } = anAccountOf({ accountId: ACCOUNT, region: REGION, instances: [] } as never);
        const options = { now: at(minute), clock: STOPPED_CLOCK, name: `sweep-${minute}` };
        return sweep({ inventory, ledger, publisher }, by, options);
      },
      report: (since: number, until: number): Promise<Report> =>
        reportFromLedger(ledger, config, {
          ...{ period: { since: at(since), until: at(until) }, now: at(until), toolVersion: '0' },
        }),
    };
  };

  const EXEMPTED = { reason: 'a drill', owner: 'kim' };

  it('stays in reports as muted if it was exempted until time closed it', async () => {
    const { log, sweep: sweepAt, report } = aSetup(MUTED);
    await log([call('StopLogging', 1)], 2);
    await sweepAt(25 * HOUR);
    const { findings, summary, history } = await report(0, 26 * HOUR);
    expect(findings).toMatchObject([
      { status: 'muted', resourceId: 'main', detail: { exemption: EXEMPTED, closedBy: CLOSED_BY_TIME } },
    ]);
    expect(summary).toMatchObject({ muted: 1, resolved: 0, opened: 0, remediated: 0 });
    expect(Object.values(history)).toMatchObject([{ resolvedAt: at(1 + 24 * HOUR).toISOString() }]);
  });

  it('is muted as of a time before it was closed, and not there after it', async () => {
    const { log, sweep: sweepAt, report } = aSetup(MUTED);
    await log([call('StopLogging', 1)], 2);
    await sweepAt(25 * HOUR);
    const { findings } = await report(0, HOUR);
    expect(findings.map(({ status, detail }) => [status, detail.closedBy])).toEqual([['muted', undefined]]);
    expect((await report(26 * HOUR, 27 * HOUR)).findings).toEqual([]);
  });

  it('stays in reports as muted if it was exempted until its rule was taken out', async () => {
    const { log, sweep: sweepAt, report } = aSetup(MUTED);
    await log([call('StopLogging', 1)], 2);
    await sweepAt(HOUR, configOf({ watch: {} }));
    expect((await report(0, 2 * HOUR)).findings).toMatchObject([{ status: 'muted', resourceId: 'main' }]);
  });

  it('is resolved, not muted, if it was open until then', async () => {
    const { log, sweep: sweepAt, report } = aSetup(configOf());
    await log([call('StopLogging', 1)], 2);
    await sweepAt(25 * HOUR);
    const { findings } = await report(0, 26 * HOUR);
    expect(findings.map(({ status }) => status)).toEqual(['resolved']);
  });

  it('is closed with the delivery that first tells of the call, and not mailed', async () => {
    const { log, report, ledger, mails } = aSetup(configOf());
    const { acted } = await log([call('StopLogging', 1), call('StopLogging', 30 * HOUR, 'other')], 40 * HOUR);
    expect(acted.findings.map(({ resourceId, status }) => [resourceId, status])).toEqual([
      ['main', 'resolved'],
      ['other', 'open'],
    ]);
    expect(acted.changes).toMatchObject({
      opened: [expect.any(String), expect.any(String)],
      resolved: [acted.findings[0]?.id],
    });
    const [old] = await ledger.entries({ status: ['resolved'] });
    expect(old).toMatchObject({ openedAt: at(1), resolvedAt: at(1 + 24 * HOUR), resolvedBy: CLOSED_BY_TIME });
    expect((await report(0, 41 * HOUR)).summary).toMatchObject({ open: 1, resolved: 1, remediated: 0 });
    expect(mails.map(({ body }) => /main/.test(body))).toEqual([false]);
    expect(mails[0]?.body).toContain('other');
    expect(mails[0]?.body.replaceAll(/\s+/g, ' ')).toContain(
      'add it to "exemptions" in the deployed configuration with',
    );
  });

  it('is muted and closed with the delivery that first tells of the call, if it is exempt', async () => {
    const { log, report, mails } = aSetup(MUTED);
    const { acted } = await log([call('StopLogging', 1)], 40 * HOUR);
    expect(acted.findings).toMatchObject([{ status: 'muted', detail: { closedBy: CLOSED_BY_TIME } }]);
    expect((await report(0, 41 * HOUR)).findings).toMatchObject([
      { status: 'muted', detail: { closedBy: CLOSED_BY_TIME } },
    ]);
    expect(mails).toEqual([]);
  });

  it('stays open if an old call is delivered after a new one', async () => {
    const { log, ledger, mails } = aSetup(configOf());
    await log([call('StopLogging', 30 * HOUR)], 31 * HOUR);
    const { acted } = await log([call('StopLogging', 1)], 32 * HOUR);
    expect(acted.findings.map(({ status }) => status)).toEqual(['open']);
    expect((await ledger.entries({})).map(({ finding }) => finding.status)).toEqual(['open']);
    expect(mails).toHaveLength(1);
  });

  it('stays closed if the same log is read again', async () => {
    const { log, ledger, mails } = aSetup(configOf());
    for (const minute of [40, 50]) {
      const { acted } = await log([call('StopLogging', 1)], minute * HOUR);
      expect(acted.findings.map(({ status }) => status)).toEqual(['resolved']);
    }
    expect((await ledger.entries({})).map(({ generation }) => generation)).toEqual([1]);
    expect(mails).toEqual([]);
  });

  it('is opened by a new call, whose finding is mailed', async () => {
    const { log, ledger, mails } = aSetup(configOf());
    await log([call('StopLogging', 1)], 40 * HOUR);
    await log([call('StopLogging', 50 * HOUR)], 51 * HOUR);
    expect((await ledger.entries({})).map(({ finding, generation }) => [finding.status, generation])).toEqual([
      ['open', 2],
    ]);
    expect(mails).toHaveLength(1);
  });
});
