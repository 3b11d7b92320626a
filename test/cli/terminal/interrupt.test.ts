import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
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

  it('says to run it again if it takes no checkpoint', async () => {
    const { stderr } = await stoppedBy('SIGINT', 'verify', '--keys', 'none.json');
    expect(stderr).toMatch(/Run it again\.\n$|error: /);
  });
});
