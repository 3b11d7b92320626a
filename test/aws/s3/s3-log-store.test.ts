import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { testLogStore } from '../../contract/log-store.ts';
import { aFauxqs } from '../../support/fauxqs.ts';
import { livePorts, pointAt } from '../../support/live.ts';
import { putObjects } from '../../support/s3-objects.ts';

const fauxqs = aFauxqs();

describe('s3LogStore', () => {
  testLogStore(
    async (objects) => {
      const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
      await putObjects(s3, objects);
      return livePorts().logs;
    },
    { astral: false },
  );

  /** A bucket that answers every request in the same way. */
  async function answering<T>(
    status: number,
    body: string,
    headers: Record<string, string>,
    use: () => Promise<T>,
  ): Promise<T> {
    const server = createServer((_, response) => {
      response.writeHead(status, headers);
      response.write(body);
      // A body shorter than announced ends when its connection does.
      if (Number(headers['content-length'] ?? body.length) > body.length) setImmediate(() => response.destroy());
      else response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    pointAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      return await use();
    } finally {
      pointAt(`http://127.0.0.1:${fauxqs().port}`);
      server.closeAllConnections();
      server.close();
    }
  }
  const fetchOne = () => livePorts().logs.fetch({ bucket: 'logs', key: 'a' }, { maxBytes: 1000 });
  const refusal = (code: string): string =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;

  it.each([
    ['access is denied', 403, 'AccessDenied', false],
    ['it is archived', 403, 'InvalidObjectState', false],
    ['its KMS key is disabled', 400, 'KMS.DisabledException', false],
  ])('reports an object as unreadable when %s', async (_, status, code, retryable) => {
    const fetched = answering(status, refusal(code), {}, fetchOne);
    await expect(fetched).rejects.toMatchObject({
      code: 'log-unreadable',
      retryable,
      concerns: { key: 's3://logs/a', awsCode: code },
    });
  });

  it('reports an object whose body is interrupted as retryable', async () => {
    const fetched = answering(200, 'half', { 'content-length': '8' }, fetchOne);
    await expect(fetched).rejects.toMatchObject({ code: 'log-unreadable', retryable: true });
  });

  it('counts the bytes that arrive, and does not trust the announced length', async () => {
    const fetched = answering(200, 'x'.repeat(5000), { 'transfer-encoding': 'chunked' }, fetchOne);
    await expect(fetched).rejects.toMatchObject({ code: 'log-too-large' });
  });
});

describe('s3ReportStore and readConfigText', () => {
  it('store an object and read it back, and accept inline text', async () => {
    const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'reports' }));
    const ports = livePorts();
    const readFile = async (path: string) => `from ${path}`;
    expect(await ports.reportStore('reports').put('2026/config.json', '{"a":1}', 'application/json')).toBe(
      's3://reports/2026/config.json',
    );
    expect(await ports.configText('s3://reports/2026/config.json', readFile)).toEqual({
      text: '{"a":1}',
      changedAt: expect.any(Date),
    });
    expect(await ports.configText(' {"b":2}', readFile)).toEqual({ text: ' {"b":2}' });
    expect(await ports.configText('config.json', readFile)).toEqual({ text: 'from config.json' });
    await expect(ports.configText('s3://reports/none', readFile)).rejects.toMatchObject({
      concerns: { awsCode: 'NoSuchKey' },
    });
  });
});
