import { describe, expect, it } from 'vitest';
import { composeDigest } from '../../src/alert/compose-digest.ts';
import type { AlertMessage } from '../../src/alert/message.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { CLOSED_BY_TIME } from '../../src/ledger/sight/closed.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { type Delivered, deliver } from '../../src/pipeline/deliver.ts';
import { reportFromLedger } from '../../src/pipeline/report-source.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord, BUCKET } from '../support/deliveries.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const RULE = {
  name: 'trail-stopped',
  title: 'Trail stopped',
  severity: 'high',
  pattern: { eventName: ['StopLogging'] },
  resource: 'requestParameters.name',
  resolveAfterHours: 24,
  resolvedBy: { eventName: ['StartLogging'] },
};

const configOf = (rules: readonly object[] = [RULE], more: object = {}): Config =>
  parseConfig(
    JSON.stringify({ trail: { buckets: [BUCKET], accounts: [ACCOUNT] }, watch: { rules }, ...more }),
    'config.json',
  );

const HOUR = 60;
const call = (eventName: string, minute: number, name = 'main', more: object = {}) =>
  aRecord(eventName, minute, { name }, null, {
    eventSource: 'cloudtrail.amazonaws.com',
    eventID: `${eventName}-${name}-${minute}`,
    ...more,
  });

function aSetup(config = configOf()) {
  const bucket = aBucket();
  const mails: AlertMessage[] = [];
  const publisher = {
    publish: async (message: AlertMessage): Promise<string> => {
      mails.push(message);
      return `mail-${mails.length}`;
    },
  };
  const ledger = aLedger();
  const ports = { logs: bucket.logs, inventory: recordsAlone(), ledger, publisher };
  let files = 0;
  const run = (messages: readonly Message[], minute: number, by = config): Promise<Delivered> =>
    deliver(messages, ports, by, { now: at(minute), clock: STOPPED_CLOCK });
  return {
    mails,
    ledger,
    run,
    log: (records: readonly object[], minute: number, by = config) => {
      files += 1;
      bucket.put(aLogKey(files), records as never);
      return run([aNotice(`m${files}`, aLogKey(files))], minute, by);
    },
    sweep: (minute: number, by = config) => {
      const { source: inventory } = anAccountOf({ accountId: ACCOUNT, region: REGION, instances: [] } as never);
      const options = { now: at(minute), clock: STOPPED_CLOCK, name: `sweep-${minute}` };
      return sweep({ inventory, ledger, publisher }, by, options);
    },
    entries: async (): Promise<readonly LedgerEntry[]> => ledger.entries({}),
  };
}

const summary = ({ finding, resolvedBy }: LedgerEntry) => ({
  status: finding.status,
  resourceId: finding.resourceId,
  count: finding.detail.eventCount,
  ...(resolvedBy !== undefined && { resolvedBy }),
});

describe('a rule of the configuration', () => {
  it('makes one finding of a delivered log, mails it at once and keeps it', async () => {
    const setup = aSetup();
    const { failed } = await setup.log([call('StopLogging', 1), call('StopLogging', 2), call('GetTrail', 3)], 5);
    expect(failed).toEqual([]);
    const [entry, ...others] = await setup.entries();
    expect(others).toEqual([]);
    expect(entry?.finding).toMatchObject({
      rule: 'custom:trail-stopped',
      severity: 'high',
      status: 'open',
      accountId: ACCOUNT,
      region: REGION,
      resourceType: 'Other',
      resourceId: 'main',
      reason: `arn:aws:iam::${ACCOUNT}:user/dana called StopLogging (the newest of 2 such calls)`,
      cause: { kind: 'call', calls: [{ actor: 'dana', eventName: 'StopLogging', eventID: 'StopLogging-main-2' }] },
      detail: { eventCount: 2 },
      firstSeen: at(1).toISOString(),
      lastSeen: at(2).toISOString(),
    });
    expect(entry?.finding.evidence.map(({ role, sourceIPAddress }) => [role, sourceIPAddress])).toEqual([
      ['cause', '203.0.113.9'],
      ['context', '203.0.113.9'],
    ]);
    expect(setup.mails).toHaveLength(1);
    expect(setup.mails[0]?.body).toContain('StopLogging');
  });

  it('finds the call in an EventBridge event within one run', async () => {
    const setup = aSetup();
    const detail = call('StopLogging', 1);
    const event = {
      ...{ version: '0', id: 'e-1', 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.cloudtrail' },
      ...{ account: ACCOUNT, time: at(1).toISOString(), region: REGION, resources: [], detail },
    };
    await setup.run([{ messageId: 'm', body: JSON.stringify(event) }], 1);
    expect((await setup.entries()).map(summary)).toEqual([{ status: 'open', resourceId: 'main', count: 1 }]);
    expect(setup.mails).toHaveLength(1);
    // The same call in the log that follows is neither counted nor mailed again.
    await setup.log([detail], 10);
    expect((await setup.entries()).map(summary)).toEqual([{ status: 'open', resourceId: 'main', count: 1 }]);
    expect(setup.mails).toHaveLength(1);
  });

  it('finds a user that was made at night by an event of the region of IAM', async () => {
    const hours = { timeZone: 'Europe/Berlin', hours: { from: '08:00', to: '18:00' }, holidays: ['2026-03-17'] };
    const setup = aSetup(configOf([], { watch: { iamUserAfterHours: hours } }));
    const ofIam = {
      eventSource: 'iam.amazonaws.com',
      awsRegion: 'us-east-1',
      requestParameters: { userName: 'mallory' },
    };
    const detail = call('CreateUser', 1, 'main', ofIam);
    const event = {
      ...{ version: '0', id: 'e-1', 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.iam' },
      ...{ account: ACCOUNT, time: at(1).toISOString(), region: 'us-east-1', resources: [], detail },
    };
    await setup.run([{ messageId: 'm', body: JSON.stringify(event) }], 1);
    const inVirginia = [{ status: 'open', resourceId: 'mallory', count: 1 }];
    expect((await setup.entries()).map(summary)).toEqual(inVirginia);
    await setup.log([detail], 10);
    expect((await setup.entries()).map(summary)).toEqual(inVirginia);
    expect(setup.mails).toHaveLength(1);
  });

  it('adds up the calls of several deliveries, in any order and repeated', async () => {
    const setup = aSetup();
    await setup.log([call('StopLogging', 5)], 6);
    await setup.log([call('StopLogging', 1), call('StopLogging', 5)], 8);
    await setup.log([call('StopLogging', 7)], 9);
    expect((await setup.entries()).map(summary)).toEqual([{ status: 'open', resourceId: 'main', count: 3 }]);
    expect(setup.mails).toHaveLength(1);
  });

  it('says that there may be more calls than it counts, where more came than are kept', async () => {
    const setup = aSetup();
    const many = Array.from({ length: 30 }, (_, minute) => call('StopLogging', minute));
    await setup.log(many, 31);
    await setup.log([call('StopLogging', 40)], 41);
    const [entry] = await setup.entries();
    expect(entry?.finding.evidence.length).toBeLessThanOrEqual(50);
    expect(entry?.finding.detail).toMatchObject({ eventCount: 30, eventCountIsMinimum: true });
  });

  it('is ended by the call that the rule names, and says by whom', async () => {
    const setup = aSetup();
    await setup.log([call('StopLogging', 1)], 2);
    await setup.log([call('StartLogging', 30)], 31);
    expect((await setup.entries()).map(summary)).toEqual([
      { status: 'resolved', resourceId: 'main', count: 1, resolvedBy: 'dana' },
    ]);
    expect(setup.mails).toHaveLength(2);
    await setup.log([call('StopLogging', 60)], 61);
    expect((await setup.entries()).map(({ finding, generation }) => [finding.status, generation])).toEqual([
      ['open', 2],
    ]);
    expect(setup.mails).toHaveLength(3);
  });

  it('is told once if it was ended within the delivery that found it', async () => {
    const setup = aSetup();
    for (const minute of [40, 41]) await setup.log([call('StopLogging', 1), call('StartLogging', 30)], minute);
    expect((await setup.entries()).map(summary)).toEqual([
      { status: 'resolved', resourceId: 'main', count: 1, resolvedBy: 'dana' },
    ]);
    expect(setup.mails).toHaveLength(1);
    expect(setup.mails[0]?.body).toContain('StopLogging');
  });

  it('is not ended by a call about another resource, or one before it', async () => {
    const setup = aSetup();
    await setup.log([call('StartLogging', 0), call('StopLogging', 1), call('StartLogging', 2, 'other')], 3);
    expect((await setup.entries()).map(summary)).toEqual([{ status: 'open', resourceId: 'main', count: 1 }]);
  });

  it('is over when no such call came for as long as the rule says, without a mail', async () => {
    const setup = aSetup();
    await setup.log([call('StopLogging', 1)], 2);
    await setup.sweep(23 * HOUR);
    expect((await setup.entries()).map(({ finding }) => finding.status)).toEqual(['open']);
    await setup.sweep(25 * HOUR);
    const [entry] = await setup.entries();
    expect(entry).toMatchObject({ finding: { status: 'resolved' }, resolvedAt: at(1 + 24 * HOUR) });
    expect(entry?.resolvedBy).toBe(CLOSED_BY_TIME);
    expect(setup.mails.filter(({ body }) => /resolved/i.test(body))).toEqual([]);
    await setup.log([call('StopLogging', 26 * HOUR)], 26 * HOUR + 1);
    expect((await setup.entries()).map(({ finding }) => finding.status)).toEqual(['open']);
  });

  it('counts as remediated when a call ended it, and not when only time did', async () => {
    const setup = aSetup();
    await setup.log([call('StopLogging', 1), call('StopLogging', 1, 'other')], 2);
    await setup.log([call('StartLogging', 61)], 62);
    await setup.sweep(25 * HOUR);
    await setup.log([call('StopLogging', 26 * HOUR, 'other')], 26 * HOUR + 1);
    await setup.sweep(51 * HOUR);
    const now = at(52 * HOUR);
    const period = { since: at(0), until: now };
    const { summary } = await reportFromLedger(setup.ledger, configOf(), { period, now, toolVersion: '0' });
    expect(summary).toMatchObject({
      ...{ opened: 3, remediated: 1, resolved: 2, meanTimeToRemediateSeconds: HOUR * 60 },
      timeToRemediate: { measured: { count: 1, meanSeconds: HOUR * 60 }, atLeast: { count: 0, meanSeconds: null } },
    });
    expect(summary.trend.reduce((sum, { resolved }) => sum + resolved, 0)).toBe(1);
    const source = { entries: await setup.ledger.entries({ period }), runs: [], lastLogAt: null };
    const { body } = composeDigest({ every: 'weekly', ...source }, { now });
    const text = body.replaceAll(/\s+/g, ' ');
    expect(text).toContain('3 new, 1 resolved.');
    expect(text).toContain('Resolved, or closed by time alone:');
    expect(text).toMatch(/other: custom:trail-stopped closed .* by time alone, as no such call was recorded since/);
  });

  it('is closed as no longer judged once the configuration has the rule no more', async () => {
    const setup = aSetup();
    await setup.log([call('StopLogging', 1)], 2);
    await setup.sweep(HOUR, configOf([]));
    expect((await setup.entries()).map(summary)).toEqual([
      {
        ...{ status: 'resolved', resourceId: 'main', count: 1 },
        resolvedBy: 'our configuration, which no longer judges it',
      },
    ]);
  });

  it('says of an account that is not ours only that it is none of them', async () => {
    const setup = aSetup();
    await setup.log([call('StopLogging', 1, 'main', { recipientAccountId: '999988887777' })], 2);
    expect((await setup.entries()).map(({ finding }) => [finding.rule, finding.accountId])).toEqual([
      ['log-integrity', '999988887777'],
    ]);
  });

  it('is muted by an exemption', async () => {
    const exemption = {
      rule: 'custom:trail-stopped',
      resource: 'ma*',
      reason: 'a drill',
      owner: 'kim',
      expires: '2027-01-31',
    };
    const setup = aSetup(configOf([RULE], { exemptions: [exemption] }));
    await setup.log([call('StopLogging', 1)], 2);
    expect((await setup.entries()).map(summary)).toEqual([{ status: 'muted', resourceId: 'main', count: 1 }]);
    expect(setup.mails).toEqual([]);
  });

  it('believes a call of a service without a region in the log of another region, and no other call', async () => {
    const setup = aSetup(configOf([{ name: 'any', pattern: { eventName: ['CreateUser', 'StopLogging'] } }]));
    const inVirginia = { awsRegion: 'us-east-1', eventSource: 'iam.amazonaws.com' };
    const inTokyo = { awsRegion: 'ap-northeast-1' };
    await setup.log([call('CreateUser', 1, 'x', inVirginia), call('StopLogging', 1, 'y', inTokyo)], 2);
    const found = (await setup.entries()).filter(({ finding }) => finding.rule === 'custom:any');
    expect(found.map(({ finding }) => finding.region)).toEqual(['us-east-1']);
  });

  it('needs no look at the account', async () => {
    const setup = aSetup();
    const { assessment } = await setup.log([call('StopLogging', 1)], 2);
    expect(assessment.scopes).toEqual([]);
  });
});
