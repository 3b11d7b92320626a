import { describe, expect, it } from 'vitest';
import { aPlace, packed } from '../../support/command-line.ts';
import { aRecord } from '../../support/deliveries.ts';

const place = aPlace();
place.put('config.json', {
  watch: { rules: [{ name: 'stopped', pattern: { eventName: ['StopLogging'] }, resolveAfterHours: 24 }] },
});
place.put('old.json.gz', packed([aRecord('StopLogging', 0, { name: 'trail' }, null)]));
place.put('other.json.gz', packed([aRecord('StopInstances', 0, {}, null)]));

const openIn = (stdout: string) => {
  const { findings } = JSON.parse(stdout);
  return findings.filter(({ status }: { readonly status: string }) => status === 'open').length;
};

describe('a call of long ago', () => {
  it('is reported by every scan of its log file', async () => {
    const ran = await place.run('scan', 'old.json.gz', '-o', 'json', '--quiet');
    expect({ code: ran.code, open: openIn(ran.stdout) }).toEqual({ code: 3, open: 1 });
  });

  it('is closed in a ledger by the next scan of other files', async () => {
    const ledger = ['--ledger', 'ledger.db', '--quiet'];
    expect((await place.run('scan', 'old.json.gz', ...ledger)).code).toBe(3);
    expect((await place.run('scan', 'other.json.gz', ...ledger)).code).not.toBe(3);
    const { stdout } = await place.run('report', ...ledger, '--since', '2026-03-01', '-o', 'json');
    expect(JSON.parse(stdout).findings).toMatchObject([{ rule: 'custom:stopped', status: 'resolved' }]);
  });
});
