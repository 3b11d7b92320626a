import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aPlace, packed } from '../../support/command-line.ts';
import { aRecord } from '../../support/deliveries.ts';

const place = aPlace();
place.put('config.json', {
  watch: {
    rules: [
      { name: 'stopped', pattern: { eventName: ['StopLogging'] }, resolveAfterHours: 24 },
      {
        ...{ name: 'paused', pattern: { eventName: ['PutEventSelectors'] }, resolveAfterHours: 8760 },
        resolvedBy: { eventName: ['StartLogging'] },
      },
    ],
  },
});
place.put('old.json.gz', packed([aRecord('StopLogging', 0, { name: 'trail' }, null)]));
const hoursAgo = (hours: number) => ({
  eventTime: `${new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19)}Z`,
});
place.put('new.json.gz', packed([aRecord('PutEventSelectors', 0, { name: 'trail' }, null, hoursAgo(9))]));
place.put('ended.json.gz', packed([aRecord('StartLogging', 9, { name: 'trail' }, null, hoursAgo(1))]));

const openIn = (stdout: string) => {
  const { findings } = JSON.parse(stdout);
  return findings.filter(({ status }: { readonly status: string }) => status === 'open').length;
};

describe('a call of long ago', () => {
  it('is reported by every scan of its log file', async () => {
    const ran = await place.run('scan', 'old.json.gz', '-o', 'json', '--quiet');
    expect({ code: ran.code, open: openIn(ran.stdout) }).toEqual({ code: 3, open: 1 });
  });

  it('is recorded in a ledger as closed by time, and neither counts nor is mailed', async () => {
    const ran = await place.run('scan', 'old.json.gz', '--ledger', 'old.db', '--mail', 'mail', '-o', 'json', '--quiet');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      summary: { open: 0, resolved: 1, remediated: 0 },
      findings: [{ rule: 'custom:stopped', status: 'resolved' }],
    });
    expect({ code: ran.code, isMailed: existsSync(place.path('mail')) }).toEqual({ code: 0, isMailed: false });
    const { stdout } = await place.run(
      'report',
      '--ledger',
      'old.db',
      '--since',
      '2026-03-01',
      '-o',
      'json',
      '--quiet',
    );
    expect(JSON.parse(stdout).findings).toMatchObject([{ rule: 'custom:stopped', status: 'resolved' }]);
  });
});

describe('a scan whose records end the findings of earlier scans', () => {
  it('counts and lists what it ended as resolved', async () => {
    const ledger = ['--ledger', 'ended.db', '-o', 'json', '--quiet'];
    expect((await place.run('scan', 'new.json.gz', ...ledger)).code).toBe(3);
    const ran = await place.run('scan', 'ended.json.gz', ...ledger);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      summary: { open: 0, resolved: 1, remediated: 1 },
      findings: [{ rule: 'custom:paused', status: 'resolved', evidence: [{ role: 'resolution' }, { role: 'cause' }] }],
    });
    expect(ran.code).toBe(0);
  });
});
