import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { aPlace, packed, snapshotOf } from '../../support/command-line.ts';
import { aLaunchRecord } from '../../support/deliveries.ts';
import { anInstance, anInventory, aSession } from '../../support/inventories.ts';

const CONFIG = {
  requiredTags: ['Owner'],
  mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] },
};
const NOW = ['--now', '2026-03-17T14:00:00Z'];
const PERIOD = ['--since', '2026-03-01', ...NOW];

/** A folder with a good file, a file that is cut off, and an account in which a second instance has its tag. */
function aWorld() {
  const place = aPlace();
  place.put('config.json', CONFIG);
  place.put('good.json.gz', packed([aLaunchRecord(1, 'i-0a1')]));
  place.put('cut.json.gz', packed([aLaunchRecord(2, 'i-0a2')]).subarray(0, -4));
  const { instances = [] } = anInventory();
  const tagged = anInstance({ instanceId: 'i-9', networkInterfaceIds: [], tags: [{ key: 'Owner', value: 'me' }] });
  place.put('account.json', snapshotOf(anInventory({ instances: [...instances, tagged] })));
  const ledger = ['--ledger', 'l.sqlite'];
  const json = async (...args: string[]): Promise<{ readonly code: number | null; readonly report: Report }> => {
    const { code, stdout } = await place.run(...args, '-o', 'json');
    return { code, report: JSON.parse(stdout) };
  };
  return { place, ledger, json };
}

const newest = ({ summary: { coverage } }: Report) => [coverage.tags.at(-1), coverage.mirroring.at(-1)];

describe('a report after a scan that could not read everything', () => {
  it('says so, with exit code 2, in JSON, HTML and the evidence, and measures no coverage', async () => {
    const { place, ledger, json } = aWorld();
    const scan = await json('scan', 'good.json.gz', 'cut.json.gz', '--account', 'none', ...ledger, ...NOW);
    expect(scan.code).toBe(2);
    const { code, report } = await json('report', ...ledger, ...PERIOD);
    expect(code).toBe(2);
    expect(report.input).toEqual(scan.report.input);
    expect(report.input.rejected).toMatchObject([{ path: 'cut.json.gz' }]);
    expect(report.manifest.find(({ path }) => path === 'cut.json.gz')?.damage).toContain('cut off');
    expect([scan.report, report].map(newest)).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    const page = await place.run('report', ...ledger, ...PERIOD, '-o', 'html');
    expect(page.stdout).not.toContain('Everything given was read');
    expect(page.stdout).toContain('not measured');
  });
});

describe('a report of a closed period at whose end something could not be judged', () => {
  const MARCH = ['--since', '2026-03-17', '--until', '2026-03-18', '--now', '2026-04-01T00:00:00Z', '--exit-zero'];
  /** Scanned on the 17th without security groups, so nobody knows whether the session on i-1 works. */
  async function anUnjudged() {
    const world = aWorld();
    const { securityGroups: _, ...blind } = anInventory({ trafficMirrorSessions: [aSession()] });
    world.place.put('blind.json', snapshotOf(blind));
    world.place.put('launch.json.gz', packed([aLaunchRecord(1, 'i-1', { Owner: 'me' })]));
    await world.json('scan', 'launch.json.gz', '--account', 'blind.json', ...world.ledger, ...NOW);
    return world;
  }

  it('exits with 2 and names it, though no table does', async () => {
    const { place, ledger } = await anUnjudged();
    const { code, stderr } = await place.run('report', ...ledger, ...MARCH, '-o', 'json=report.json', '--quiet');
    expect(code).toBe(2);
    expect(stderr).toMatch(/i-1: a session to tmt-a: could not be read: security group/);
    expect(stderr).toMatch(/blind\.json: .*SecurityGroups/);
  });

  it('exits with 2 all the same when a look after the period could judge it', async () => {
    const { place, ledger } = await anUnjudged();
    const later = ['--account', 'account.json', ...ledger, '--now', '2026-03-20T00:00:00Z'];
    expect((await place.run('audit', ...later)).code).toBe(3);
    expect((await place.run('report', ...ledger, ...MARCH)).code).toBe(2);
  });
});

describe('the manifest', () => {
  it('lists a file of zero bytes as skipped, in scan, report and evidence, so that it accounts for every file', async () => {
    const { place, ledger, json } = aWorld();
    place.put('logs/good.json.gz', packed([aLaunchRecord(1, 'i-0a1')]));
    place.put('logs/empty.json.gz', '');
    const scan = await json('scan', 'logs', '--account', 'none', ...ledger, ...NOW);
    const { report } = await json('report', ...ledger, ...PERIOD);
    for (const { input, manifest } of [scan.report, report]) {
      expect(input).toMatchObject({ files: 1, skipped: { empty: 1 } });
      expect(manifest.map(({ path, skipped }) => [path, skipped])).toEqual([
        ['logs/empty.json.gz', 'empty'],
        ['logs/good.json.gz', undefined],
      ]);
    }
    const page = await place.run('report', ...ledger, ...PERIOD, '-o', 'html');
    expect(page.stdout).toContain('skipped: empty');
  });
});

describe('a report after complete looks', () => {
  it('shows the coverage that audit shows at that moment, and gives the all-clear of reading', async () => {
    const { place, ledger, json } = aWorld();
    const audit = await json('audit', '--account', 'account.json', ...ledger, ...NOW);
    expect(newest(audit.report)).toMatchObject([{ checked: 4, passed: 1 }, { checked: expect.any(Number) }]);
    const { report } = await json('report', ...ledger, ...PERIOD);
    expect(newest(report)).toEqual(newest(audit.report));
    expect(report.summary.open).toBe(audit.report.summary.open);
    const page = await place.run('report', ...ledger, ...PERIOD, '-o', 'html');
    expect(page.stdout).toContain(report.gaps?.list.length === 0 ? 'Everything given was read' : 'Could not be read');
  });

  it('shows after "mirror apply" what it left, without another audit', async () => {
    const { ledger, json, place } = aWorld();
    expect((await place.run('mirror', 'apply', '--account', 'account.json', ...ledger, ...NOW)).stderr).not.toContain(
      'error',
    );
    const { report } = await json('report', ...ledger, ...PERIOD);
    const after = await json('audit', '--account', 'account.json', '--now', '2026-03-17T14:01:00Z');
    expect(newest(report).map((point) => [point?.checked, point?.passed])).toEqual(
      newest(after.report).map((point) => [point?.checked, point?.passed]),
    );
  });

  it('leaves out how many resources passed, which a ledger does not keep, and says so to --include-pass', async () => {
    const { ledger, json, place } = aWorld();
    const audit = await json('audit', '--account', 'account.json', '--include-pass', ...ledger, ...NOW);
    expect(audit.report.summary.judged).toMatchObject({ pass: expect.any(Number) });
    expect(audit.report.judgements.filter(({ result }) => result === 'pass')).not.toEqual([]);
    const { code, stdout, stderr } = await place.run('report', ...ledger, ...PERIOD, '--include-pass', '-o', 'json');
    expect(code).toBe(3);
    expect(stderr).toContain('--include-pass adds nothing here: a ledger keeps findings, not what passed');
    const report = JSON.parse(stdout) as Report;
    expect(report.summary.judged).toBeNull();
    expect(report.summary.sensors).toBeNull();
    expect(report).not.toHaveProperty('judgements');
  });

  it('excludes what was recorded at --until, and includes this very moment without it', async () => {
    const { place, ledger, json } = aWorld();
    await json('audit', '--account', 'account.json', ...ledger, ...NOW);
    const until = await place.run('report', ...ledger, ...PERIOD, '--until', '2026-03-17T14:00:00Z', '-o', 'json');
    expect([until.code, until.stdout]).toEqual([1, '']);
    expect((await json('report', ...ledger, ...PERIOD)).report.gaps).toMatchObject({ runs: 1, looks: 1 });
  });
});

describe('an account in which there is nothing to judge', () => {
  it('was looked at all the same, says audit, and so says the report on it', async () => {
    const { place } = aWorld();
    place.put(
      'empty.json',
      snapshotOf(anInventory({ instances: [], networkInterfaces: [], trafficMirrorSessions: [] })),
    );
    const audit = await place.run('audit', '--account', 'empty.json', '--ledger', 'e.sqlite', ...NOW);
    expect(audit.code).toBe(0);
    expect(audit.stdout).toContain('coverage not measured (nothing was judged)');
    expect(audit.stdout).not.toContain('no complete look');
    expect(audit.stdout).toContain('The account was read, and has nothing to judge.');
    const report = await place.run('report', '--ledger', 'e.sqlite', ...PERIOD);
    expect(report.stdout).toContain('coverage not measured (nothing was judged)');
    const page = await place.run('report', '--ledger', 'e.sqlite', ...PERIOD, '-o', 'html');
    expect(page.stdout).toContain('Nothing was judged');
    expect(page.stdout).not.toContain('No complete look at an account');
  });

  it('is not said to be one whose only instance could not be read', async () => {
    const { place } = aWorld();
    const Instances = [{ InstanceId: 'i-1', LaunchTime: { day: 1 } }];
    const region = { accountId: '111122223333', region: 'eu-west-1', Reservations: [{ Instances }] };
    place.put('broken.json', { schema: 'mirrorwatch.account/1', regions: [region] });
    place.put('tags.json', { requiredTags: ['Owner'] });
    const { code, stdout } = await place.run('audit', '--account', 'broken.json', '--config', 'tags.json', ...NOW);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^Nothing was judged, /);
    expect(stdout).toContain('Nothing in the account could be judged.');
    expect(stdout).not.toContain('has nothing to judge');
  });
});
