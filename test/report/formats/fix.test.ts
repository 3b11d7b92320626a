/** Fixes in words are text, which wraps; commands are code, in one piece. And what is due to whom is labelled alike. */

import { describe, expect, it } from 'vitest';
import { render } from '../../../src/report/format.ts';
import { csv } from '../../../src/report/formats/csv.ts';
import { markdown } from '../../../src/report/formats/markdown.ts';
import { table } from '../../../src/report/formats/table.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import type { Report } from '../../../src/report/report.ts';
import { aCall, possible, unknown } from '../../support/causes.ts';
import { aCallFinding, aFinding, aReport } from '../../support/findings.ts';
import { withoutLineMarks } from '../../support/line-marks.ts';

const WORDS =
  'No command can tell whether the call was meant: ask whoever made it, look for what happened in the meantime, and only then start the *trail* again.';
const LEAD = 'No command knows the value. Set it with';
const COMMAND =
  'aws ec2 create-tags --region eu-west-1 --resources i-1 --tags Key=CostCenter,Value=1234567890-1234567890-1234567890';

const reportOf = (fix: string): Report => aReport({ findings: [aFinding({ fix })] });
const linesOf = (text: string): readonly string[] => text.split('\n');
const shownIn = (html: string): string =>
  withoutLineMarks(html.slice(0, html.indexOf('<script type="application/json"')));

describe('a fix in words', () => {
  it('is wrapped in the table', () => {
    const lines = linesOf(render(table, reportOf(WORDS), { columns: 100 }));
    const at = lines.findIndex((line) => line.startsWith('    fix: No command'));
    expect(
      lines
        .slice(at, at + 2)
        .join(' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    ).toBe(`fix: ${WORDS}`);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('is text in Markdown and HTML, and no code', () => {
    expect(render(markdown, reportOf(WORDS), {})).toContain(`Fix: ${WORDS.replaceAll('*', String.raw`\*`)}`);
    const html = shownIn(renderHtml(reportOf(WORDS), {}));
    expect(html).toContain(`<p class="fix">Fix: ${WORDS}</p>`);
    expect(html).not.toContain('<pre>');
  });
});

describe('a command', () => {
  it.each([
    ['alone', '', COMMAND],
    ['after words', `${LEAD}:`, `${LEAD}: ${COMMAND}`],
  ])('is code in one piece, %s', (_, words, fix) => {
    const report = reportOf(fix);
    const lines = linesOf(render(table, report, { columns: 60 }));
    expect(lines).toContain(words === '' ? `    fix: ${COMMAND}` : `    ${COMMAND}`);
    expect(linesOf(render(markdown, report, {})).map((line) => line.trim())).toContain(`\`${COMMAND}\``);
    const html = shownIn(renderHtml(report, {}));
    expect(html).toContain(`<pre>${COMMAND}</pre>`);
    expect(html.includes(`<p class="fix">Fix: ${words}</p>`)).toBe(words !== '');
  });
});

describe('who is behind a finding', () => {
  it.each([
    ['a state', aFinding({ cause: aCall('dana') }), /^Caused by dana \(/],
    ['a call', aCallFinding(), /^Called by erin \(StopLogging, /],
    ['something that is not proven', aFinding({ cause: possible('erin') }), /^possibly erin /],
    ['something unknown', aFinding({ cause: unknown() }), /^unknown: /],
  ])('is said in CSV as in other formats: %s', (_, finding, words) => {
    const [head = '', row = ''] = render(csv, aReport({ findings: [finding] }), {}).split('\r\n');
    const before = head.split(',').indexOf('cause');
    const cells = [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    expect(cells[before]).toMatch(words);
  });

  it('is in captions that read as sentences do', () => {
    const html = renderHtml(aReport({ findings: [aFinding({ cause: aCall('dana') }), aCallFinding()] }), {});
    expect(html).toContain('>Caused by: open findings</caption>');
    expect(html).not.toContain('by by');
  });
});
