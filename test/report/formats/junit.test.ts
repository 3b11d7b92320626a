import { describe, expect, it } from 'vitest';
import { render } from '../../../src/report/format.ts';
import { junit } from '../../../src/report/formats/junit.ts';
import { anInput, aReport } from '../../support/findings.ts';
import { mixed } from '../../support/mixed-report.ts';

describe('JUnit', () => {
  it('counts failures, skips and errors, in total and by suite', () => {
    const xml = render(junit, mixed, { includePass: true });
    expect(xml).toContain('<testsuites name="mirrorwatch" tests="13" failures="6" errors="1" skipped="2"');
    expect(xml).toContain('<testsuite name="instance-untagged" tests="5" failures="1" errors="1" skipped="1"');
  });

  it('reports an unreadable input as an error', () => {
    const xml = render(junit, aReport({ input: anInput({ rejected: [{ path: 'a.gz', reason: 'cut short' }] }) }), {});
    expect(xml).toContain('errors="1"');
    expect(xml).toContain('name="a.gz"');
  });
});
