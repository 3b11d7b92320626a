/** What one repair that EC2 refuses does to the other repairs of its account and region. The function that repairs, on a fake EC2. */

import type { Context } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import type { AwsPorts } from '../../src/aws/ports.ts';
import { parseConfig } from '../../src/config.ts';
import { deliveryHandler } from '../../src/lambda/deliveries.ts';
import type { Telemetry } from '../../src/lambda/telemetry.ts';
import { REFUSALS } from '../../src/remediation/refusals.ts';
import { ACCOUNT, REGION, threeInstances } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { aFakeAws, livePorts, seed } from '../support/live.ts';
import { at } from '../support/sightings.ts';

const fakeAws = aFakeAws();
const account = () => fakeAws().account(ACCOUNT, REGION);
const mirrored = (): readonly string[] =>
  (account().lists.TrafficMirrorSessions ?? []).map((each) => each.NetworkInterfaceId).toSorted();

const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/111122223333/remediations.fifo';
const INTERFACES = ['eni-1', 'eni-2', 'eni-3'];
const ASKED = { mirrorwatch: 'remediate', accountId: ACCOUNT, region: REGION, instanceIds: [] };
const DONE = { batchItemFailures: [] };
const RETRIED = { batchItemFailures: [{ itemIdentifier: 'm-1' }] };

/** The function that repairs, warm, with an empty ledger and mailbox. */
function theRepairs(targets: readonly string[] = ['tmt-a', 'tmt-b']) {
  const ledger = aLedger();
  const mails: AlertMessage[] = [];
  const reported: string[] = [];
  const hidden: number[] = [];
  const live = livePorts();
  const aws: AwsPorts = {
    ...live,
    tasks: { describe: async () => [] },
    queues: { ...live.queues, hide: async (_url, _handle, seconds) => void hidden.push(seconds) },
  };
  const ignored = (): void => undefined;
  const telemetry: Telemetry = {
    ...{ begin: ignored, delivered: ignored, swept: ignored, note: ignored, end: ignored },
    failed: (error) => void reported.push(String(error)),
    messageFailed: (error) => void reported.push(String(error)),
  };
  const config = parseConfig(
    JSON.stringify({ graceSeconds: 0, mirroring: { mode: 'apply', filterId: 'tmf-1', targets } }),
    'config.json',
  );
  const publish = async (message: AlertMessage): Promise<string> => `mail-${mails.push(message)}`;
  let minute = 0;
  const handler = deliveryHandler(
    { service: 'remediate', repairs: 'here' },
    {
      open: async () => ({ settings: { config: 'c' }, config, aws, ports: { ledger, publisher: { publish } } }),
      openWithoutConfig: async () => aws,
      telemetry,
      now: () => at(minute),
      queueUrls: [QUEUE],
    },
  );
  return {
    ...{ mails, reported, hidden },
    /** Delivers a request to repair these interfaces, for the `count`th time. */
    async repair(networkInterfaceIds: readonly string[], count = 1): Promise<unknown> {
      minute += 1;
      const record = {
        messageId: 'm-1',
        receiptHandle: 'r-1',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:remediations.fifo',
        attributes: { ApproximateReceiveCount: String(count) },
        body: JSON.stringify({ ...ASKED, networkInterfaceIds }),
      };
      return handler({ Records: [record] }, { getRemainingTimeInMillis: () => 300_000 } as Context);
    },
    async finding(resourceId: string) {
      const entries = await ledger.entries({});
      const found = entries.find(({ finding }) => finding.resourceId === resourceId);
      return found?.finding;
    },
  };
}

beforeEach(() => {
  seed(account(), threeInstances());
  fakeAws().fail();
});

/** Refuses every creation for the second interface with a code. */
function refuseSecond(code: string, status = 400): void {
  fakeAws().fail({ action: 'CreateTrafficMirrorSession', networkInterfaceId: 'eni-2', code, status, times: 1000 });
}

const codesOf = (...handlings: readonly string[]): readonly string[] =>
  Object.entries(REFUSALS).flatMap(([code, { handling }]) => (handlings.includes(handling) ? [code] : []));

/** Codes that say nothing about a session are in the table for launches, and are as final here. */
const FINAL = [
  ...codesOf('next-target', 'stop-creating', 'refused', 'read-sessions').filter((code) => !/^Internal/.test(code)),
  'SomethingNew',
];

describe('a repair that EC2 refuses for one of three interfaces', () => {
  it.each(FINAL)('with %s stops and repeats neither of the others, and is told as a finding', async (code) => {
    refuseSecond(code);
    const repairs = theRepairs();
    expect(await repairs.repair(INTERFACES)).toEqual(DONE);
    expect(mirrored()).toEqual(['eni-1', 'eni-3']);
    expect(repairs.reported).toEqual([]);
    expect(await repairs.finding('i-2')).toMatchObject({
      status: 'open',
      rule: 'instance-unmirrored',
      remediation: { outcome: 'failed', reason: expect.stringContaining(code) },
    });
    expect(repairs.mails).toHaveLength(1);
    expect(repairs.mails[0]?.body).toContain('i-2');
    expect(repairs.mails[0]?.body).toContain(code);
    for (const id of ['i-1', 'i-3']) expect(await repairs.finding(id)).toMatchObject({ status: 'resolved' });
  });

  it.each(codesOf('source-gone', 'exempt'))('with %s needs no repair, and the others get theirs', async (code) => {
    refuseSecond(code);
    const repairs = theRepairs();
    expect(await repairs.repair(INTERFACES)).toEqual(DONE);
    expect(mirrored()).toEqual(['eni-1', 'eni-3']);
  });

  it('with a passing fault is repeated by its own message and then done; the others are done at once', async () => {
    refuseSecond('ServiceUnavailable', 503);
    const repairs = theRepairs();
    expect(await repairs.repair(INTERFACES)).toEqual(RETRIED);
    expect(mirrored()).toEqual(['eni-1', 'eni-3']);
    expect(repairs.hidden).toEqual([330, 30]);
    const created = fakeAws().count('CreateTrafficMirrorSession');
    fakeAws().fail();
    expect(await repairs.repair(INTERFACES, 2)).toEqual(DONE);
    expect(mirrored()).toEqual(INTERFACES);
    expect(fakeAws().count('CreateTrafficMirrorSession')).toBe(created + 1);
    expect(await repairs.finding('i-2')).toMatchObject({ status: 'resolved' });
    expect(repairs.mails).toEqual([]);
  }, 60_000);
});

describe('a target that is full', () => {
  it('leaves a finding, and the next request finds room at another', async () => {
    refuseSecond('TrafficMirrorSourcesPerTargetLimitExceeded');
    const repairs = theRepairs();
    expect(await repairs.repair(INTERFACES)).toEqual(DONE);
    expect(mirrored()).toEqual(['eni-1', 'eni-3']);
    fakeAws().fail({
      action: 'CreateTrafficMirrorSession',
      networkInterfaceId: 'eni-2',
      code: 'TrafficMirrorSourcesPerTargetLimitExceeded',
      status: 400,
    });
    expect(await repairs.repair(['eni-2'])).toEqual(DONE);
    expect(mirrored()).toEqual(INTERFACES);
    expect(await repairs.finding('i-2')).toMatchObject({ status: 'resolved' });
  });
});

describe('the table of refusals', () => {
  it('gives a page of AWS for each code', () => {
    expect(Object.keys(REFUSALS).length).toBeGreaterThan(30);
    for (const { source } of Object.values(REFUSALS)) expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
  });
});
