/** What the function that repairs does about a session that somebody deletes or changes seconds after we wrote it. */

import type { Context } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AwsPorts } from '../../src/aws/ports.ts';
import { parseConfig } from '../../src/config.ts';
import { type DeliveryRole, deliveryHandler } from '../../src/lambda/deliveries.ts';
import type { Telemetry } from '../../src/lambda/telemetry.ts';
import { aBucket, aLaunchRecord, aLogKey, aRecord, BUCKET } from '../support/deliveries.ts';
import { ACCOUNT, anInventory, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { aFakeAws, livePorts, seed } from '../support/live.ts';
import { at } from '../support/sightings.ts';

const fakeAws = aFakeAws();
const account = () => fakeAws().account(ACCOUNT, REGION);
const sessions = () => account().lists.TrafficMirrorSessions ?? [];
const onlySession = () => {
  expect(sessions()).toHaveLength(1);
  return sessions()[0] ?? {};
};

const CONFIG = parseConfig(
  JSON.stringify({
    trail: { buckets: [BUCKET] },
    graceSeconds: 0,
    mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] },
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
const inSeconds = (seconds: number): Date => new Date(at(15).getTime() + seconds * 1000);
const aTimeOf = (seconds: number) => inSeconds(seconds).toISOString().replace('.000', '');

const DONE = { batchItemFailures: [] };

/** Two warm functions, each with its own memory: one finds and hands over, the other repairs. */
function twoFunctions() {
  let now = inSeconds(0);
  let files = 0;
  const bucket = aBucket();
  const ledger = aLedger();
  const handedOver: string[] = [];
  const sendInOrder: AwsPorts['queues']['sendInOrder'] = async (_, body) => void handedOver.push(body);
  const aFunction = (repairs: DeliveryRole['repairs']) => {
    const live = livePorts({ now: () => now });
    const aws: AwsPorts = {
      ...{ ...live, logs: bucket.logs, tasks: { describe: async () => [] } },
      queues: { ...live.queues, sendInOrder },
    };
    const open = async () => ({ settings, config: CONFIG, aws, ports: { ledger } });
    const queueUrls = ['https://sqs.eu-west-1.amazonaws.com/111122223333/q'];
    const parts = { open, openWithoutConfig: async () => aws, telemetry, now: () => now, queueUrls };
    const handler = deliveryHandler({ service: 'function', repairs }, parts);
    return async (...bodies: readonly string[]) => {
      const eventSourceARN = 'arn:aws:sqs:eu-west-1:111122223333:q';
      const queued = { eventSource: 'aws:sqs', eventSourceARN, attributes: {} };
      const Records = bodies.map((body, n) => ({ messageId: `m-${n}`, ...queued, body }));
      return handler({ Records }, { getRemainingTimeInMillis: () => 300_000 } as Context);
    };
  };
  const [watch, remediate] = [aFunction('hand-over'), aFunction('here')];
  const noticeOf = (records: ReturnType<typeof aRecord>[]): string => {
    files += 1;
    bucket.put(aLogKey(files), records);
    return JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [aLogKey(files)] });
  };
  return {
    remediate,
    /** Delivers these records to the function that repairs, as to a process that does everything by itself. */
    async deliverToOne(seconds: number, ...records: ReturnType<typeof aRecord>[]): Promise<unknown> {
      now = inSeconds(seconds);
      return remediate(noticeOf(records));
    },
    /**
     * Delivers these records so many seconds after a quarter past noon, and a second later each request for repair that was handed over.
     * Returns what became of these requests.
     */
    async deliver(seconds: number, ...records: ReturnType<typeof aRecord>[]): Promise<readonly unknown[]> {
      now = inSeconds(seconds);
      expect(await watch(noticeOf(records))).toEqual(DONE);
      now = inSeconds(seconds + 1);
      const answers: unknown[] = [];
      for (const body of handedOver.splice(0)) answers.push(await remediate(body));
      return answers;
    },
    async unmirrored(): Promise<readonly string[]> {
      const entries = await ledger.entries({});
      return entries.flatMap(({ finding: { rule, resourceId, status } }) =>
        rule === 'instance-unmirrored' ? [`${resourceId} ${status}`] : [],
      );
    },
  };
}

const aDeletion = (TrafficMirrorSessionId: string, seconds: number) =>
  aRecord(
    'DeleteTrafficMirrorSession',
    15,
    { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId } },
    { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: TrafficMirrorSessionId } },
    { eventTime: aTimeOf(seconds), eventID: `deletion-${TrafficMirrorSessionId}-${seconds}` },
  );

const aChange = (TrafficMirrorSessionId: string, TrafficMirrorTargetId: string, seconds: number) =>
  aRecord(
    'ModifyTrafficMirrorSession',
    15,
    { ModifyTrafficMirrorSessionRequest: { TrafficMirrorSessionId, TrafficMirrorTargetId } },
    {
      ModifyTrafficMirrorSessionResponse: {
        trafficMirrorSession: {
          trafficMirrorSessionId: TrafficMirrorSessionId,
          networkInterfaceId: 'eni-1',
          trafficMirrorTargetId: TrafficMirrorTargetId,
        },
      },
    },
    { eventTime: aTimeOf(seconds), eventID: `change-${TrafficMirrorSessionId}-${seconds}` },
  );

describe('a session that the warm function made seconds ago', () => {
  let functions: ReturnType<typeof twoFunctions>;
  let made = '';
  beforeEach(async () => {
    seed(account(), anInventory());
    account().unlisted = new Set();
    functions = twoFunctions();
    expect(await functions.deliver(0, aLaunchRecord(15, 'i-1'))).toEqual([DONE]);
    made = onlySession().TrafficMirrorSessionId;
  });

  it('is made again when somebody deleted it', async () => {
    sessions().splice(0);
    expect(await functions.deliver(10, aDeletion(made, 5))).toEqual([DONE]);
    expect(onlySession()).toMatchObject({ NetworkInterfaceId: 'eni-1', TrafficMirrorFilterId: 'tmf-1' });
    expect(onlySession().TrafficMirrorSessionId).not.toBe(made);
    expect(await functions.unmirrored()).toEqual(['i-1 resolved']);
  });

  it('is made again each time that somebody deletes it', async () => {
    for (const seconds of [5, 10, 15]) {
      const { TrafficMirrorSessionId } = onlySession();
      sessions().splice(0);
      expect(await functions.deliver(seconds, aDeletion(TrafficMirrorSessionId, seconds - 1))).toEqual([DONE]);
      expect(onlySession().TrafficMirrorSessionId).not.toBe(TrafficMirrorSessionId);
    }
  });

  it('is made again when its deletion is one of more than a message holds', async () => {
    sessions().splice(0);
    const forged = Array.from({ length: 1000 }, (_, n) => aDeletion(`tms-forged-${n}`, 4));
    expect(await functions.deliver(10, ...forged, aDeletion(made, 5))).toEqual([DONE, DONE]);
    expect(onlySession()).toMatchObject({ NetworkInterfaceId: 'eni-1' });
    expect(await functions.unmirrored()).toEqual(['i-1 resolved']);
  });

  it('is made again when the process that made it reads the deletion itself', async () => {
    sessions().splice(0);
    expect(await functions.deliverToOne(10, aDeletion(made, 5))).toEqual(DONE);
    expect(onlySession()).toMatchObject({ NetworkInterfaceId: 'eni-1' });
  });

  it('is not made a second time when somebody else has made another with its number', async () => {
    Object.assign(onlySession(), { TrafficMirrorSessionId: 'tms-again' });
    const answers = await functions.deliverToOne(10, aLaunchRecord(15, 'i-1', {}, { eventID: 'launch-again' }));
    expect(answers).toEqual(DONE);
    expect(onlySession().TrafficMirrorSessionId).toBe('tms-again');
  });

  it('is not made a second time when a forged record says that it was deleted', async () => {
    expect(await functions.deliver(5, aDeletion(made, 4))).toEqual([]);
    expect(onlySession().TrafficMirrorSessionId).toBe(made);
    expect((await functions.unmirrored()).filter((entry) => entry.endsWith('open'))).toEqual([]);
  });

  it('is not made a second time when EC2 does not list it yet either', async () => {
    account().unlisted = new Set([made]);
    expect(await functions.deliver(5, aDeletion(made, 4))).toEqual([DONE]);
    expect(onlySession().TrafficMirrorSessionId).toBe(made);
    expect(await functions.unmirrored()).toEqual(['i-1 open']);
    account().unlisted = new Set();
    expect(await functions.deliver(10, aDeletion(made, 9))).toEqual([]);
    expect(onlySession().TrafficMirrorSessionId).toBe(made);
    expect(await functions.unmirrored()).toEqual(['i-1 resolved']);
  });

  it('is not made a second time while EC2 does not list it and no record says that it was deleted', async () => {
    account().unlisted = new Set([made]);
    expect(await functions.deliver(5, aDeletion('tms-of-others', 4))).toEqual([DONE]);
    expect(onlySession().TrafficMirrorSessionId).toBe(made);
    expect((await functions.unmirrored()).filter((entry) => entry.endsWith('open'))).toEqual([]);
  });

  it('is changed back when somebody moved it to a sensor that is stopped', async () => {
    expect(onlySession().TrafficMirrorTargetId).toBe('tmt-a');
    for (const { Instances } of account().lists.Reservations ?? [])
      for (const instance of Instances) if (instance.InstanceId === 'i-sensor-b') instance.State = { Name: 'stopped' };
    Object.assign(onlySession(), { TrafficMirrorTargetId: 'tmt-b' });
    expect(await functions.deliver(10, aChange(made, 'tmt-b', 5))).toEqual([DONE]);
    expect(onlySession()).toMatchObject({ TrafficMirrorSessionId: made, TrafficMirrorTargetId: 'tmt-a' });
  });

  it('is repaired after a request in the form of older versions too', async () => {
    const { remediate } = functions;
    const body = { mirrorwatch: 'remediate', accountId: ACCOUNT, region: REGION, instanceIds: [] };
    expect(await remediate(JSON.stringify({ ...body, networkInterfaceIds: ['eni-1'] }))).toEqual(DONE);
    expect(onlySession().TrafficMirrorSessionId).toBe(made);
  });
});
