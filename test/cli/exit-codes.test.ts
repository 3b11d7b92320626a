import { describe, expect, it } from 'vitest';
import type { Severity } from '../../src/audit/finding.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { aPlace, packed } from '../support/command-line.ts';
import { aLaunchRecord, aTagRecord } from '../support/deliveries.ts';
import { aFinding, aJudgement } from '../support/findings.ts';

const passed = aJudgement({ result: 'pass' });
const unknown = aJudgement({ rule: 'instance-untagged', result: 'unknown' });
const low = (status: 'open' | 'muted' | 'resolved' = 'open') => aFinding({ severity: 'low', status });

describe('exitCodeOf', () => {
  it.each([
    ['nothing', [], [passed], 0],
    ['an open finding', [low()], [passed], 3],
    ['a muted and a resolved finding', [low('muted'), low('resolved')], [], 0],
    ['something that could not be judged', [], [passed, unknown], 2],
    ['an open finding, and something that could not be judged', [low()], [unknown], 3],
  ])('after %s', (_, findings, judgements, code) => {
    expect(exitCodeOf({ findings, judgements, rejected: [] }, { failOn: 'low', severities: {} })).toBe(code);
  });

  it.each<[Severity, Severity | undefined, number]>([
    ['medium', undefined, 2],
    ['high', undefined, 0],
    ['high', 'critical', 2],
  ])('counts what could not be judged as a finding of its rule: --fail-on %s, configured %s', (failOn, own, code) => {
    const severities = own === undefined ? {} : { 'instance-untagged': own };
    const finished = { findings: [], judgements: [unknown], rejected: [] };
    expect(exitCodeOf(finished, { failOn, severities })).toBe(code);
  });

  it('is never made 0 by --exit-zero when something could not be read or judged', () => {
    const policy = { failOn: 'low', exitZero: true, severities: {} } as const;
    expect(exitCodeOf({ findings: [low()], judgements: [], rejected: [] }, policy)).toBe(0);
    expect(exitCodeOf({ findings: [low()], judgements: [unknown], rejected: [] }, policy)).toBe(2);
    expect(exitCodeOf({ findings: [], judgements: [], rejected: ['a'] }, policy)).toBe(2);
  });
});

describe('a scan in which one instance cannot be judged', () => {
  const place = aPlace();
  place.put('config.json', { requiredTags: ['CostCenter'] });
  const untag = {
    ...aTagRecord(5, 'i-0tied', { CostCenter: '1' }),
    eventName: 'DeleteTags',
    eventID: 'untag',
    requestParameters: {
      resourcesSet: { items: [{ resourceId: 'i-0tied' }] },
      tagSet: { items: [{ key: 'CostCenter' }] },
    },
  };
  place.put(
    'tie.json.gz',
    packed([
      aLaunchRecord(1, 'i-0good', { CostCenter: '1' }),
      aLaunchRecord(1, 'i-0tied', { CostCenter: '1' }),
      aTagRecord(5, 'i-0tied', { CostCenter: '2' }),
      untag,
    ]),
  );

  it.each([[[]], [['--quiet']], [['--exit-zero']]])('is not green, and names it, with %o', async (more) => {
    const { code, stderr } = await place.run('scan', 'tie.json.gz', '--account', 'none', '-o', 'jsonl', ...more);
    expect(code).toBe(2);
    expect(stderr).toContain('warning: i-0tied: could not be judged by instance-untagged: ');
    expect(stderr).not.toContain('i-0good');
  });

  it('names it in the table instead where that is printed, and is green if its rule does not count', async () => {
    const table = await place.run('scan', 'tie.json.gz', '--account', 'none', '--quiet');
    expect({ code: table.code, stderr: table.stderr }).toEqual({ code: 2, stderr: '' });
    expect(table.stdout).toContain('i-0tied');
    expect((await place.run('scan', 'tie.json.gz', '--account', 'none', '--fail-on', 'high')).code).toBe(0);
  });

  it('is not green in the report from its ledger either', async () => {
    const now = ['--ledger', 'l.sqlite', '--now', '2026-03-17T14:00:00Z', '-o', 'json'];
    await place.run('scan', 'tie.json.gz', '--account', 'none', ...now);
    expect((await place.run('report', '--since', '2026-03-01', ...now)).code).toBe(2);
    expect((await place.run('report', '--since', '2026-03-01', ...now, '--fail-on', 'high')).code).toBe(0);
  });
});
