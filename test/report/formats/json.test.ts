import { describe, expect, it } from 'vitest';
import { render } from '../../../src/report/format.ts';
import { json } from '../../../src/report/formats/json.ts';
import { jsonl } from '../../../src/report/formats/jsonl.ts';
import { aReport } from '../../support/findings.ts';
import { mixed } from '../../support/mixed-report.ts';

describe('JSON', () => {
  it('has the keys of the contract first, and the findings verbatim', () => {
    const parsed = JSON.parse(render(json, mixed, {}));
    expect(Object.keys(parsed).slice(0, 4)).toEqual(['schema', 'input', 'summary', 'findings']);
    expect(parsed.findings).toEqual(JSON.parse(JSON.stringify(mixed.findings)));
  });

  it('lists resources that could not be judged, and with includePass those that passed, but no calls', () => {
    expect(JSON.parse(render(json, mixed, {})).judgements).toHaveLength(1);
    expect(JSON.parse(render(json, mixed, { includePass: true })).judgements).toHaveLength(3);
  });

  it('is empty as JSON lines without findings', () => {
    expect(render(jsonl, aReport(), {})).toBe('');
  });
});
