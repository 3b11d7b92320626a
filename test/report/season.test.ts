import { beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../src/report/format.ts';
import { csv } from '../../src/report/formats/csv.ts';
import { renderHtml } from '../../src/report/html/page.ts';
import { composeReport, type Report } from '../../src/report/report.ts';
import { aSeason } from '../support/season.ts';

const source = aSeason(40_000, 5000);
let report: Report;
beforeAll(() => {
  report = composeReport(source);
});

describe('a season of 40,000 findings', () => {
  it('has the same figures as a count of the ledger', () => {
    const status = (wanted: string) => source.entries.filter(({ finding }) => finding.status === wanted).length;
    const { open, resolved, muted, total, remediated, opened, trend } = report.summary;
    expect([open, resolved, muted, total]).toEqual([status('open'), status('resolved'), status('muted'), 40_000]);
    expect([opened, remediated]).toEqual([40_000 - muted, status('resolved')]);
    expect(trend.at(-1)?.open).toBe(open);
    expect(report.summary.counts.reduce((sum, { count }) => sum + count, 0)).toBe(40_000);
  });

  it("has the mean of the resolved findings' lifetimes", () => {
    const spans = source.entries.flatMap(({ openedAt, resolvedAt }) =>
      resolvedAt === null ? [] : [Number(resolvedAt) - Number(openedAt)],
    );
    expect(report.summary.meanTimeToRemediateSeconds).toBe(
      Math.round(spans.reduce((a, b) => a + b, 0) / spans.length / 1000),
    );
  });

  it('keeps the page below ten megabytes, includes every open finding, and says where the rest is', () => {
    const page = renderHtml(report, {});
    expect(Buffer.byteLength(page)).toBeLessThan(10_000_000);
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '{}');
    expect(data.rows.filter((row: number[]) => row[2] === 0)).toHaveLength(report.summary.open);
    expect(page).toMatch(/[\d,]+ findings of 40,000 not in this file/);
  });

  it('has every finding in the CSV', () => {
    expect(render(csv, report, {}).split('\r\n')).toHaveLength(40_002);
  });
});

describe('a report of 20,000 findings', () => {
  it('fits completely into ten megabytes of HTML', () => {
    const page = renderHtml(composeReport(aSeason(20_000, 5000)), {});
    expect(Buffer.byteLength(page)).toBeLessThan(10_000_000);
    expect(page).not.toContain('not in this file');
  });
});
