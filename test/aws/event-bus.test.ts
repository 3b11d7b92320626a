import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FindingEvent } from '../../src/alert/channels/finding-events.ts';
import { livePorts, pointAt } from '../support/live.ts';

interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Resources: readonly string[];
  readonly Time: number;
}
interface Call {
  readonly target: string;
  /** The scope of the signature: the region that the call was for. */
  readonly authorization: string;
  readonly entries: readonly Entry[];
}

const anEvent = (id: string, padding = 0): FindingEvent => ({
  detailType: 'Finding Opened',
  detail: JSON.stringify({ id, padding: 'x'.repeat(padding) }),
  resource: `arn:aws:ec2:eu-west-1:111122223333:instance/${id}`,
  time: new Date('2026-11-20T12:00:00Z'),
});
const events = (count: number, padding = 0) => Array.from({ length: count }, (_, n) => anEvent(`i-${n}`, padding));
const idOf = ({ Detail }: Entry): string => (JSON.parse(Detail) as { id: string }).id;

/** EventBridge's limits, and a server that refuses entries and calls as it is told. */
describe('eventBus', () => {
  let server: Server;
  let calls: Call[] = [];
  let refusals = new Map<string, number>();
  let isDenied = (_: readonly Entry[]): boolean => false;
  const waits: number[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: string[] = [];
      request.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      request.on('end', () => {
        const { Entries: entries } = JSON.parse(chunks.join('')) as { Entries: Entry[] };
        const { 'x-amz-target': target, authorization } = request.headers;
        calls.push({ target: String(target), authorization: String(authorization), entries });
        const size = entries.reduce((sum, each) => sum + Buffer.byteLength(each.Detail) + 100, 0);
        if (isDenied(entries) || entries.length > 10 || size > 262_144) {
          const code = isDenied(entries) ? 'AccessDeniedException' : 'ValidationException';
          response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code });
          response.end(JSON.stringify({ __type: code, message: 'no' }));
          return;
        }
        const results = entries.map((entry) => {
          const left = refusals.get(idOf(entry)) ?? 0;
          refusals.set(idOf(entry), left - 1);
          return left > 0
            ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }
            : { EventId: `event-${idOf(entry)}` };
        });
        const FailedEntryCount = results.filter((each) => 'ErrorCode' in each).length;
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify({ FailedEntryCount, Entries: results }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    pointAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    calls = [];
    refusals = new Map();
    isDenied = () => false;
    waits.length = 0;
  });
  const aBus = (name: string) =>
    livePorts({
      sleep: async (ms) => {
        waits.push(ms);
      },
    }).eventBus(name);
  const idsByCall = () => calls.map(({ entries }) => entries.map(idOf).join(' '));

  it('puts an event as EventBridge has it', async () => {
    expect(await aBus('security').put([anEvent('i-1')])).toEqual([]);
    expect(calls).toMatchObject([
      {
        target: 'AWSEvents.PutEvents',
        entries: [
          {
            EventBusName: 'security',
            Source: 'mirrorwatch',
            DetailType: 'Finding Opened',
            Detail: '{"id":"i-1","padding":""}',
            Resources: ['arn:aws:ec2:eu-west-1:111122223333:instance/i-1'],
            Time: 1_795_176_000,
          },
        ],
      },
    ]);
  });

  it.each([
    ['security', 'eu-west-1'],
    ['arn:aws:events:us-east-1:444455556666:event-bus/security', 'us-east-1'],
  ])('calls the region of %s: %s', async (name, region) => {
    await aBus(name).put([anEvent('i-1')]);
    expect(calls[0]?.authorization).toContain(`/${region}/events/aws4_request`);
  });

  it('puts ten entries into a call, and fewer when they are large', async () => {
    await aBus('security').put(events(25));
    expect(calls.map(({ entries }) => entries.length)).toEqual([10, 10, 5]);
    calls = [];
    expect(await aBus('security').put(events(5, 100_000))).toEqual([]);
    expect(calls.map(({ entries }) => entries.length)).toEqual([2, 2, 1]);
  });

  it('tries entries that were not taken again, alone', async () => {
    refusals = new Map([
      ['i-1', 1],
      ['i-3', 2],
    ]);
    expect(await aBus('security').put(events(5))).toEqual([]);
    expect(idsByCall()).toEqual(['i-0 i-1 i-2 i-3 i-4', 'i-1 i-3', 'i-3']);
    expect(waits).toEqual([200, 1_000]);
  });

  it('names those that are still not taken, and goes on with the others', async () => {
    refusals = new Map([['i-3', 99]]);
    expect(await aBus('security').put(events(12))).toEqual([
      { index: 3, awsCode: 'ThrottlingException', reason: 'slow down' },
    ]);
    expect(idsByCall().at(-1)).toBe('i-10 i-11');
  });

  it('reports every entry of a call that failed, and goes on with the others', async () => {
    isDenied = (entries) => entries.some((entry) => idOf(entry) === 'i-0');
    const failures = await aBus('security').put(events(12));
    expect(failures.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(failures[0]).toMatchObject({
      awsCode: 'AccessDeniedException',
      reason: expect.stringContaining('PutEvents (security, eu-west-1) failed'),
    });
    expect(idsByCall().at(-1)).toBe('i-10 i-11');
  });
});
