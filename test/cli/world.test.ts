import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../delivery/zip-builder.ts';
import { aPlace, packed, snapshotOf } from '../support/command-line.ts';
import { aLaunchRecord, aRecord, aTagRecord } from '../support/deliveries.ts';
import { anInstance, anInterface, anInventory, attachedTo } from '../support/inventories.ts';

const base = anInventory();
const second = anInstance({
  instanceId: 'i-2',
  networkInterfaceIds: ['eni-2'],
  tags: [{ key: 'CostCenter', value: '1' }],
});
const inventory = {
  ...base,
  // The sensors have the required tags.
  instances: [
    ...(base.instances ?? []).map((one) => (one.instanceId === 'i-1' ? one : { ...one, tags: second.tags })),
    second,
  ],
  networkInterfaces: [
    ...(base.networkInterfaces ?? []),
    anInterface({ networkInterfaceId: 'eni-2', privateIpAddress: '10.0.0.2', attachment: attachedTo('i-2') }),
  ],
};
const MIRRORING = { filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] };

function aWorld(): ReturnType<typeof aPlace> {
  const place = aPlace();
  place.put('config.json', { requiredTags: ['CostCenter'], graceSeconds: 0, mirroring: MIRRORING });
  place.put('account.json', snapshotOf(inventory));
  place.put('logs/a.json.gz', packed([aLaunchRecord(1, 'i-1'), aLaunchRecord(2, 'i-2', { CostCenter: '1' })]));
  place.put('calm.json', { Records: [aRecord('DescribeInstances', 5, null, null)] });
  place.put('logs/b.json', { Records: [aTagRecord(3, 'i-2', { Team: 'x' }), aLaunchRecord(4, 'i-gone')] });
  return place;
}

interface Report {
  readonly schema: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly findings: readonly {
    readonly id: string;
    readonly rule: string;
    readonly resourceId: string;
    readonly status: string;
    readonly severity: string;
  }[];
}
const reportOf = (stdout: string): Report => JSON.parse(stdout) as Report;
const openIn = ({ findings }: Report): readonly string[] =>
  findings
    .filter(({ status }) => status === 'open')
    .map(({ rule, resourceId }) => `${rule} ${resourceId}`)
    .toSorted();
const ACCOUNT = ['--account', 'account.json'] as const;

describe('scan and audit', () => {
  const place = aWorld();

  it('counts its input and judges the instances the records touched', async () => {
    const { code, stdout, stderr } = await place.run('scan', 'logs', ...ACCOUNT, '-o', 'json');
    const report = reportOf(stdout);
    expect(code).toBe(3);
    expect(report.schema).toBe('mirrorwatch.report/1');
    expect(report.input).toMatchObject({ files: 2, records: 4, launches: 3, skipped: {}, rejected: [] });
    expect(openIn(report)).toEqual(['instance-unmirrored i-1', 'instance-unmirrored i-2', 'instance-untagged i-1']);
    expect(stderr).toContain('2 files, 4 records, 4 sightings, 3 successful launches; 3 open findings');
  });

  it('gives the same result for the same files in a zip', async () => {
    const files = ['a.json.gz', 'b.json'].map((name) => ({ name, data: readFileSync(place.path(`logs/${name}`)) }));
    place.put('logs.zip', zipOf(files));
    const [folder, zip] = await Promise.all(
      ['logs', 'logs.zip'].map((path) =>
        place.run('scan', path, ...ACCOUNT, '-o', 'json', '--now', '2026-03-18T00:00:00Z'),
      ),
    );
    const plain = (stdout = ''): Report => reportOf(stdout.replaceAll('logs.zip!/', 'logs/'));
    expect(plain(zip?.stdout).input).toEqual(plain(folder?.stdout).input);
    expect(plain(zip?.stdout).findings).toEqual(plain(folder?.stdout).findings);
  });

  it.each([
    ['no findings', ['scan', 'calm.json'], 0],
    ['no record in the period', ['scan', 'logs/b.json', '--until', '2026-03-17'], 1],
    ['findings', ['audit'], 3],
    ['findings below --fail-on', ['audit', '--fail-on', 'critical'], 0],
    ['findings with --exit-zero', ['audit', '--exit-zero'], 0],
    ['findings and an unreadable input', ['scan', 'logs', 'missing'], 2],
    ['findings and an unreadable input with --exit-zero', ['scan', 'logs', 'missing', '--exit-zero'], 2],
  ])('exits with the documented code: %s', async (_, args, code) => {
    expect((await place.run(...args, ...ACCOUNT)).code).toBe(code);
  });

  it('writes each -o format to its file, and only the chosen format to stdout', async () => {
    const formats = ['json', 'jsonl', 'csv', 'html', 'ocsf', 'asff', 'junit', 'markdown', 'sarif', 'table'];
    const options = formats.flatMap((format) => ['-o', `${format}=out.${format}`]);
    const { stdout, stderr } = await place.run('audit', ...ACCOUNT, ...options, '-o', 'jsonl');
    expect(readFileSync(place.path('out.jsonl'), 'utf8')).toBe(stdout);
    for (const line of stdout.trimEnd().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ schema: 'mirrorwatch.finding/1' });
    for (const format of formats) expect(stderr).toContain(`wrote out.${format}\n`);
    expect(readFileSync(place.path('out.table'), 'utf8')).toContain('open findings');
  });

  it('prints no colours or progress without a terminal, and nothing on stderr with --quiet', async () => {
    const { stdout, stderr } = await place.run('scan', 'logs', ...ACCOUNT, '--quiet');
    expect(stderr).toBe('');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toMatch(/^instance-unmirrored: 2 high$/m);
  });

  it('lists muted findings in tables only with --show-muted', async () => {
    const [hidden, shown] = await Promise.all([
      place.run('audit', ...ACCOUNT, '--quiet'),
      place.run('audit', ...ACCOUNT, '--quiet', '--show-muted'),
    ]);
    expect(hidden.stdout).not.toContain('i-sensor-a');
    expect(shown.stdout).toMatch(/muted +i-sensor-a/);
  });

  it('judges by the records alone without an account, and does not judge mirroring', async () => {
    const { stdout } = await place.run('scan', 'logs', '--account', 'none', '-o', 'json');
    expect(openIn(reportOf(stdout))).toEqual(['instance-untagged i-1', 'instance-untagged i-gone']);
  });
});

describe('report', () => {
  const place = aWorld();

  it('reports from the ledger what a scan found, and later what is new and resolved', async () => {
    const ledger = ['--ledger', 'history.sqlite'];
    await place.run('scan', 'logs', ...ACCOUNT, ...ledger, '--now', '2026-03-17T13:00:00Z');
    const period = ['--since', '2026-03-17', '--until', '2026-03-20', '--now', '2026-03-20T00:00:00Z'];
    const first = await place.run('report', ...ledger, ...period, '-o', 'json=first.json', '-o', 'json');
    expect(first.code).toBe(3);
    expect(openIn(reportOf(first.stdout))).toEqual([
      'instance-unmirrored i-1',
      'instance-unmirrored i-2',
      'instance-untagged i-1',
    ]);
    expect(reportOf(first.stdout).input).toMatchObject({ files: 2, records: 4 });

    await place.run('mirror', 'apply', ...ACCOUNT, ...ledger, '--now', '2026-03-18T13:00:00Z');
    const diff = await place.run('report', ...ledger, ...period, '--diff', 'first.json');
    expect(diff.stdout).toMatch(/^Since the last report: 0 new, 1 still open, 2 resolved\./);
    const wrong = await place.run('report', ...ledger, '--diff', 'config.json');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('config.json: is not a report');
  });

  it('writes an evidence archive', async () => {
    const ran = await place.run(
      'report',
      '--ledger',
      'history.sqlite',
      '--since',
      '2026-03-01',
      '--evidence',
      'e.zip',
      '-z',
    );
    expect(ran.code).toBe(0);
    const { readArchive } = await import('../../src/delivery/archive.ts');
    expect((await readArchive(place.path('e.zip'))).length).toBeGreaterThan(3);
  });
});

describe('mirror', () => {
  it('explains an instance and an interface as documented, with the same bytes each time', async () => {
    const place = aWorld();
    const explain = (id: string, ...more: string[]) => place.run('mirror', 'explain', id, ...ACCOUNT, ...more);
    const [once, again, json, one] = await Promise.all([
      explain('i-1'),
      explain('i-1'),
      explain('i-1', '-o', 'json'),
      explain('eni-1', '-o', 'json'),
    ]);
    expect(again.bytes).toEqual(once.bytes);
    expect(once.stdout).toMatch(/^eni-1 of i-1: missing$/m);
    expect(once.stdout).toMatch(/^ {2}\* tmt-a {2}eligible, same-zone, 0 of 10 sources$/m);
    const found = JSON.parse(json.stdout) as { resourceId: string; interfaces: object[] };
    expect(found.resourceId).toBe('i-1');
    expect(found.interfaces).toEqual([JSON.parse(one.stdout)]);
    expect(JSON.parse(one.stdout)).toMatchObject({
      networkInterfaceId: 'eni-1',
      resourceId: 'i-1',
      verdict: { kind: 'missing' },
      selected: 'tmt-a',
      candidates: [
        { trafficMirrorTargetId: 'tmt-a', eligible: true, tier: 'same-zone', sources: 0, capacity: 10 },
        { trafficMirrorTargetId: 'tmt-b', tier: 'other-zone' },
      ],
    });
  });

  it('plans, applies the plan to a copy of the snapshot, and then has nothing left to plan', async () => {
    const place = aWorld();
    const before = readFileSync(place.path('account.json'));
    const planned = await place.run('mirror', 'plan', ...ACCOUNT, '-o', 'json', '-o', 'table=plan.txt');
    const plan = JSON.parse(planned.stdout) as { steps: object[]; unplaced: object[]; load: object[] };
    expect(planned.code).toBe(0);
    expect(Object.keys(plan)).toEqual(['steps', 'unplaced', 'load']);
    expect(plan.steps).toHaveLength(2);
    expect(plan.steps[0]).toMatchObject({
      kind: 'create-session',
      accountId: '111122223333',
      region: 'eu-west-1',
      networkInterfaceId: 'eni-1',
      resourceId: 'i-1',
      trafficMirrorTargetId: 'tmt-a',
      trafficMirrorFilterId: 'tmf-1',
      sessionNumber: 1,
    });
    expect(plan.load).toContainEqual({ trafficMirrorTargetId: 'tmt-a', sources: 2, capacity: 10 });
    expect(readFileSync(place.path('plan.txt'), 'utf8')).toBe(
      [
        '2 steps: 2 create-session',
        '',
        'tmt-a, 2 of 10 sources afterwards',
        '  create  eni-1  i-1  own zone: no session carries its traffic',
        '  create  eni-2  i-2  own zone: no session carries its traffic',
        '',
        'Other targets',
        '  tmt-b  0 of 10 sources',
        '',
      ].join('\n'),
    );

    const applied = await place.run('mirror', 'apply', ...ACCOUNT, '-o', 'json');
    expect(applied.code).toBe(0);
    const { outcomes } = JSON.parse(applied.stdout) as { outcomes: { result: string }[] };
    expect(outcomes.map(({ result }) => result)).toEqual(['done', 'done']);
    expect(readFileSync(place.path('account.json'))).toEqual(before);

    const left = await place.run('mirror', 'plan', ...ACCOUNT, '-o', 'json');
    expect(JSON.parse(left.stdout)).toMatchObject({ steps: [], unplaced: [] });
    const audit = await place.run('audit', '--account', 'account.applied.json', '-o', 'json');
    expect(openIn(reportOf(audit.stdout))).toEqual(['instance-untagged i-1']);
  });

  it('exits with 3 if a source has no target, unless --exit-zero or --fail-on says otherwise', async () => {
    const place = aWorld();
    place.put('account.json', snapshotOf({ ...inventory, trafficMirrorTargets: [] }));
    const save = ['--save', 'saved.json'];
    const codes = await Promise.all(
      [[], ['--exit-zero'], ['--fail-on', 'critical']].map((more) =>
        place.run('mirror', 'apply', ...ACCOUNT, ...save, ...more).then(({ code }) => code),
      ),
    );
    expect(codes).toEqual([3, 0, 0]);
  });

  it('fails if mirroring is off, instead of printing an empty plan', async () => {
    const place = aWorld();
    place.put('config.json', { requiredTags: ['CostCenter'] });
    const { code, stderr } = await place.run('mirror', 'plan', ...ACCOUNT);
    expect(code).toBe(1);
    expect(stderr).toContain('mirroring is off');
  });
});

describe('snapshot', () => {
  it('rewrites a snapshot into a canonical form that reads the same and does not change again', async () => {
    const place = aWorld();
    await place.run('snapshot', 'once.json', ...ACCOUNT);
    const { code, stdout } = await place.run('snapshot', '--account', 'once.json', '--quiet');
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(place.path('once.json'), 'utf8'));
    const [before, after] = await Promise.all(
      ['account.json', 'once.json'].map((file) =>
        place.run('audit', '--account', file, '-o', 'jsonl', '--quiet', '--now', '2026-03-18T00:00:00Z'),
      ),
    );
    // Only the fixes differ, which name the file.
    expect(after?.stdout.replaceAll('once.json', 'account.json')).toBe(before?.stdout);
    expect(before?.stdout).not.toBe('');
  });
});
