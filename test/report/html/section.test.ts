import { describe, expect, it } from 'vitest';
import { html } from '../../../src/report/escape.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import { contents, longTable } from '../../../src/report/html/section.ts';
import { composeReport } from '../../../src/report/report.ts';
import { aSeason } from '../../support/season.ts';

const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => html`<tr><td>${n}</td></tr>`);
const tableOf = (count: number, folded = false): string =>
  longTable({ rowsAre: 'inputs', head: html`<tr><th>Input</th></tr>`, rows: rowsOf(count), folded }).markup;
const rowCount = (markup: string): number => markup.split('<td>').length - 1;

describe('a long list', () => {
  it('shows what is short', () => {
    expect(tableOf(12)).not.toContain('<details');
    expect(rowCount(tableOf(12))).toBe(12);
  });

  it('folds all but its first ten rows, and says how many', () => {
    const [before = '', fold = ''] = tableOf(60).split('<details class="fold" aria-label="50 more inputs">');
    expect(rowCount(before)).toBe(10);
    expect(rowCount(fold)).toBe(50);
    expect(fold).toContain('<summary>50 more inputs</summary>');
    expect(tableOf(60)).not.toContain('On paper');
  });

  it('may be folded as a whole', () => {
    expect(tableOf(3, true)).toMatch(/^<details class="fold all" aria-label="3 inputs"><summary>3 inputs<\/summary>/);
  });

  it('has at most 500 rows, 100 of them on paper, and says so', () => {
    expect(rowCount(tableOf(1600))).toBe(500);
    expect(tableOf(1600)).toContain('1,100 more inputs in the JSON of this report.');
    expect(tableOf(1600)).toContain('On paper: the first 100 of 1,600 inputs.');
  });
});

describe('the table of contents', () => {
  it('links to headings, with how much they list', () => {
    expect(
      contents([
        { id: 'a-h', title: 'A', count: 1200 },
        { id: 'b-h', title: 'B' },
      ]).markup,
    ).toBe(
      '<nav class="toc" aria-label="Contents"><ul><li><a href="#a-h">A</a> <span class="soft">1,200</span></li><li><a href="#b-h">B</a></li></ul></nav>',
    );
  });

  it('leads to every section of the page, each of which says for whom it is', () => {
    const page = renderHtml(composeReport(aSeason(300, 50)), {});
    const headings = [...page.matchAll(/<h2 id="([^"]+)">[^<]*<\/h2>(<p class="soft small whom">For )?/g)];
    const links = [...(page.match(/<nav class="toc"[\s\S]*?<\/nav>/)?.[0] ?? '').matchAll(/href="#([^"]+)"/g)];
    expect(headings.length).toBe(9);
    expect(headings.filter(([, , whom]) => whom === undefined)).toEqual([]);
    expect(links.map(([, id]) => id)).toEqual(headings.map(([, id]) => id));
  });
});
