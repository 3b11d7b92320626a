import { describe, expect, it } from 'vitest';
import type { AwsPorts } from '../../../src/aws/ports.ts';
import { livePorts, pointAt } from '../../support/live.ts';
import { answeringEndpoint, closesEndpoints } from '../../support/silence.ts';

closesEndpoints();

/** One call by each protocol of AWS. */
const CALLS: readonly (readonly [protocol: string, call: (ports: AwsPorts) => Promise<unknown>])[] = [
  ['XML', ({ accounts }) => accounts.own()],
  ['JSON', ({ ledger }) => ledger('table').entries({ ids: ['f-1'] })],
  ['S3', ({ logs }) => logs.fetch({ bucket: 'logs', key: 'AWSLogs/a' }, { maxBytes: 100 })],
];

describe("a client of AWS's", () => {
  it.each(CALLS)("learns AWS's time from an answer in %s, a refusal included", async (_, call) => {
    const aheadMs = 20_000;
    const { url } = await answeringEndpoint((response) => {
      response.sendDate = false;
      response.writeHead(400, { date: new Date(Date.now() + aheadMs).toUTCString() });
      response.end('{"__type":"ValidationException"}');
    });
    pointAt(url);
    const ports = livePorts();
    const now = new Date();
    expect(ports.time(now)).toEqual(now);
    await call(ports).catch(() => undefined);
    const offMs = ports.time(now).getTime() - now.getTime();
    expect(offMs).toBeLessThanOrEqual(aheadMs);
    expect(offMs).toBeGreaterThan(aheadMs - 10_000);
  });
});
