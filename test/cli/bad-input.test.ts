import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../delivery/zip-builder.ts';
import { aPlace, packed, snapshotOf } from '../support/command-line.ts';
import { aLaunchRecord } from '../support/deliveries.ts';
import { anInventory } from '../support/inventories.ts';

const place = aPlace();
const good = [aLaunchRecord(1, 'i-0good1'), aLaunchRecord(2, 'i-0good2')];
const STACK = /^\s+at .+:\d+:\d+/m;

place.put('good.json.gz', packed(good));
place.put('cut.json.gz', packed([aLaunchRecord(3, 'i-0cut')]).subarray(0, -4));
place.put(
  'one-bad.zip',
  zipOf([
    { name: 'a.json.gz', data: packed(good) },
    { name: 'b.json', data: JSON.stringify({ Records: good }), claims: { packed: Buffer.from('not deflate data') } },
  ]),
);
place.put('no-log.json', { hello: 1 });
place.put('no-json.json', 'hello');
place.put('nameless.json', { Records: [aLaunchRecord(4, 'i-0named'), { eventSource: 'ec2.amazonaws.com' }] });
place.put('config.json', {
  requiredTags: ['CostCenter'],
  mirroring: { filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] },
});

describe('bad input', () => {
  it.each([
    ['a missing file', 'missing.json', 'missing.json: there is no such file or folder', 2],
    ['a truncated gzip', 'cut.json.gz', 'cut.json.gz: cut off', 3],
    ['a zip with one bad entry', 'one-bad.zip', 'one-bad.zip!/b.json: ', 4],
    ['JSON that is not a log file', 'no-log.json', 'no-log.json#0: no eventName', 2],
    ['a file that is not JSON', 'no-json.json', 'no-json.json: damaged at byte 0', 2],
    ['a record without eventName', 'nameless.json', 'nameless.json#1: no eventName', 3],
  ])('names %s with its reason, reads the rest, and exits with 2', async (_, path, warning, records) => {
    const events = await place.run('events', path, 'good.json.gz');
    expect(events.code).toBe(2);
    expect(events.stderr).toContain(`warning: ${warning}`);
    expect(events.stderr).not.toMatch(STACK);
    expect(events.stdout.trimEnd().split('\n')).toHaveLength(records);

    const scan = await place.run('scan', path, 'good.json.gz', '--account', 'none', '-o', 'json');
    expect(scan.code).toBe(2);
    expect(scan.stderr.split(`warning: ${warning}`)).toHaveLength(2);
    const { input, findings } = JSON.parse(scan.stdout) as {
      input: { rejected: { path: string }[] };
      findings: { resourceId: string }[];
    };
    expect(input.rejected).toHaveLength(1);
    expect(findings.map(({ resourceId }) => resourceId)).toContain('i-0good1');
  });

  it('counts and names launches whose response CloudTrail omitted, and exits with 2', async () => {
    const launches = Array.from({ length: 150 }, (_, n) => ({
      ...aLaunchRecord(1, `i-${n}`),
      responseElements: { omitted: true, originalSize: 131_000, reason: 'responseElements too large' },
    }));
    place.put('omitted.json.gz', packed(launches));
    const { code, stdout, stderr } = await place.run('scan', 'omitted.json.gz', '--account', 'none', '-o', 'json');
    expect(code).toBe(2);
    expect(stderr).toContain('warning: omitted.json.gz#RunInstances: 150 RunInstances records could not be judged');
    expect(stderr).toContain('records that could not be judged: 150 RunInstances');
    expect(stderr).not.toContain('not read');
    expect(JSON.parse(stdout)).toMatchObject({
      input: { omitted: { RunInstances: 150 }, rejected: [{ path: 'omitted.json.gz#RunInstances' }] },
      findings: [],
    });
  });

  it('exits with 1 when of nothing that was seen it is known whether it complies', async () => {
    const untag = {
      ...aLaunchRecord(1, 'i-0old'),
      eventName: 'DeleteTags',
      requestParameters: { resourcesSet: { items: [{ resourceId: 'i-0old' }] }, tagSet: { items: [{ key: 'Team' }] } },
      responseElements: { _return: true },
    };
    place.put('untagged.json.gz', packed([untag]));
    const { code, stderr } = await place.run('scan', 'untagged.json.gz', '--account', 'none', '-o', 'json');
    expect(stderr).toContain('0 open findings, 0 muted; 1 instance could not be judged');
    expect(stderr).toContain('warning: nothing was judged: of no resource is it known whether it complies');
    expect(code).toBe(1);
  });

  it('writes warnings as JSON lines with --json-logs, even with --quiet', async () => {
    const { stderr } = await place.run('events', 'missing.json', 'good.json.gz', '--json-logs', '--quiet');
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        level: 'warn',
        message: 'missing.json: there is no such file or folder',
        path: 'missing.json',
        reason: 'there is no such file or folder',
      },
    ]);
  });

  it('stops at an unknown configuration key with exit code 1, listing every problem with its path', async () => {
    place.put('wrong.json', { requiredTag: 'CostCenter', colour: 'red', mirroring: { mod: 'apply' } });
    for (const command of [['config', 'validate'], ['scan', 'good.json.gz'], ['audit']]) {
      const { code, stdout, stderr } = await place.run(...command, '--config', 'wrong.json');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('error: wrong.json cannot be used:');
      expect(stderr).toContain('  mirroring.mod: is not a known key');
      expect(stderr).toContain('  colour: is not a known key');
      expect(stderr).not.toMatch(STACK);
    }
  });

  it('reads config.json in the current folder unless --config names another file', async () => {
    const here = aPlace();
    here.put('config.json', { colour: 'red' });
    here.put('good.json', {});
    here.put('account.json', snapshotOf(anInventory()));
    here.put('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    const account = ['--account', 'account.json'];
    for (const command of [
      ['config', 'validate'],
      ['scan', 'a.json.gz', ...account],
      ['audit', ...account],
    ]) {
      expect((await here.run(...command)).stderr).toContain('error: config.json cannot be used:');
      expect((await here.run(...command, '--config', 'good.json')).stderr).not.toContain('cannot be used');
    }
  });

  it.each(['NetworkAcls', 'SecurityGroups', 'TrafficMirrorSessions', 'Reservations'])(
    'names the list %s if a snapshot lacks it, judges the rest, and exits with 2',
    async (list) => {
      const { regions } = snapshotOf(anInventory()) as { regions: Record<string, unknown>[] };
      const [{ [list]: _, ...rest } = {}] = regions;
      place.put('part.json', { schema: 'mirrorwatch.account/1', regions: [rest] });
      const { code, stdout, stderr } = await place.run('audit', '--account', 'part.json', '-o', 'json');
      expect(code).toBe(2);
      expect(stderr).toContain(`warning: part.json: 111122223333:eu-west-1 ${list}: is not in the file`);
      const report = JSON.parse(stdout) as { input: { rejected: unknown[] } };
      expect(report.input.rejected.length).toBeGreaterThan(0);
    },
  );

  it('needs no mirroring lists if mirroring is not judged', async () => {
    const { regions } = snapshotOf(anInventory()) as { regions: { Reservations: unknown }[] };
    const [{ Reservations } = { Reservations: [] }] = regions;
    const region = { accountId: '111122223333', region: 'eu-west-1', Reservations };
    place.put('instances.json', { schema: 'mirrorwatch.account/1', regions: [region] });
    place.put('tags.json', { requiredTags: ['CostCenter'] });
    const ran = await place.run('audit', '--account', 'instances.json', '--config', 'tags.json', '--exit-zero');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['a missing snapshot', ['audit', '--account', 'nowhere.json'], 'nowhere.json'],
    ['a file that is not a snapshot', ['audit', '--account', 'no-log.json'], 'no-log.json is not an account snapshot'],
    ['an unknown format', ['audit', '-o', 'pdf'], 'There is no format "pdf"'],
    [
      'a format the command does not have',
      ['events', 'good.json.gz', '-o', 'html'],
      "This command's only format is jsonl.",
    ],
    ['an impossible date', ['events', 'good.json.gz', '--since', '2026-13-01'], 'It must be a day'],
    ['an unknown command', ['skan'], "unknown command 'skan'"],
    [
      'an output that cannot be written',
      ['scan', 'good.json.gz', '-o', 'csv=no/where.csv'],
      'no/where.csv: cannot be written',
    ],
    ['mail without a ledger', ['scan', 'good.json.gz', '--mail', 'mail'], '--mail needs --ledger'],
    ['a live account without credentials', ['audit'], 'there are no AWS credentials'],
    [
      'a region the account does not have',
      ['audit', '--account', 'complete.json', '--regions', 'us-east-1'],
      '--regions us-east-1: none of these is in the account, which has eu-west-1',
    ],
    ['an unknown id', ['mirror', 'explain', 'i-none', '--account', 'complete.json'], 'i-none is not in the account'],
  ])('exits with 1 and one plain error for %s', async (_, args, error) => {
    place.put('complete.json', snapshotOf(anInventory()));
    const { code, stdout, stderr } = await place.run(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(error);
    expect(stderr).toMatch(/^error: /m);
    expect(stderr).not.toMatch(STACK);
  });

  it('escapes control characters of a hostile path before they reach the terminal', async () => {
    const { stderr } = await place.run('events', '\u001b[2Jgone.json');
    expect(stderr).toContain('\\u001b[2Jgone.json: there is no such file');
    expect(stderr).not.toContain('\u001b');
  });

  it('refuses a decompression bomb by its path and reads the files beside it', async () => {
    place.put('small.json', { maxLogBytes: 1_000_000 });
    place.put('bomb.json.gz', gzipSync(Buffer.alloc(5_000_000, 0x20)));
    const { code, stdout, stderr } = await place.run(
      'events',
      'bomb.json.gz',
      'good.json.gz',
      '--config',
      'small.json',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('warning: bomb.json.gz: ');
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });
});
