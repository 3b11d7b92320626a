import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { writePlan } from '../../../src/history/plan/write-plan.ts';
import type { PlannedObject } from '../../../src/history/plan.ts';
import { historyFolder } from '../../../src/local/history/history-folder.ts';
import { aPlace, endOf, type Ran } from '../../support/command-line.ts';
import { closesEndpoints, silentEndpoint } from '../../support/silence.ts';

closesEndpoints();

/** A command on a bucket that never answers, stopped once it has asked. */
async function stoppedBy(signal: 'SIGINT' | 'SIGTERM', ...args: string[]): Promise<Ran> {
  const { url, seen } = await silentEndpoint();
  const place = aPlace({
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
  });
  place.put('config.json', { requiredTags: ['Owner'], region: 'eu-west-1' });
  const child = place.start(...args, 's3://example-trail/AWSLogs/');
  const end = endOf(child);
  await Promise.race([once(child, 'exit'), asked(seen)]);
  child.kill(signal);
  return end;
}

async function asked(seen: () => number): Promise<void> {
  while (seen() === 0) await wait(20);
}

async function* aListing(...objects: readonly PlannedObject[]): AsyncGenerator<PlannedObject> {
  yield* objects;
}

describe('a command that is stopped', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s says so, and ends with exit code %i', async (signal, code) => {
    const ran = await stoppedBy(signal, 'scan', '--account', 'none');
    expect(ran.code).toBe(code);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toBe(
      `stopped by ${signal} before it was finished: nothing is printed, and files that it was writing may be incomplete. With --checkpoint FILE it could go on where it stopped.\n`,
    );
  });

  it('says that the same command goes on from its checkpoint', async () => {
    const { stderr } = await stoppedBy('SIGINT', 'scan', '--account', 'none', '--checkpoint', 'scan.progress');
    expect(stderr).toContain('scan.progress keeps what was read; the same command goes on from there.');
  });

  it('says that the same verification of a plan goes on with the shards that are left', async () => {
    const { url, seen } = await silentEndpoint();
    const place = aPlace({
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'eu-west-1',
    });
    const key = 's3://example-trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/a.json.gz';
    await writePlan(aListing({ key, size: 100, etag: 'e' }), historyFolder(place.path('plan')), {
      details: { plannedAt: '2026-01-03T00:00:00Z', paths: ['s3://example-trail/'], accounts: [], regions: [] },
      unplanned: () => ({ skipped: {}, rejected: [] }),
    });
    const child = place.start('verify', '--plan', 'plan', '--keys', 'keys.json');
    const end = endOf(child);
    await Promise.race([once(child, 'exit'), asked(seen)]);
    child.kill('SIGINT');
    const ran = await end;
    expect(ran.code).toBe(130);
    expect(ran.stderr).toBe(
      'stopped by SIGINT before it was finished. The shards that were hashed are kept: the same command goes on with the others.\n',
    );
  });

  it('says to run it again if it takes no checkpoint', async () => {
    const { stderr } = await stoppedBy('SIGINT', 'verify', '--keys', 'none.json');
    expect(stderr).toMatch(/Run it again\.\n$|error: /);
  });
});
