import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failedLook } from '../../src/audit/gaps/gap.ts';
import { render } from '../../src/report/format.ts';
import { html } from '../../src/report/formats/html.ts';
import { table } from '../../src/report/formats/table.ts';
import { composeReport } from '../../src/report/report.ts';
import { aCall, possible, unknown } from '../support/causes.ts';
import {
  aCallFinding,
  aFinding,
  aJudgement,
  anEntry,
  anInput,
  aReading,
  aReport,
  aRun,
  aSource,
  NOW,
} from '../support/findings.ts';

describe('composeReport', () => {
  it('starts with schema, input, summary and findings, in this order, as the JSON contract says', () => {
    expect(Object.keys(aReport()).slice(0, 4)).toEqual(['schema', 'input', 'summary', 'findings']);
    expect(Object.keys(aReport().input)).toEqual([
      'files',
      'records',
      'bytes',
      'sightings',
      'launches',
      'skipped',
      'rejected',
    ]);
  });

  it('merges a finding seen now with its ledger entry: the present state, the older firstSeen', () => {
    const before = aFinding({ firstSeen: '2026-10-01T00:00:00.000Z', reason: 'as it was' });
    const report = aReport({ findings: [aFinding({ reason: 'as it is' })], entries: [anEntry(before)] });
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({ reason: 'as it is', firstSeen: '2026-10-01T00:00:00.000Z' });
  });

  it('takes a finding that was not seen now from the ledger', () => {
    const report = aReport({ entries: [anEntry(aFinding({ status: 'resolved' }))] });
    expect(report.summary).toMatchObject({ total: 1, open: 0, resolved: 1 });
  });

  it('does not depend on the order of its source', () => {
    const findings = Array.from({ length: 8 }, (_, n) =>
      aFinding({ resourceId: `i-${n}`, severity: n % 2 ? 'high' : 'low' }),
    );
    const runs = [1, 2, 3].map((n) =>
      aRun({
        at: new Date(NOW.getTime() - n * 1000),
        coverage: [{ accountId: '1', region: 'r', rule: 'instance-untagged', checked: 10, passed: n }],
      }),
    );
    const source = aSource({
      findings,
      entries: findings.map((finding) => anEntry(finding)),
      runs,
      judgements: [aJudgement(), aJudgement({ resourceId: 'i-b' })],
      input: anInput({
        rejected: [
          { path: 'b', reason: '' },
          { path: 'a', reason: '' },
        ],
      }),
    });
    const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
      fc.shuffledSubarray([...list], { minLength: list.length });
    const expected = JSON.stringify(composeReport(source));
    fc.assert(
      fc.property(
        shuffled(findings),
        shuffled(source.entries),
        shuffled(runs),
        shuffled(source.judgements),
        shuffled(source.input.rejected),
        (a, b, c, d, e) => {
          const other = composeReport({
            ...source,
            findings: a,
            entries: b,
            runs: c,
            judgements: d,
            input: { ...source.input, rejected: e },
          });
          expect(JSON.stringify(other)).toBe(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    ['2026-11-19', 'expired', -1],
    ['2026-11-20', 'expiring', 0],
    ['2026-11-21', 'expiring', 1],
    ['2026-12-03', 'expiring', 13],
    ['2026-12-04', 'active', 14],
    ['2026-11-20T11:59:59Z', 'expired', -1],
    ['some day', 'expired', expect.any(Number)],
  ])('calls an exemption that ends on %s %s', (expires, state, daysLeft) => {
    const exemption = { match: 'i-1', rule: 'instance-untagged', reason: 'r', owner: 'o', expires };
    expect(aReport({ exemptions: [exemption] }).exemptions[0]).toMatchObject({ state, daysLeft });
  });
});

describe('the summary', () => {
  const open = (severity: 'low' | 'medium' | 'high' | 'critical', resourceId: string, owner = 'a') =>
    aFinding({ severity, resourceId, owner });

  it('counts by rule, severity and status, the most severe first', () => {
    const { counts } = aReport({
      findings: [
        open('low', 'i-1'),
        open('low', 'i-2'),
        open('high', 'i-3'),
        aFinding({ resourceId: 'i-4', status: 'muted' }),
      ],
    }).summary;
    expect(counts).toEqual([
      { rule: 'instance-untagged', severity: 'high', status: 'open', count: 1 },
      { rule: 'instance-untagged', severity: 'medium', status: 'muted', count: 1 },
      { rule: 'instance-untagged', severity: 'low', status: 'open', count: 2 },
    ]);
  });

  it('ranks an owner with one critical finding above one with many low ones', () => {
    const { owners } = aReport({
      findings: [open('low', 'i-1', 'many'), open('low', 'i-2', 'many'), open('critical', 'i-3', 'one')],
    }).summary;
    expect(owners.map(({ name, open }) => [name, open])).toEqual([
      ['one', 1],
      ['many', 2],
    ]);
  });

  it('lists at most ten urgent findings, none muted or resolved, each with its cause', () => {
    const cause = aCall('shop-web');
    const findings = Array.from({ length: 12 }, (_, n) => ({ ...open('high', `i-${n + 10}`), cause }));
    const { urgent } = aReport({
      findings: [...findings, aFinding({ resourceId: 'i-m', severity: 'critical', status: 'muted' })],
    }).summary;
    expect(urgent).toHaveLength(10);
    expect(urgent[0]).toMatchObject({ resourceId: 'i-10', who: 'shop-web', cause });
  });

  it('counts open findings by who is proven to have caused them, and apart from these by who made the calls that they are about', () => {
    const causes = [aCall('erin'), aCall('erin'), aCall('dana'), possible('lee'), unknown()];
    const findings = causes.map((cause, n) => aFinding({ resourceId: `i-${n}`, cause }));
    const { causedBy, calledBy } = aReport({ findings: [...findings, aCallFinding()] }).summary;
    const counts = (list: typeof causedBy) => list.map((each) => [each.name, each.open]);
    expect(counts(causedBy)).toEqual([
      ['erin', 2],
      ['dana', 1],
    ]);
    expect(counts(calledBy)).toEqual([['erin', 1]]);
  });

  it('averages the time from opened to resolved over the findings resolved in the period', () => {
    const hours = (n: number): Date => new Date(Date.parse('2026-11-10T00:00:00Z') + n * 3_600_000);
    const resolved = (id: string, from: number, to: number) =>
      anEntry(aFinding({ resourceId: id, status: 'resolved' }), { openedAt: hours(from), resolvedAt: hours(to) });
    const period = { since: hours(0), until: hours(48) };
    const { summary } = aReport({
      period,
      entries: [resolved('i-1', 1, 3), resolved('i-2', 0, 4), resolved('i-3', -5, -1), resolved('i-4', 1, 48)],
    });
    expect(summary).toMatchObject({ meanTimeToRemediateSeconds: 3 * 3600, remediated: 2, opened: 3, resolved: 4 });
  });

  it('has no mean when nothing was resolved', () => {
    expect(aReport({ entries: [anEntry()] }).summary.meanTimeToRemediateSeconds).toBeNull();
  });

  it('ends the trend with the findings open at the end of the period', () => {
    const at = (day: number): Date => new Date(`2026-11-${String(day).padStart(2, '0')}T06:00:00Z`);
    const entries = [
      anEntry(aFinding({ resourceId: 'i-old' }), { openedAt: at(1) }),
      anEntry(aFinding({ resourceId: 'i-new' }), { openedAt: at(11) }),
      anEntry(aFinding({ resourceId: 'i-done', status: 'resolved' }), { openedAt: at(2), resolvedAt: at(12) }),
      anEntry(aFinding({ resourceId: 'i-gone', status: 'resolved' }), { openedAt: at(2), resolvedAt: at(3) }),
      anEntry(aFinding({ resourceId: 'i-mute', status: 'muted' }), { openedAt: at(11) }),
    ];
    const { trend } = aReport({
      entries,
      period: { since: new Date('2026-11-10T00:00:00Z'), until: new Date('2026-11-13T00:00:00Z') },
    }).summary;
    expect(trend).toEqual([
      { day: '2026-11-10', opened: 0, resolved: 0, closedByTime: 0, open: 2 },
      { day: '2026-11-11', opened: 1, resolved: 0, closedByTime: 0, open: 3 },
      { day: '2026-11-12', opened: 0, resolved: 1, closedByTime: 0, open: 2 },
    ]);
  });

  it('lists the fullest sensor first, and gives one without a cap no utilisation', () => {
    const { sensors } = aReport({
      load: [
        { trafficMirrorTargetId: 'a', sources: 9, capacity: null },
        { trafficMirrorTargetId: 'b', sources: 1, capacity: 10 },
        { trafficMirrorTargetId: 'c', sources: 5, capacity: 10 },
      ],
    }).summary;
    expect(sensors?.map(({ trafficMirrorTargetId, utilization }) => [trafficMirrorTargetId, utilization])).toEqual([
      ['c', 0.5],
      ['b', 0.1],
      ['a', null],
    ]);
  });
});

describe('sensors', () => {
  it('are null, and no empty list, when the load was not measured', () => {
    expect(aReport({ load: [] }).summary.sensors).toBeNull();
  });
});

describe('coverage over time', () => {
  const run = (
    minute: number,
    accountId: string,
    rule: 'instance-untagged' | 'instance-unmirrored' | 'mirror-ineffective',
    checked: number,
    passed: number,
  ) =>
    aRun({
      at: new Date(NOW.getTime() + minute * 60_000),
      coverage: [{ accountId, region: 'eu-west-1', rule, checked, passed }],
    });

  it('completes a run with the last figures of the accounts it does not name', () => {
    const { coverage } = aReport({
      runs: [
        run(0, 'a', 'instance-untagged', 10, 5),
        run(1, 'b', 'instance-untagged', 10, 10),
        run(2, 'a', 'instance-untagged', 10, 9),
      ],
    }).summary;
    expect(coverage.tags.map(({ checked, passed }) => [checked, passed])).toEqual([
      [10, 5],
      [20, 15],
      [20, 19],
    ]);
    expect(coverage.mirroring).toEqual([]);
  });

  it('counts an instance as not mirrored when its session carries nothing', () => {
    const both = aRun({
      coverage: [
        ...run(0, 'a', 'instance-unmirrored', 10, 8).coverage,
        ...run(0, 'a', 'mirror-ineffective', 8, 7).coverage,
      ],
    });
    expect(aReport({ runs: [both] }).summary.coverage.mirroring).toMatchObject([{ checked: 10, passed: 7 }]);
    // Two more resources are exempt from mirroring; mirror-ineffective counts them as passed.
    const exempt = aRun({
      coverage: [
        ...run(0, 'a', 'instance-unmirrored', 10, 8).coverage,
        ...run(0, 'a', 'mirror-ineffective', 12, 11).coverage,
      ],
    });
    expect(aReport({ runs: [exempt] }).summary.coverage.mirroring).toMatchObject([{ checked: 10, passed: 7 }]);
  });

  it('is not measured without a complete look, whatever findings there are', () => {
    const report = aReport({ findings: [aFinding()], judgements: [aJudgement()], runs: [aRun()] });
    expect(report.summary.coverage).toEqual({ tags: [], mirroring: [] });
    expect(render(table, report, {})).toContain('coverage not measured (no complete look at an account)');
    expect(render(table, report, {})).not.toContain('%');
    expect(render(html, report, {})).toContain(
      '<dt>Tagged</dt><dd class="figure"><span class="unmeasured">not measured',
    );
  });

  it('is not measured any more when a later look could judge nothing, and says of how many', () => {
    const blind = aRun({
      at: new Date(NOW.getTime() + 60_000),
      coverage: [
        { accountId: 'a', region: 'eu-west-1', rule: 'instance-unmirrored', checked: 0, passed: 0, unknown: 40 },
      ],
    });
    const report = aReport({ runs: [run(0, 'a', 'instance-unmirrored', 40, 40), blind] });
    expect(report.summary.coverage.mirroring.at(-1)).toMatchObject({ checked: 0, passed: 0, unknown: 40 });
    expect(render(table, report, {})).toContain('mirrored: not measured (40 could not be judged)');
    expect(render(table, report, {})).not.toContain('100 %');
  });

  it('is a range when some resources could not be judged: neither 0 % nor 100 % of the rest', () => {
    const figures = { checked: 3, passed: 0, unknown: 32 };
    const runs = [
      aRun({ coverage: [{ accountId: 'a', region: 'eu-west-1', rule: 'instance-unmirrored', ...figures }] }),
    ];
    const report = aReport({ runs });
    expect(render(table, report, {})).toContain('0 to 91.4 % mirrored (0 of 35, 32 could not be judged)');
    expect(render(html, report, {})).toContain('<dd class="figure">0 to 91.4 %</dd>');
  });

  it('leaves out an account from the look on that could not read it', () => {
    const closed = aRun({
      at: new Date(NOW.getTime() + 60_000),
      reading: aReading({ looks: [failedLook({ accountId: 'b', region: 'eu-west-1' }, true, 'AccessDenied')] }),
    });
    const runs = [run(0, 'a', 'instance-untagged', 10, 5), run(0, 'b', 'instance-untagged', 90, 90), closed];
    expect(aReport({ runs }).summary.coverage.tags.at(-1)).toMatchObject({ checked: 10, passed: 5 });
  });

  it('keeps one point per day when there were many runs', () => {
    const runs = Array.from({ length: 480 }, (_, n) => run(n * 15, 'a', 'instance-untagged', 10, n % 10));
    const { tags } = aReport({ runs }).summary.coverage;
    expect(tags).toHaveLength(6);
    expect(tags.at(-1)?.passed).toBe(9);
  });
});
