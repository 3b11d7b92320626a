import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { livePorts, pointAt } from '../support/live.ts';

const findings = (count: number) => Array.from({ length: count }, (_, n) => ({ Id: `f-${n}` }));

describe('securityHub', () => {
  let server: Server;
  const batches: number[] = [];
  let refusedBatch = -1;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: string[] = [];
      request.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      request.on('end', () => {
        const { Findings } = JSON.parse(chunks.join('')) as { Findings: { Id: string }[] };
        batches.push(Findings.length);
        const refused = batches.length - 1 === refusedBatch;
        response.writeHead(refused ? 403 : 200, {
          'content-type': 'application/json',
          ...(refused && { 'x-amzn-errortype': 'AccessDeniedException' }),
        });
        const FailedFindings = Findings.filter(({ Id }) => Id === 'f-7').map(({ Id }) => ({
          Id,
          ErrorCode: 'InvalidInput',
          ErrorMessage: 'no such product',
        }));
        const SuccessCount = Findings.length - FailedFindings.length;
        response.end(
          JSON.stringify(
            refused ? { Message: 'no' } : { SuccessCount, FailedCount: FailedFindings.length, FailedFindings },
          ),
        );
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
    batches.length = 0;
    refusedBatch = -1;
  });

  it('imports a hundred per call, and names a refused finding', async () => {
    const result = await livePorts().securityHub().importFindings(findings(250));
    expect(batches).toEqual([100, 100, 50]);
    expect(result).toEqual({
      imported: 249,
      failed: [{ id: 'f-7', awsCode: 'InvalidInput', reason: 'no such product', retry: false }],
    });
  });

  it('continues after a failed call', async () => {
    refusedBatch = 0;
    const result = await livePorts().securityHub().importFindings(findings(150));
    expect(result.imported).toBe(50);
    expect(result.failed).toHaveLength(100);
    expect(result.failed[0]).toMatchObject({ id: 'f-0', awsCode: 'AccessDeniedException', retry: false });
  });

  it('makes no call without findings', async () => {
    expect(await livePorts().securityHub().importFindings([])).toEqual({ imported: 0, failed: [] });
    expect(batches).toEqual([]);
  });
});
