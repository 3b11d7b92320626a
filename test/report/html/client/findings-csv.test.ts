import { describe, expect, it } from 'vitest';
import type { RuleId } from '../../../../src/audit/finding.ts';
import { render } from '../../../../src/report/format.ts';
import { csv } from '../../../../src/report/formats/csv.ts';
import { csvOf } from '../../../../src/report/html/client/findings-csv.ts';
import { unpack } from '../../../../src/report/html/client/page-findings.ts';
import { packFindings } from '../../../../src/report/html/pack-findings.ts';
import type { Report } from '../../../../src/report/report.ts';
import { ruleTitles } from '../../../../src/report/rule-titles.ts';
import { aFinding, aReport } from '../../../support/findings.ts';
import { HOSTILE } from '../../../support/hostile.ts';
import { mixed } from '../../../support/mixed-report.ts';

/** Rows as records by the names of their columns. */
function parsed(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = [], ...rows] = text
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    );
  return rows.map((cells) => Object.fromEntries(head.map((name, n) => [name, cells[n] ?? ''])));
}

function ofPage(report: Report): string {
  const titles = ruleTitles(report.findings);
  return csvOf(unpack({ ...packFindings(report, 1e7), titles: {} }), (rule) => titles.get(rule as RuleId) ?? rule);
}

describe('the CSV of the page', () => {
  it('has in its columns what the CSV format has in those of the same name', () => {
    const all = new Map(parsed(render(csv, mixed, {})).map((row) => [row.id, row]));
    const rows = parsed(ofPage(mixed));
    expect(rows).toHaveLength(mixed.findings.length);
    for (const row of rows) {
      expect(Object.keys(row).length).toBeGreaterThan(20);
      // The page knows one title for each rule: that of its newest finding.
      const { rule_title, cause = '', ...others } = row;
      expect(rule_title).not.toBe('');
      expect(all.get(row.id)).toMatchObject(others);
      // Nor does it say of a cause that it was not looked for.
      expect(all.get(row.id)?.cause?.replace(': it was not examined', '')).toBe(cause);
    }
  });

  it.each(HOSTILE)('has no formula in a cell with %s, and one line a row', (_, text) => {
    const finding = aFinding({
      resourceId: text,
      reason: text,
      fix: text,
      owner: text,
      detail: { name: text, vpcId: text },
    });
    const page = ofPage(aReport({ findings: [finding] }));
    expect(page.split('\r\n')).toHaveLength(3);
    for (const cell of Object.values(parsed(page)[0] ?? {})) expect(cell).not.toMatch(/^\s*[=+\-@|%]/);
  });
});
