import type { ChildProcess } from 'node:child_process';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { aPlace, endOf, packed } from '../../support/command-line.ts';
import { aLaunchRecord, aLogKey, BUCKET } from '../../support/deliveries.ts';
import { aFauxqs } from '../../support/fauxqs.ts';
import { livePorts } from '../../support/live.ts';
import { closesEndpoints, silentEndpoint } from '../../support/silence.ts';

const fauxqs = aFauxqs();
closesEndpoints();

const REGION = 'eu-west-1';
let made = 0;

/** A queue with so many messages about one log file, and a folder in which `watch` runs against the emulator. */
async function aWatchedQueue(messages: number, endpoints: Readonly<Record<string, string>> = {}) {
  made += 1;
  const name = `deliveries-${made}`;
  const { queueUrl } = fauxqs().createQueue(name, { region: REGION });
  const s3 = new S3Client({ region: REGION, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET })).catch(() => undefined);
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: aLogKey(1), Body: packed([aLaunchRecord(1, 'i-1')]) }));
  const body = JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [aLogKey(1)] });
  for (let n = 0; n < messages; n += 1) await livePorts().queues.send(queueUrl, body);
  const place = aPlace({
    AWS_ENDPOINT_URL: `http://127.0.0.1:${fauxqs().port}`,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: REGION,
    ...endpoints,
  });
  place.put('config.json', { requiredTags: ['CostCenter'], graceSeconds: 0, region: REGION });
  const args = ['watch', '--queue', queueUrl, '--account', 'none', '--ledger', 'l.sqlite', '--mail', 'mail'];
  const inQueue = () => fauxqs().inspectQueue(name)?.messages;
  return { place, args, inQueue };
}

/** A process, with what it printed to stderr so far, and how long it lives after a signal. */
function running(child: ChildProcess) {
  let stderr = '';
  const ended = endOf(child);
  child.stderr?.on('data', (piece: Buffer) => {
    stderr += piece.toString('utf8');
  });
  return {
    stderr: () => stderr,
    async endsAfter(...signals: readonly NodeJS.Signals[]) {
      const startedAt = performance.now();
      for (const signal of signals) {
        child.kill(signal);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const { code, stderr: all } = await ended;
      return { code, stderr: all, tookMs: performance.now() - startedAt };
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let left = 100; !condition(); left -= 1) {
    if (left === 0) throw new Error('it did not happen within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('watch --queue', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends its long poll and exits cleanly within two seconds of %s',
    async (name) => {
      const { place, args, inQueue } = await aWatchedQueue(1);
      const process = running(place.start(...args));
      await until(() => process.stderr().includes('mailed: '));
      await until(() => inQueue()?.inflight.length === 0 && inQueue()?.ready.length === 0);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { code, stderr, tookMs } = await process.endsAfter(name);
      expect(tookMs).toBeLessThan(2_000);
      expect(code).toBe(0);
      expect(stderr).toContain(`${name}: stopping; a second signal ends it at once`);
      expect(stderr).toMatch(/^alive: 1 message \(0 to retry\), 1 file, 1 record, 1 open finding/m);
    },
  );

  it('gives the messages of a batch that hangs back at once, within two seconds, and another process does them', async () => {
    const { url, seen } = await silentEndpoint();
    const { place, args, inQueue } = await aWatchedQueue(3, { AWS_ENDPOINT_URL_S3: url });
    const process = running(place.start(...args));
    await until(() => seen() > 0);
    expect(inQueue()?.inflight).not.toHaveLength(0);
    const { code, stderr, tookMs } = await process.endsAfter('SIGTERM');
    expect(tookMs).toBeLessThan(2_000);
    expect(code).toBe(0);
    expect(stderr).toMatch(/gave [123] unfinished messages? back: available again at once/);
    const { ready = [], inflight = [] } = inQueue() ?? {};
    expect([ready.length, inflight.length]).toEqual([3, 0]);

    const { place: next } = await aWatchedQueue(0);
    next.put('config.json', { requiredTags: ['CostCenter'], graceSeconds: 0, region: REGION });
    const again = await next.run(...args, '--once');
    expect(again.stderr).toContain('alive: 3 messages (0 to retry)');
    expect(again.stderr.match(/mailed: /g)).toHaveLength(1);
    expect(inQueue()?.ready).toHaveLength(0);
  });

  it('ends at once at a second signal', async () => {
    const { url, seen } = await silentEndpoint();
    const { place, args } = await aWatchedQueue(1, { AWS_ENDPOINT_URL_S3: url });
    const process = running(place.start(...args));
    await until(() => seen() > 0);
    const { code, tookMs } = await process.endsAfter('SIGTERM', 'SIGINT');
    expect(code).toBe(130);
    expect(tookMs).toBeLessThan(800);
  });

  it('works off what is there with --once, and ends', async () => {
    const { place, args, inQueue } = await aWatchedQueue(2);
    const { code, stderr } = await place.run(...args, '--once');
    expect(code).toBe(0);
    expect(stderr).toContain('alive: 2 messages (0 to retry)');
    expect(inQueue()?.ready).toHaveLength(0);
    expect(inQueue()?.inflight).toHaveLength(0);
  });
});
