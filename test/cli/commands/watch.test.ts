import { copyFileSync, existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
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
      // Old enough to count as completely written.
      utimesSync(path, new Date('2026-03-17T12:00:00Z'), new Date('2026-03-17T12:00:00Z'));
    },
  };
}

const mailsIn = (place: Place): readonly string[] => readdirSync(place.path('mail')).toSorted();

describe('watch --folder --once', () => {
  it('processes files and zip entries, mails and records, and does nothing the second time', async () => {
    const place = aWatch('plan');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    place.deliver('b.zip', zipOf([{ name: 'c.json', data: JSON.stringify({ Records: [aLaunchRecord(2, 'i-9')] }) }]));
    const first = await place.run(...WATCH, '--once');
    expect(first.stderr).toContain(
      'alive: 2 messages (0 to retry), 2 files, 2 records, 2 open findings, 0 sessions created',
    );
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(mailsIn(place)).toHaveLength(1);
    expect(readFileSync(place.path(`mail/${mailsIn(place)[0]}`), 'utf8')).toContain('i-1');

    const second = await place.run(...WATCH, '--once');
    expect(second.stderr).toContain('alive: 0 messages (0 to retry)');
    expect(second.code).toBe(0);
    expect(mailsIn(place)).toHaveLength(1);
  });

  it('creates no session in mode plan, and finds its source all the same', async () => {
    const place = aWatch('plan');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    expect((await place.run(...WATCH, '--once')).stderr).toContain('0 sessions created');
    expect(existsSync(place.path('account.applied.json'))).toBe(false);
    expect(mailsIn(place)).toHaveLength(1);
    expect(readFileSync(place.path(`mail/${mailsIn(place)[0]}`), 'utf8')).toContain('instance-unmirrored');
  });

  it('creates the session once in mode apply, in the copy of the snapshot', async () => {
    const place = aWatch('apply');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    expect((await place.run(...WATCH, '--once')).stderr).toContain('1 session created');
    copyFileSync(place.path('in/a.json.gz'), place.path('in/again.json.gz'));
    expect((await place.run(...WATCH, '--once')).stderr).toContain('0 sessions created');
    const { regions } = JSON.parse(readFileSync(place.path('account.applied.json'), 'utf8')) as {
      regions: { TrafficMirrorSessions: object[] }[];
    };
    expect(regions[0]?.TrafficMirrorSessions).toHaveLength(1);
    expect(regions[0]?.TrafficMirrorSessions[0]).toMatchObject({
      NetworkInterfaceId: 'eni-1',
      TrafficMirrorTargetId: 'tmt-a',
    });
  });

  it('waits for a file that was just written instead of skipping it', async () => {
    const place = aWatch('plan');
    place.put('in/new.json', { Records: [aLaunchRecord(1, 'i-1')] });
    expect((await place.run(...WATCH, '--once')).stderr).toContain('1 file');
  });

  it('names what it cannot read, processes the rest, and exits with 2', async () => {
    const place = aWatch('plan');
    place.deliver('good.json', { Records: [aLaunchRecord(1, 'i-1')] });
    place.deliver('cut.json.gz', packed([aLaunchRecord(2, 'i-2')]).subarray(0, -4));
    place.deliver('no.zip', 'PK\u0003\u0004 and nothing more');
    const { code, stderr } = await place.run(...WATCH, '--once');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^warning: .*in\/cut\.json\.gz: cut off/m);
    expect(stderr).toMatch(/^warning: in\/cut\.json\.gz is not finished: .*cut off.*; 1 record of it could be read$/m);
    expect(stderr).toMatch(/^warning: in\/no\.zip: /m);
    expect(stderr).toContain('2 files, 2 records');
  });

  it('names local files by their paths, in the ledger and in mails', async () => {
    const place = aWatch('plan');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    place.deliver('b.zip', zipOf([{ name: 'c.json', data: JSON.stringify({ Records: [aLaunchRecord(2, 'i-9')] }) }]));
    await place.run(...WATCH, '--once');
    const report = await place.run('report', '--ledger', 'l.sqlite', '-o', 'json', '--since', '2026-03-01', '-z');
    expect(report.stdout).toContain('"in/a.json.gz"');
    expect(report.stdout).toContain('"in/b.zip!/c.json"');
    expect(report.stdout).not.toContain('s3://');
  });

  it('reads the files of the folder whatever buckets the configuration trusts', async () => {
    const place = aWatch('plan');
    place.put('config.json', { requiredTags: ['CostCenter'], graceSeconds: 0, trail: { buckets: ['our-trail'] } });
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    const { stderr, code } = await place.run(...WATCH, '--once');
    expect(stderr).toContain('1 file, 1 record');
    expect(code).toBe(0);
  });

  it('needs exactly one of --queue and --folder', async () => {
    const place = aWatch('plan');
    expect(await place.run('watch')).toMatchObject({ code: 1, stdout: '' });
    expect(await place.run('watch', '--folder', 'in', '--queue', 'https://queue')).toMatchObject({ code: 1 });
    const gone = await place.run('watch', '--folder', 'nowhere', '--once', '--account', 'none');
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain('warning: nowhere: there is no such file or folder');
  });
});

/** Resolves when the process has written this to stderr. */
async function logged(child: ReturnType<Place['start']>, text: string): Promise<void> {
  let written = '';
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (piece: Buffer) => {
      written += piece.toString('utf8');
      if (written.includes(text)) resolve();
    });
  });
}

describe('watch --folder', () => {
  it('keeps the re-checks of an earlier run that are due later', async () => {
    const place = aWatch('plan');
    place.put('config.json', { requiredTags: ['CostCenter'], graceSeconds: 10 });
    const eventTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1', {}, { eventTime })]));
    const first = await place.run(...WATCH, '--once');
    expect(first.stderr).not.toContain('mailed: ');
    const child = place.start(...WATCH);
    const ended = endOf(child);
    await logged(child, 'mailed: ');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(mailsIn(place)).toHaveLength(1);
  });

  it.each([
    ['with a ledger', WATCH, /which also takes up the re-checks that are due later \(l\.sqlite\)/],
    ['without one', ['watch', '--folder', 'in', '--account', 'account.json'], /without --ledger .* are lost/],
  ] as const)('says on SIGINT what it finishes and what is left, %s', async (_, args, left) => {
    const place = aWatch('plan');
    place.deliver('no.zip', 'PK\u0003\u0004 and nothing more');
    const child = place.start(...args);
    const ended = endOf(child);
    await logged(child, 'no.zip');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/stopping: files in work are finished, or else processed again by the next run/);
    expect(stderr).toMatch(left);
  });

  it('runs until SIGTERM, then exits cleanly with everything in the ledger', async () => {
    const place = aWatch('apply');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    const child = place.start(...WATCH);
    const ended = endOf(child);
    let logged = '';
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (piece: Buffer) => {
        logged += piece.toString('utf8');
        if (logged.includes('mailed: ')) resolve();
      });
    });
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^alive: 1 message \(0 to retry\), 1 file,.*1 session created/m);
    const report = await place.run('report', '--ledger', 'l.sqlite', '-o', 'json', '--since', '2026-03-01', '-z');
    const { findings } = JSON.parse(report.stdout) as { findings: { resourceId: string }[] };
    expect(findings.map(({ resourceId }) => resourceId)).toContain('i-1');
  });
});

describe('watch --folder without an account', () => {
  it('mails after the grace period what an earlier run on the folder found', async () => {
    const place = aWatch('plan');
    place.put('config.json', { requiredTags: ['CostCenter'], graceSeconds: 10 });
    const eventTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    place.deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1', {}, { eventTime })]));
    const args = ['watch', '--folder', 'in', '--account', 'none', '--ledger', 'l.sqlite', '--mail', 'mail'] as const;
    expect((await place.run(...args, '--once')).stderr).not.toContain('mailed: ');
    const child = place.start(...args);
    const ended = endOf(child);
    await logged(child, 'mailed: ');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    const [mail, ...others] = mailsIn(place);
    expect(others).toEqual([]);
    expect(readFileSync(place.path(`mail/${mail}`), 'utf8')).toContain('Known from log records alone');
  });
});
