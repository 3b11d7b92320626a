import { describe, expect, it } from 'vitest';
import { render } from '../../../src/report/format.ts';
import { json } from '../../../src/report/formats/json.ts';
import { junit } from '../../../src/report/formats/junit.ts';
import { aJudgement, anInput, aReport } from '../../support/findings.ts';
import { mixed } from '../../support/mixed-report.ts';

describe('JUnit', () => {
  it('counts failures, skips and errors, in total and by suite', () => {
    const xml = render(junit, mixed, { includePass: true });
    expect(xml).toContain('<testsuites name="mirrorwatch" tests="12" failures="6" errors="1" skipped="2"');
    expect(xml).toContain('<testsuite name="instance-untagged" tests="5" failures="1" errors="1" skipped="1"');
  });

  it('lists no call as passed that would have ended a finding', () => {
    const ended = { rule: 'custom:trail-stopped', resourceType: 'Other', resourceId: 'management-events' } as const;
    const judgements = [aJudgement(), aJudgement({ ...ended, reason: 'StartLogging ended it' })];
    const report = aReport({ judgements });
    const xml = render(junit, report, { includePass: true });
    expect(xml).toContain('<testsuites name="mirrorwatch" tests="1" ');
    expect(xml).not.toContain('trail-stopped');
    expect(JSON.parse(render(json, report, { includePass: true })).judgements).toEqual([
      expect.objectContaining({ rule: 'instance-untagged' }),
    ]);
    expect(report.summary.judged).toEqual({ pass: 1, gone: 0, unknown: 0 });
  });

  it('reports an unreadable input as an error', () => {
    const xml = render(junit, aReport({ input: anInput({ rejected: [{ path: 'a.gz', reason: 'cut short' }] }) }), {});
    expect(xml).toContain('errors="1"');
    expect(xml).toContain('name="a.gz"');
  });
});
