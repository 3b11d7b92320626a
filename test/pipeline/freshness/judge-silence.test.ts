/** A trail that goes silent is named by the next delivery of anybody or the next sweep, and the finding ends when it speaks again. */

import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../../src/config.ts';
import type { Heard } from '../../../src/ledger/freshness/heard.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { silenceMessage } from '../../../src/pipeline/own-messages.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aNotice, aRecord, BUCKET } from '../../support/deliveries.ts';
import { ACCOUNT, anInventory, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
const OTHER_REGION = 'us-east-1';

const configured = (more: object = {}): Config =>
  parseConfig(JSON.stringify({ trail: { buckets: [BUCKET], accounts: [ACCOUNT] }, ...more }), 'config.json');

/** The key of a file that CloudTrail wrote at this minute. */
function keyAt(minute: number, region: string): string {
  const time = at(minute).toISOString();
  const day = time.slice(0, 10).replaceAll('-', '/');
  const name = `${ACCOUNT}_CloudTrail_${region}_${time.slice(0, 16).replaceAll(/[-:]/g, '')}Z_${String(minute).padStart(16, 'A')}.json.gz`;
  return `AWSLogs/${ACCOUNT}/CloudTrail/${region}/${day}/${name}`;
}

/** Two regions that have spoken every half hour for three weeks. */
async function aSetup() {
  const bucket = aBucket();
  const ledger = aLedger();
  const mails: string[] = [];
  const publisher = { publish: async ({ subject }: { readonly subject: string }) => `${mails.push(subject)}` };
  const ports = { logs: bucket.logs, inventory: anAccountOf(anInventory()).source, ledger, publisher };
  const heard = [REGION, OTHER_REGION].flatMap((region) =>
    Array.from({ length: 21 * 48 }, (_, half): Heard => {
      const minute = half * 30 - 21 * DAY;
      return { accountId: ACCOUNT, region, record: at(minute), delivered: at(minute + 5) };
    }),
  );
  await ledger.hear(heard, at(0));
  const open = async () =>
    (await ledger.entries({ rules: ['log-integrity'], status: ['open', 'muted'] })).map(({ finding }) => finding);
  return {
    ledger,
    mails,
    open,
    delivery: async (minute: number, region: string, { received = minute, config = configured() } = {}) => {
      const key = keyAt(minute, region);
      bucket.put(key, [aRecord('GetCallerIdentity', minute - 5, null, null, { awsRegion: region })]);
      return deliver([aNotice(`m${received}`, key)], ports, config, { now: at(received), clock: STOPPED_CLOCK });
    },
    ask: (minute: number) =>
      deliver([{ messageId: 'ask', body: silenceMessage() }], ports, configured(), {
        now: at(minute),
        clock: STOPPED_CLOCK,
      }),
    sweepAt: (minute: number, config = configured()) =>
      sweep(ports, config, { now: at(minute), clock: STOPPED_CLOCK, name: `sweep-${minute}` }),
  };
}

describe('an account and region that stops to speak', () => {
  it('is a finding with its times, mailed at once, by a delivery of another one', async () => {
    const { delivery, open, mails } = await aSetup();
    await delivery(30, OTHER_REGION);
    expect(await open()).toEqual([]);
    const { silence } = await delivery(2 * HOUR, OTHER_REGION);
    expect(silence).toEqual({ silent: [{ accountId: ACCOUNT, region: REGION }], scopes: 2 });
    expect(await open()).toMatchObject([
      {
        severity: 'critical',
        accountId: ACCOUNT,
        region: REGION,
        resourceType: 'AWS::Account',
        resourceId: `${ACCOUNT}/logs-silent`,
        detail: { integrity: 'logs-silent', lastRecord: at(-30).toISOString(), lastDelivery: at(0).toISOString() },
      },
    ]);
    expect(mails).toHaveLength(1);
  });

  it('is a finding by a sweep where nothing is delivered at all, and is not recorded again', async () => {
    const { sweepAt, open, ledger, mails } = await aSetup();
    const { silence } = await sweepAt(2 * HOUR);
    expect(silence?.silent).toHaveLength(2);
    const [first] = await open();
    await sweepAt(8 * HOUR);
    expect(await open()).toHaveLength(2);
    expect((await open())[0]?.firstSeen).toBe(first?.firstSeen);
    expect((await ledger.freshness()).every(({ spoken }) => spoken.named === at(2 * HOUR).getTime())).toBe(true);
    expect(mails).toHaveLength(1);
  });

  it('is a finding by the hourly message that asks for it, where nothing is delivered at all', async () => {
    const { ask, open } = await aSetup();
    await ask(2 * HOUR);
    expect(await open()).toHaveLength(2);
  });

  it('is not judged again within half an hour, whoever delivers', async () => {
    const { delivery } = await aSetup();
    await delivery(2 * HOUR, OTHER_REGION);
    expect((await delivery(2 * HOUR + 20, OTHER_REGION)).silence).toBeUndefined();
    expect((await delivery(2 * HOUR + 31, OTHER_REGION)).silence?.silent).toHaveLength(1);
  });

  it('is resolved by the next delivery with a newer record, and by nothing else', async () => {
    const { delivery, sweepAt, open, ledger } = await aSetup();
    await delivery(2 * HOUR, OTHER_REGION);
    await delivery(-DAY, REGION, { received: 3 * HOUR });
    await sweepAt(4 * HOUR);
    await sweepAt(3 * DAY);
    expect((await open()).map(({ region }) => region)).toContain(REGION);
    await delivery(3 * DAY + 10, REGION);
    expect((await open()).map(({ region }) => region)).not.toContain(REGION);
    const [entry] = await ledger.entries({ rules: ['log-integrity'], regions: [REGION] });
    expect(entry?.resolvedAt).toEqual(at(3 * DAY + 10));
  });

  it('is found again when it stops again', async () => {
    const { delivery, open } = await aSetup();
    await delivery(2 * HOUR, OTHER_REGION);
    await delivery(3 * HOUR, REGION);
    expect(await open()).toEqual([]);
    await delivery(8 * HOUR, OTHER_REGION);
    expect((await open()).map(({ region }) => region)).toEqual([REGION]);
  });

  it('is resolved later if the run that heard it died before it recorded that', async () => {
    const { delivery, open, ledger } = await aSetup();
    await delivery(2 * HOUR, OTHER_REGION);
    await ledger.hear([{ accountId: ACCOUNT, region: REGION, record: at(3 * HOUR) }], at(3 * HOUR));
    expect(await open()).toHaveLength(1);
    await delivery(3 * HOUR + 10, OTHER_REGION);
    expect(await open()).toEqual([]);
  });

  it('is muted by an exemption, and closed when its account is not listed any more', async () => {
    const { delivery, open } = await aSetup();
    const exemptions = [
      {
        resource: `${ACCOUNT}/logs-silent`,
        rule: 'log-integrity',
        reason: 'closing',
        owner: 'ops',
        expires: '2027-01-01',
      },
    ];
    await delivery(2 * HOUR, OTHER_REGION, { config: configured({ exemptions }) });
    expect((await open()).map(({ status }) => status)).toEqual(['muted']);
  });

  it('is closed when its account is not listed any more', async () => {
    const { sweepAt, open } = await aSetup();
    await sweepAt(2 * HOUR);
    expect(await open()).toHaveLength(2);
    await sweepAt(3 * HOUR, configured({ trail: { buckets: [BUCKET], accounts: ['444455556666'] } }));
    expect(await open()).toEqual([]);
  });
});

describe('the ledger', () => {
  it('hears of no file without a record', async () => {
    const { ledger } = await aSetup();
    const before = await ledger.freshness();
    const bucket = aBucket();
    const key = keyAt(HOUR, 'eu-north-1');
    bucket.put(key, []);
    const ports = { logs: bucket.logs, inventory: anAccountOf(anInventory()).source, ledger };
    await deliver([aNotice('m', key)], ports, configured(), { now: at(HOUR), clock: STOPPED_CLOCK });
    expect((await ledger.freshness()).length).toBe(before.length);
  });
});
