/** How the sweep function starts a sweep, and what it does when it fails or dies. Runs in this process. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ledgerOn } from '../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../src/aws/ledger/memory-table.ts';
import type { AwsPorts } from '../../src/aws/ports.ts';
import { parseConfig } from '../../src/config.ts';
import { AwsCallError } from '../../src/errors.ts';
import type { InventorySource } from '../../src/inventory/load-inventory.ts';
import type { LeftOut } from '../../src/inventory/organization/scopes.ts';
import { sweepHandler } from '../../src/lambda/sweeps.ts';
import { codeOf, type SweepTelemetry } from '../../src/lambda/telemetry.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import { ACCOUNT, anInstance, anInventory, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { livePorts } from '../support/live.ts';
import { at } from '../support/sightings.ts';
import { RESPONSE_URL, responsesTo } from '../support/stack-response.ts';

const QUEUE_URL = 'https://sqs.eu-west-1.amazonaws.com/111122223333/deliveries';
const THROTTLED = new AwsCallError('SendMessage', 'ThrottlingException', 'throttled', { retryable: true });
const never = new Promise<never>(() => undefined);

let stack: Server;
let answer = 200;
beforeAll(async () => {
  stack = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer).end());
  });
  await new Promise<void>((resolve) => stack.listen(0, '127.0.0.1', resolve));
  responsesTo(() => `http://127.0.0.1:${(stack.address() as AddressInfo).port}`);
});
afterAll(() => stack.close());
beforeEach(() => {
  answer = 200;
});

const onStack = (): object => ({
  ...{ RequestType: 'Create', StackId: 'stack', RequestId: 'first', LogicalResourceId: 'SweepNow' },
  ResponseURL: RESPONSE_URL,
  ResourceProperties: {},
});

interface Options {
  readonly deliveryQueueUrl?: string | undefined;
  readonly send?: AwsPorts['queues']['send'];
  readonly newLedger?: () => FullLedger;
  readonly leftOut?: readonly LeftOut[];
}

/** The function with one untagged instance to find. Reading the account does what `load` does. */
function aHarness({ deliveryQueueUrl, send = async () => undefined, newLedger = aLedger, leftOut }: Options = {}) {
  const sent: string[] = [];
  const reading: { load: () => Promise<void> } = { load: async () => undefined };
  const inventory: InventorySource = {
    scopes: async () => [{ accountId: ACCOUNT, region: REGION }],
    ...(leftOut !== undefined && { leftOut: async () => leftOut }),
    load: async () => {
      await reading.load();
      return anInventory({ instances: [anInstance({ instanceId: 'i-1', tags: [] })] });
    },
  };
  const live = livePorts();
  const queues: AwsPorts['queues'] = {
    ...live.queues,
    send: async (url, body, options) => {
      await send(url, body, options);
      sent.push(body);
    },
  };
  const ledger = newLedger();
  const [faults, notes, notSwept]: [string[], string[], number[]] = [[], [], []];
  const ignored = (): void => undefined;
  const telemetry: SweepTelemetry = {
    ...{ begin: ignored, delivered: ignored, swept: ignored, messageFailed: ignored, end: ignored },
    note: (message) => void notes.push(message),
    notSwept: (parts) => void notSwept.push(parts),
    failed: (error) => void faults.push(codeOf(error)),
  };
  const handler = sweepHandler({
    open: async () => ({
      settings: { config: 'config.json', deliveryQueueUrl },
      config: parseConfig('{"requiredTags":["CostCenter"],"graceSeconds":0}', 'config.json'),
      aws: { ...live, inventory, queues, tasks: { describe: async () => [] } },
      ports: { ledger },
    }),
    telemetry,
    now: () => at(0),
  });
  const run = (event: unknown, awsRequestId = 'request 1'): Promise<void> =>
    handler(event, { awsRequestId, logStreamName: 'log', getRemainingTimeInMillis: () => 60_000 } as Context);
  const open = async (): Promise<readonly string[]> =>
    (await ledger.entries({ status: ['open'] })).map(({ finding }) => finding.resourceId);
  return { run, open, sent, faults, reading, notes, notSwept };
}

const SCHEDULED = { mirrorwatch: 'sweep', id: '2026-11-20T12:00:00Z' };
const messageOf = (name: string): string =>
  JSON.stringify({ mirrorwatch: 'sweep', accountId: ACCOUNT, region: REGION, name });

describe('the sweep function with a queue', () => {
  it.each([
    ['the schedule', () => SCHEDULED, '2026-11-20T12:00:00Z'],
    ['the stack', onStack, 'stack:first'],
    ['somebody by hand', () => ({}), 'request 1'],
  ])('sends a message even for a single account and region, for %s', async (_, event, name) => {
    const { run, sent, open } = aHarness({ deliveryQueueUrl: QUEUE_URL });
    await run(event());
    expect(sent).toEqual([messageOf(name)]);
    expect(await open()).toEqual([]);
  });

  it('sends a message that asks who is silent, for the schedule that asks so, and sweeps nothing', async () => {
    const { run, sent } = aHarness({ deliveryQueueUrl: QUEUE_URL });
    await run({ mirrorwatch: 'silence' });
    expect(sent).toEqual([JSON.stringify({ mirrorwatch: 'silence' })]);
    const without = aHarness();
    await without.run({ mirrorwatch: 'silence' });
    expect([without.sent, await without.open()]).toEqual([[], []]);
  });

  it.each([QUEUE_URL, undefined])(
    'names what it leaves out, what is not known first, and counts that (queue: %s)',
    async (deliveryQueueUrl) => {
      const leftOut = [
        { path: 'account 444455556666', reason: 'is suspended', unknown: false },
        { path: 'unit ou-ab12-11111111', reason: 'could not be listed', unknown: true },
      ];
      const { run, notes, notSwept } = aHarness({ deliveryQueueUrl, leftOut });
      await run(SCHEDULED);
      expect(notes.filter((note) => note.startsWith('not swept'))).toEqual([
        'not swept: unit ou-ab12-11111111',
        'not swept: account 444455556666',
      ]);
      expect(notSwept).toEqual([1]);
      const suspended = aHarness({ deliveryQueueUrl, leftOut: leftOut.slice(0, 1) });
      await suspended.run(SCHEDULED);
      expect(suspended.notSwept).toEqual([]);
    },
  );

  it.each([
    ['the schedule', () => SCHEDULED],
    ['the stack', onStack],
  ])('fails, so that Lambda retries it, when the messages cannot be sent for %s', async (_, event) => {
    const { run, faults } = aHarness({ deliveryQueueUrl: QUEUE_URL, send: async () => Promise.reject(THROTTLED) });
    await expect(run(event())).rejects.toThrow('throttled');
    expect(faults).toEqual(['ThrottlingException']);
  });

  it('starts the sweep although the stack does not take its answer, and fails', async () => {
    answer = 403;
    const { run, sent } = aHarness({ deliveryQueueUrl: QUEUE_URL });
    await expect(run(onStack())).rejects.toThrow(/status 403/);
    expect(sent).toEqual([messageOf('stack:first')]);
  });
});

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

describe.each(LEDGERS)('the sweep function without a queue, with %s,', (_name, newLedger) => {
  it.each([
    ['the schedule', () => SCHEDULED],
    ['somebody by hand', () => ({})],
  ])('that was killed is retried by Lambda and sweeps, for %s', async (_, event) => {
    const { run, open, reading } = aHarness({ newLedger });
    reading.load = () => never;
    void run(event());
    await new Promise((resolve) => setTimeout(resolve, 10));
    reading.load = async () => undefined;
    await run(event());
    expect(await open()).toEqual(['i-1']);
  });

  it('fails and names what another invocation is sweeping', async () => {
    const { run, reading } = aHarness({ newLedger });
    reading.load = () => never;
    void run(SCHEDULED);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(run(SCHEDULED, 'request 2')).rejects.toMatchObject({
      code: 'sweep-claimed',
      retryable: true,
      message: expect.stringContaining(`${ACCOUNT} ${REGION}`),
    });
  });
});
