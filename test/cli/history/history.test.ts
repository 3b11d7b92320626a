import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { aPlace, type Place } from '../../support/command-line.ts';
import { aLaunchRecord } from '../../support/deliveries.ts';
import { oddLogs, randomFrom } from '../../support/history-logs.ts';

function aFolderOfLogs(files: number, seed = 7): Place {
  const place = aPlace();
  place.put('config.json', { requiredTags: ['Owner'] });
  for (const { name, bytes } of oddLogs(files, seed)) place.put(`logs/${name}`, bytes);
  return place;
}

const summariesIn = (place: Place): readonly string[] =>
  (existsSync(place.path('plan/result')) ? readdirSync(place.path('plan/result')) : [])
    .filter((name) => name.startsWith('shard='))
    .map((name) => place.path(`plan/result/${name}/summary.json`));

async function expectSameAsScan(place: Place): Promise<void> {
  const outputs = ['-o', 'jsonl=scan.jsonl', '-o', 'json=scan.json'];
  const scanned = await place.run('scan', 'logs', '--account', 'none', ...outputs);
  const folded = await place.run(
    'history',
    'fold',
    'plan',
    '--account',
    'none',
    '-o',
    'jsonl=fold.jsonl',
    '-o',
    'json=fold.json',
  );
  expect(folded.code, folded.stderr).toBe(scanned.code);
  expect(readFileSync(place.path('fold.jsonl'), 'utf8')).toBe(readFileSync(place.path('scan.jsonl'), 'utf8'));
  const [fold, scan] = ['fold.json', 'scan.json'].map((name) => JSON.parse(readFileSync(place.path(name), 'utf8')));
  expect(fold.input).toEqual(scan.input);
  expect(fold.summary).toEqual(scan.summary);
  expect(scan.findings.length).toBeGreaterThan(5);
}

describe('history', () => {
  it('finds in shards what one scan finds: the same bytes, the same counts', async () => {
    const place = aFolderOfLogs(60);
    const planned = await place.run('history', 'plan', 'logs', '-o', 'plan', '--shard-objects', '7');
    expect(planned.stdout).toBe('plan\n');
    expect(planned.stderr).toMatch(
      /^63 objects of 3 accounts in 2 regions, 0\.0 MB, in \d+ shards; skipped: 1 empty, 1 not-a-log$/m,
    );
    const ran = await place.run(
      'history',
      'run',
      'plan',
      '--local',
      '--workers',
      '2',
      '--account',
      'none',
      '-o',
      'jsonl=run.jsonl',
    );
    expect(ran.stderr).toContain('63 planned objects = 63 scanned + 0 skipped + 0 failed');
    expect(ran.code).toBe(2);
    await expectSameAsScan(place);
    expect(readFileSync(place.path('run.jsonl'), 'utf8')).toBe(readFileSync(place.path('scan.jsonl'), 'utf8'));
  });

  it('warns of links that are not followed and of paths without a log when it plans, as scan does', async () => {
    const place = aPlace();
    place.put('logs/a.json.gz', gzipSync(JSON.stringify({ Records: [aLaunchRecord(1, 'i-00000000000000001')] })));
    place.put('empty/note.txt', 'no log');
    symlinkSync(place.path('logs'), place.path('logs/link'));
    const { code, stderr } = await place.run('history', 'plan', 'logs', 'empty', '-o', 'plan');
    expect(code).toBe(0);
    expect(stderr).toContain('logs/link: a link, which is not followed; --follow follows it');
    expect(stderr).toContain('empty: there is no CloudTrail log file in it');
  });

  it('judges nothing where no record is of the period, as scan does', async () => {
    const place = aPlace();
    place.put('logs/a.json.gz', gzipSync(JSON.stringify({ Records: [aLaunchRecord(1, 'i-00000000000000001')] })));
    place.put('config.json', { requiredTags: ['Owner'] });
    const period = ['--since', '2030-01-01'];
    const scanned = await place.run('scan', 'logs', '--account', 'none', ...period);
    await place.run('history', 'plan', 'logs', '-o', 'plan', ...period);
    const ran = await place.run('history', 'run', 'plan', '--local', '--workers', '1', '--account', 'none');
    expect([ran.code, scanned.code]).toEqual([1, 1]);
    expect(ran.stderr).toMatch(/^error: nothing was judged: none of the 1 record of the plan is from 2030-01-01/m);
  });

  it('scans a shard once: the next run scans what is left', async () => {
    const place = aFolderOfLogs(20);
    await place.run('history', 'plan', 'logs', '-o', 'plan', '--shard-objects', '6');
    const run = (): ReturnType<Place['run']> =>
      place.run('history', 'run', 'plan', '--local', '--workers', '2', '--scan-only');
    // Some of the files are damaged.
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^2\d planned objects = 2\d scanned \+ 0 skipped \+ 0 failed$/m),
    ]);
    expect(stderr).toMatch(/^warning: logs\//m);
    const before = summariesIn(place).map((path) => [path, statSync(path).mtimeMs]);
    expect(before).toHaveLength(5);
    const again = await run();
    expect(again.stderr).toContain('5 shards of 5 have a result already');
    expect(summariesIn(place).map((path) => [path, statSync(path).mtimeMs])).toEqual(before);
  });

  it('goes on after workers and the command itself were killed, and finds the same', async () => {
    const place = aFolderOfLogs(160);
    await place.run('history', 'plan', 'logs', '-o', 'plan', '--shard-objects', '1');
    const { below } = randomFrom(11);
    let kills = 0;
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const child = place.start('history', 'run', 'plan', '--local', '--workers', '2', '--scan-only');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      // Some of the shards are done, others are not.
      while (child.exitCode === null && summariesIn(place).filter(existsSync).length < (attempt + 1) * 12 + below(8))
        await sleep(5);
      const workers = childrenOf(child.pid);
      const [victim] = attempt % 2 === 0 ? workers : [child.pid];
      if (victim !== undefined && child.exitCode === null) {
        process.kill(victim, 'SIGKILL');
        kills += 1;
      }
      await ended;
    }
    expect(kills).toBeGreaterThan(2);
    const last = await place.run('history', 'run', 'plan', '--local', '--workers', '2', '--scan-only');
    expect(last.code, last.stderr).toBe(2);
    expect(last.stderr).not.toContain('missing');
    await expectSameAsScan(place);
  });

  it('names what is missing, and is incomplete', async () => {
    const place = aFolderOfLogs(12);
    await place.run('history', 'plan', 'logs', '-o', 'plan', '--shard-objects', '5');
    await place.run('history', 'run', 'plan', '--local', '--scan-only');
    const [first = ''] = summariesIn(place);
    place.put(first.slice(place.folder.length + 1), '{"damaged":');
    const folded = await place.run('history', 'fold', 'plan', '--account', 'none', '-o', 'jsonl');
    expect(folded.code).toBe(2);
    expect(folded.stderr).toMatch(/shard 00001: .*is no summary of a shard.*are missing/);
    expect(folded.stderr).toMatch(/ \+ \d+ missing/);
  });

  it('names a file that was changed since it was planned', async () => {
    const place = aFolderOfLogs(5);
    await place.run('history', 'plan', 'logs', '-o', 'plan');
    place.put('logs/unplaced.json', { Records: [] });
    const ran = await place.run('history', 'run', 'plan', '--local', '--account', 'none', '-o', 'jsonl');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('logs/unplaced.json: was changed since it was planned');
    expect(ran.stderr).toContain('8 planned objects = 7 scanned + 0 skipped + 1 failed');
  });

  it('refuses to mix the answers to two questions', async () => {
    const place = aFolderOfLogs(5);
    await place.run('history', 'plan', 'logs', '-o', 'plan');
    await place.run('history', 'run', 'plan', '--local', '--scan-only');
    const other = await place.run('history', 'run', 'plan', '--local', '--scan-only', '--keep', 'all');
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining('holds the result of another run (that keeps other records)'),
    ]);
    place.put('config.json', { requiredTags: ['Owner'], trail: { accounts: ['111122223333'] } });
    const folded = await place.run('history', 'fold', 'plan', '--account', 'none');
    expect([folded.code, folded.stderr]).toEqual([1, expect.stringContaining('answers another question')]);
  });

  it('says what to do about plans and results that are not there', async () => {
    const place = aFolderOfLogs(3);
    const cases: readonly (readonly [readonly string[], string])[] = [
      [
        ['run', 'nowhere', '--local', '--account', 'none'],
        'nowhere holds no complete plan: make one with "mirrorwatch history plan PATH -o nowhere"',
      ],
      [['run', 'nowhere', '--account', 'none'], 'say where to scan: --local'],
      [
        ['plan', 'logs/note.txt', '-o', 'empty', '--since', '2027-01-01', '--until', '2026-01-01'],
        'is not before --until',
      ],
      [['plan', 'none', '-o', 'plan', '--accounts', '12'], 'cannot be an account id'],
      [
        ['plan', 'logs', '-o', 'plan', '--shard-bytes', 'many'],
        'It must be a number of bytes, such as 1000000, 64MB or 1GB.',
      ],
      [['plan', 'logs', '-o', 'plan', '--shard-objects', '100001'], 'A shard has at most 100,000 objects.'],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await place.run('history', ...args);
      expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    }
    await place.run('history', 'plan', 'logs', '-o', 'plan');
    const folded = await place.run('history', 'fold', 'plan', '--account', 'none');
    expect(folded.stderr).toContain('plan/result holds no result: scan the plan with "mirrorwatch history run plan"');
    const twice = await place.run('history', 'plan', 'logs', '-o', 'plan');
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining('plan holds a plan already')]);
  });

  it('plans what could be listed, names the rest, and is incomplete', async () => {
    const place = aFolderOfLogs(3);
    const planned = await place.run('history', 'plan', 'logs', 'missing.json', '-o', 'plan');
    expect([planned.code, planned.stderr]).toEqual([2, expect.stringContaining('missing.json')]);
    const nothing = await place.run(
      'history',
      'plan',
      'logs',
      '-o',
      'none',
      '--accounts',
      '999999999999',
      '--since',
      '2027-01-01',
    );
    expect(nothing.code).toBe(0);
  });
});

/** The processes that a process has started, by Linux's list of them. */
function childrenOf(pid: number | undefined): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) . /, '')
        .split(' ')[0],
    );
  } catch {
    // It has ended.
    return undefined;
  }
}
