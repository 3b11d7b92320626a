/** Findings about deliveries: they can be exempted, and are resolved once the deliveries have stopped. */

import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../support/deliveries.ts';
import { anInventory } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
const TOPIC = 'arn:aws:sns:eu-west-1:999999999999:forged';
const FOREIGN = '999999999999';

const configured = (trail: object = {}, exemptions: readonly object[] = []): Config =>
  parseConfig(
    JSON.stringify({
      trail: {
        buckets: [BUCKET],
        accounts: ['111122223333'],
        topics: ['arn:aws:sns:eu-west-1:111122223333:trail'],
        ...trail,
      },
      exemptions,
    }),
    'config.json',
  );

function aSetup() {
  const bucket = aBucket();
  const account = anAccountOf(anInventory());
  const ledger = aLedger();
  const ports = { logs: bucket.logs, inventory: account.source, ledger };
  let made = 0;
  const nextKey = (): string => {
    made += 1;
    return aLogKey(made);
  };
  const run = (minute: number, message: Omit<Message, 'messageId'>, config: Config): Promise<unknown> =>
    deliver([{ messageId: 'm', ...message }], ports, config, { now: at(minute), clock: STOPPED_CLOCK });
  const notice = (s3Bucket: string): string => JSON.stringify({ s3Bucket, s3ObjectKey: [aLogKey(1)] });
  return {
    fromForeignBucket: (minute: number, config = configured()) =>
      run(minute, { body: notice('somebody-elses') }, config),
    fromForgedTopic: (minute: number, config = configured()) =>
      run(minute, { body: notice(BUCKET), topicArn: TOPIC }, config),
    fromForeignAccount: async (minute: number, config = configured()) => {
      const key = nextKey();
      bucket.put(key, [aLaunchRecord(minute, 'i-0a1', {}, { recipientAccountId: FOREIGN })]);
      await deliver([aNotice('m', key)], ports, config, { now: at(minute), clock: STOPPED_CLOCK });
    },
    /** A delivery of our own trail, without a record that matters. */
    delivery: async (minute: number, config = configured()) => {
      const key = nextKey();
      bucket.put(key, []);
      await deliver([aNotice('m', key)], ports, config, { now: at(minute), clock: STOPPED_CLOCK });
    },
    sweep: (minute: number, config = configured()) =>
      sweep(ports, config, { now: at(minute), clock: STOPPED_CLOCK, name: `sweep at ${minute}` }),
    statuses: async () =>
      (await ledger.entries({ rules: ['log-integrity'] })).map(
        ({ finding }) => `${finding.resourceId} ${finding.status}`,
      ),
  };
}

type Setup = ReturnType<typeof aSetup>;
const SOURCES: readonly [string, string, (setup: Setup, minute: number, config?: Config) => Promise<unknown>][] = [
  ['a foreign bucket', 's3://somebody-elses/*', (setup, ...args) => setup.fromForeignBucket(...args)],
  ['a forged topic', TOPIC, (setup, ...args) => setup.fromForgedTopic(...args)],
  ['a foreign account', FOREIGN, (setup, ...args) => setup.fromForeignAccount(...args)],
];

describe.each(SOURCES)('a finding about deliveries of %s', (_, resourceId, receive) => {
  it('stays open while less than a day of logs was read since', async () => {
    const setup = aSetup();
    await receive(setup, 0);
    await setup.delivery(23 * HOUR);
    await setup.sweep(23 * HOUR + 1);
    expect(await setup.statuses()).toEqual([`${resourceId} open`]);
  });

  it('is resolved by the sweep after a day in which logs were read and none of these came', async () => {
    const setup = aSetup();
    await receive(setup, 0);
    await setup.delivery(DAY + HOUR);
    await setup.sweep(DAY + 2 * HOUR);
    expect(await setup.statuses()).toEqual([`${resourceId} resolved`]);
  });

  it('stays open for as long as no logs are read: that proves nothing', async () => {
    const setup = aSetup();
    await receive(setup, 0);
    await setup.delivery(HOUR);
    await setup.sweep(30 * DAY);
    expect(await setup.statuses()).toEqual([`${resourceId} open`]);
  });

  it('counts the day from the newest of them, and is opened again by the next', async () => {
    const setup = aSetup();
    await receive(setup, 0);
    await receive(setup, 20 * HOUR);
    await setup.delivery(DAY + HOUR);
    await setup.sweep(DAY + 2 * HOUR);
    expect(await setup.statuses()).toEqual([`${resourceId} open`]);
    await setup.delivery(2 * DAY);
    await setup.sweep(2 * DAY + 1);
    expect(await setup.statuses()).toEqual([`${resourceId} resolved`]);
    await receive(setup, 3 * DAY);
    expect(await setup.statuses()).toEqual([`${resourceId} open`]);
  });

  it('is resolved by the next sweep once the configuration trusts the source', async () => {
    const setup = aSetup();
    await receive(setup, 0);
    await setup.sweep(HOUR, configured({ buckets: [BUCKET, 'somebody-elses'], accounts: [], topics: [TOPIC] }));
    expect(await setup.statuses()).toEqual([`${resourceId} resolved`]);
  });

  it('is muted by an exemption, and resolved all the same when they stop', async () => {
    const decision = { reason: 'a known mistake', owner: 'rosa@example.com', expires: '2099-12-31' };
    const config = configured({}, [{ ...decision, resource: resourceId, rule: 'log-integrity' }]);
    const setup = aSetup();
    await receive(setup, 0, config);
    expect(await setup.statuses()).toEqual([`${resourceId} muted`]);
    await setup.delivery(DAY + HOUR, config);
    await setup.sweep(DAY + 2 * HOUR, config);
    expect(await setup.statuses()).toEqual([`${resourceId} resolved`]);
  });

  it('is not muted by the exemption of another resource', async () => {
    const decision = { reason: 'r', owner: 'o', expires: '2099-12-31' };
    const setup = aSetup();
    await receive(setup, 0, configured({}, [{ ...decision, resource: 'another', rule: 'log-integrity' }]));
    expect(await setup.statuses()).toEqual([`${resourceId} open`]);
  });
});
