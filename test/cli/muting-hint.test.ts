import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aPlace, packed } from '../support/command-line.ts';
import { aRecord } from '../support/deliveries.ts';

const place = aPlace();
const config = { watch: { rules: [{ name: 'stopped', pattern: { eventName: ['StopLogging'] } }] } };
place.put('config.json', config);
place.put('own rules.json', config);
const eventTime = `${new Date(Date.now() - 3_600_000).toISOString().slice(0, 19)}Z`;
place.put('logs.json.gz', packed([aRecord('StopLogging', 0, { name: 'trail' }, null, { eventTime })]));

/** The mail of a scan that mails into a new folder, on one line. */
async function mailOf(name: string, ...options: readonly string[]): Promise<string> {
  const ledger = ['--ledger', `${name}.db`, '--mail', name, '--quiet', '--exit-zero'];
  await place.run('scan', 'logs.json.gz', '--account', 'none', ...ledger, ...options);
  const texts = readdirSync(place.path(name)).map((file) => readFileSync(place.path(`${name}/${file}`), 'utf8'));
  return texts.join('\n').replaceAll(/\s+/g, ' ');
}

describe('the hint in a mail how to mute a finding', () => {
  it.each([
    ['the file of --config', 'own rules.json', ['--config', 'own rules.json']],
    ['config.json, which is read without --config', 'config.json', []],
  ])('names %s', async (_, file, options) => {
    expect(await mailOf(`mail-${options.length}`, ...options)).toContain(
      `To mute a finding, add it to "exemptions" in ${file} with a reason`,
    );
  });
});
