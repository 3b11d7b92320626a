import { copyFileSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../../delivery/zip-builder.ts';
import { aPlace, endOf, type Place, packed, snapshotOf } from '../../support/command-line.ts';
import { aLaunchRecord } from '../../support/deliveries.ts';
import { anInventory } from '../../support/inventories.ts';

const WATCH = [
  'watch',
  '--folder',
  'in',
  '--account',
  'account.json',
  '--ledger',
  'l.sqlite',
  '--mail',
  'mail',
] as const;

function aWatch(mode: 'plan' | 'apply'): Place & { deliver(name: string, content: unknown): void } {
  const place = aPlace();
  const mirroring = { mode, filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] };
  place.put('config.json', { requiredTags: ['CostCenter'], graceSeconds: 0, mirroring });
  place.put('account.json', snapshotOf(anInventory()));
  return {
    ...place,
    deliver(name, content) {
      const path = place.path(place.put(`in/${name}`, content));
      // Written long enough ago to be whole.
      utimesSync(path, new Date('2026-03-17T12:00:00Z'), new Date('2026-03-17T12:00:00Z'));
    },
  };
}

const mailsIn = (place: Place): readonly string[] => readdirSync(place.path('mail')).toSorted();

describe('watch --folder --once', () => {
  it('works off files and the entries of zips, mails, remembers, and does nothing the second time', async () => {
    const place = aWatch('plan');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    place.deliver('b.zip', zipOf([{ name: 'c.json', data: JSON.stringify({ Records: [aLaunchRecord(2, 'i-9')] }) }]));
    const first = await place.run(...WATCH, '--once');
    expect(first.stderr).toContain('alive: 2 messages (0 left), 2 files, 2 records, 2 open findings, 0 sessions made');
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(mailsIn(place)).toHaveLength(1);
    expect(readFileSync(place.path(`mail/${mailsIn(place)[0]}`), 'utf8')).toContain('i-1');

    const second = await place.run(...WATCH, '--once');
    expect(second.stderr).toContain('alive: 0 messages (0 left)');
    expect(second.code).toBe(0);
    expect(mailsIn(place)).toHaveLength(1);
  });

  it('creates the session in mode apply, in the copy of the snapshot, and no second one', async () => {
    const place = aWatch('apply');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    expect((await place.run(...WATCH, '--once')).stderr).toContain('1 sessions made');
    copyFileSync(place.path('in/a.json.gz'), place.path('in/again.json.gz'));
    expect((await place.run(...WATCH, '--once')).stderr).toContain('0 sessions made');
    const { regions } = JSON.parse(readFileSync(place.path('account.applied.json'), 'utf8')) as {
      regions: { TrafficMirrorSessions: object[] }[];
    };
    expect(regions[0]?.TrafficMirrorSessions).toHaveLength(1);
    expect(regions[0]?.TrafficMirrorSessions[0]).toMatchObject({
      NetworkInterfaceId: 'eni-1',
      TrafficMirrorTargetId: 'tmt-a',
    });
  });

  it('waits for a file that was just written rather than passing it over', async () => {
    const place = aWatch('plan');
    place.put('in/new.json', { Records: [aLaunchRecord(1, 'i-1')] });
    expect((await place.run(...WATCH, '--once')).stderr).toContain('1 files');
  });

  it('names what it cannot read, works off the rest, and ends with 2', async () => {
    const place = aWatch('plan');
    place.deliver('good.json', { Records: [aLaunchRecord(1, 'i-1')] });
    place.deliver('cut.json.gz', packed([aLaunchRecord(2, 'i-2')]).subarray(0, -4));
    place.deliver('no.zip', 'PK\u0003\u0004 and nothing more');
    const { code, stderr } = await place.run(...WATCH, '--once');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^warning: .*in\/cut\.json\.gz: cut off/m);
    expect(stderr).toMatch(/^warning: in\/no\.zip: /m);
    expect(stderr).toContain('2 files, 2 records');
  });

  it('needs a place to watch, one', async () => {
    const place = aWatch('plan');
    expect(await place.run('watch')).toMatchObject({ code: 1, stdout: '' });
    expect(await place.run('watch', '--folder', 'in', '--queue', 'https://queue')).toMatchObject({ code: 1 });
    const gone = await place.run('watch', '--folder', 'nowhere', '--once', '--account', 'none');
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain('warning: nowhere: there is no such file or folder');
  });
});

describe('watch --folder', () => {
  it('goes on until SIGTERM, then ends cleanly with everything in the ledger', async () => {
    const place = aWatch('apply');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    const child = place.start(...WATCH);
    const ended = endOf(child);
    let told = '';
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (piece: Buffer) => {
        told += piece.toString('utf8');
        if (told.includes('mailed: ')) resolve();
      });
    });
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^alive: 1 messages \(0 left\), 1 files.*1 sessions made/m);
    const report = await place.run('report', '--ledger', 'l.sqlite', '-o', 'json', '--since', '2026-03-01', '-z');
    const { findings } = JSON.parse(report.stdout) as { findings: { resourceId: string }[] };
    expect(findings.map(({ resourceId }) => resourceId)).toContain('i-1');
  });
});
