/** How many EC2 calls the functions make for many launches, each function with its own ports as in a process of its own. */

import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { AwsPorts } from '../../src/aws/ports.ts';
import { parseConfig } from '../../src/config.ts';
import { type DeliveryRole, deliveryHandler } from '../../src/lambda/deliveries.ts';
import type { Telemetry } from '../../src/lambda/telemetry.ts';
import { anAccountWith, SENSORS } from '../support/burst-account.ts';
import { aBucket, aLaunchRecord, aLogKey, BUCKET } from '../support/deliveries.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { aFakeAws, livePorts, seed } from '../support/live.ts';
import { at } from '../support/sightings.ts';

const fakeAws = aFakeAws({ quotas: { sourcesPerTarget: 100 } });

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

const CONFIG = parseConfig(
  JSON.stringify({
    trail: { buckets: [BUCKET] },
    mirroring: {
      mode: 'apply',
      filterId: 'tmf-1',
      targets: SENSORS.map((n) => ({ id: `tmt-${n}`, maxSources: 100 })),
    },
  }),
  'config.json',
);

const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/111122223333/remediations.fifo';
const settings = { config: 'config.json', ledgerTable: 'ledger', remediationQueueUrl: QUEUE };
const ignored = (): void => undefined;
const telemetry: Telemetry = {
  ...{ begin: ignored, delivered: ignored, swept: ignored, note: ignored, end: ignored },
  failed: ignored,
  messageFailed: ignored,
};

/** A function in a process of its own, whose bucket holds one log file. What it sends to its queues is pushed to `sent`. */
function aFunction(repairs: DeliveryRole['repairs'], bucket: ReturnType<typeof aBucket>, sent: string[] = []) {
  const use = repairs === 'here' ? 'take' : 'publish';
  const live = livePorts({ sharedLists: { table: 'ledger', use } });
  const sendInOrder: AwsPorts['queues']['sendInOrder'] = async (_, body) => void sent.push(body);
  const aws: AwsPorts = {
    ...live,
    logs: bucket.logs,
    tasks: { describe: async () => [] },
    queues: { ...live.queues, sendInOrder },
  };
  const handler = deliveryHandler(
    { service: 'function', repairs },
    {
      open: async () => ({ settings, config: CONFIG, aws, ports: { ledger: aws.ledger('ledger') } }),
      openWithoutConfig: async () => aws,
      telemetry,
      now: () => at(15),
      queueUrls: ['https://sqs.eu-west-1.amazonaws.com/111122223333/q'],
    },
  );
  return (bodies: readonly string[], ApproximateReceiveCount = '1') =>
    handler(
      {
        Records: bodies.map((body, n) => ({
          ...{
            messageId: `m-${n}`,
            body,
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:q',
          },
          attributes: { ApproximateReceiveCount },
        })),
      },
      { getRemainingTimeInMillis: () => 300_000 } as Context,
    );
}

/** The EC2 calls for this many launches in one log file, by the function that finds and the one that repairs. */
async function callsFor(launches: number, receiveCount = '1'): Promise<readonly string[]> {
  seed(fakeAws().account(ACCOUNT, REGION), anAccountWith(launches));
  const before = fakeAws().calls.length;
  const bucket = aBucket();
  bucket.put(
    aLogKey(1),
    numbers(launches).map((n) => aLaunchRecord(n % 10, `i-${n}`, {}, { eventID: `launch-${n}` })),
  );
  const handedOver: string[] = [];
  const watch = aFunction('hand-over', bucket, handedOver);
  expect(await watch([JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [aLogKey(1)] })])).toEqual({
    batchItemFailures: [],
  });
  expect(await aFunction('here', bucket)(handedOver, receiveCount)).toEqual({ batchItemFailures: [] });
  expect(fakeAws().account(ACCOUNT, REGION).lists.TrafficMirrorSessions).toHaveLength(launches);
  const isEc2 = (action: string): boolean => /TrafficMirror|^Describe(?!.*Load)|^Get(?!Caller)/.test(action);
  return fakeAws().calls.slice(before).filter(isEc2);
}

describe('a burst of launches', () => {
  it('of 300 instances with nine targets makes at most 315 EC2 calls, one of them for each new session', async () => {
    const calls = await callsFor(300);
    expect(calls.filter((action) => action === 'CreateTrafficMirrorSession')).toHaveLength(300);
    expect(calls.filter((action) => action === 'DescribeSecurityGroups')).toHaveLength(1);
    expect(calls.length).toBeLessThanOrEqual(315);
  }, 120_000);

  it('is read completely by the function that repairs when a message comes again', async () => {
    const calls = await callsFor(3, '2');
    expect(calls.filter((action) => action === 'DescribeSecurityGroups')).toHaveLength(2);
  });

  it('is read by ids in an account that has more than a page', async () => {
    const account = fakeAws().account(ACCOUNT, REGION);
    const { page } = account;
    Object.assign(account, { page: 150 });
    const calls = await callsFor(300);
    Object.assign(account, { page });
    expect(calls.filter((action) => action === 'CreateTrafficMirrorSession')).toHaveLength(300);
  }, 120_000);
});
