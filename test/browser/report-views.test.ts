import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/html/page.ts';
import { composeReport, type Report } from '../../src/report/report.ts';
import { aSeason } from '../support/season.ts';
import { openChromium, openReport } from './chromium.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const season: Report = composeReport(aSeason(1500, 500));
const page1500 = renderHtml(season, {});
const open = season.summary.open;

describe('the address', () => {
  it('keeps each choice as a step to go back, and a search as one', async () => {
    const { page, url } = await openReport(browser, page1500);
    await page.locator('.pill', { hasText: 'High' }).click();
    await page.selectOption('select[name=region]', 'us-east-1');
    await page.locator('#q').pressSequentially('pay', { delay: 200 });
    await page.waitForURL(/q=pay$/);
    await page.goBack();
    expect(page.url()).toBe(`${url}#severity=high&region=us-east-1`);
    expect(await page.inputValue('#q')).toBe('');
    await page.goBack();
    expect(await page.inputValue('select[name=region]')).toBe('');
    expect(await page.isChecked('input[value=high]')).toBe(true);
    await page.goBack();
    expect(page.url()).toBe(url);
    expect(await page.isChecked('input[value=high]')).toBe(false);
    expect(await page.textContent('#count')).toContain(`of ${open} matching`);
    await page.goForward();
    expect(await page.isChecked('input[value=high]')).toBe(true);
    await page.context().close();
  });

  it('says what it asks for in vain, as text, until the reader chooses', async () => {
    const hash = `#severity=high,worst&region=mars-1&colour=${encodeURIComponent('<img src=x onerror=alert(1)>')}`;
    const { page, complaints } = await openReport(browser, page1500, { hash });
    expect(await page.textContent('#ignored')).toBe(
      'The address asks for what this report does not have, which is ignored: severity “worst”, region “mars-1”, “colour”.',
    );
    expect(await page.isChecked('input[value=high]')).toBe(true);
    expect(await page.getAttribute('#ignored', 'role')).toBe('status');
    await page.locator('.pill', { hasText: 'High' }).click();
    expect(await page.locator('#ignored').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('keeps its filters when the reader goes to another section', async () => {
    const { page } = await openReport(browser, page1500, { hash: '#severity=high' });
    await page.locator('.toc a', { hasText: 'By rule' }).click();
    expect(page.url()).toContain('#severity=high');
    expect(await page.evaluate('document.activeElement.id')).toBe('rules-h');
    await page.context().close();
  });
});

describe('the CSV', () => {
  it('has every finding that matches, not only those on the page of the table', async () => {
    const { page, complaints } = await openReport(browser, page1500, { hash: '#status=all&severity=medium' });
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#csv')]);
    expect(download.suggestedFilename()).toBe('mirrorwatch-findings.csv');
    const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
    const medium = season.findings.filter(({ severity }) => severity === 'medium');
    expect(lines).toHaveLength(medium.length + 2);
    expect(lines[0]).toMatch(/^\ufeffid,rule,severity,/);
    expect(new Set(lines.slice(1, -1).map((line) => line.split(',')[0]))).toEqual(new Set(medium.map(({ id }) => id)));
    expect(await page.textContent('#live')).toContain('findings in mirrorwatch-findings.csv');
    await page.fill('#q', 'no such thing');
    await page.getByText('No finding matches.').waitFor();
    expect(await page.isDisabled('#csv')).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('on paper', () => {
  const many = renderHtml(
    composeReport({
      ...aSeason(1500, 500),
      input: {
        ...aSeason(1500, 500).input,
        rejected: Array.from({ length: 300 }, (_, n) => ({ path: `s3://trail/${n}.json.gz`, reason: 'not JSON' })),
      },
    }),
    {},
  );

  it.each([true, false])(
    'has every column, the filters in words, and what is folded (scripts: %s)',
    async (javaScriptEnabled) => {
      const { page } = await openReport(browser, many, { viewport: { width: 700, height: 900 }, javaScriptEnabled });
      await page.emulateMedia({ media: 'print' });
      if (javaScriptEnabled) await page.evaluate('dispatchEvent(new Event("beforeprint"))');
      for (const column of ['.where', '.seen', '.why', '.who'])
        expect(await page.locator(`#rows tr.row ${column}`).first().isVisible(), column).toBe(true);
      expect(await page.evaluate("getComputedStyle(document.querySelector('#rows thead')).display")).toBe(
        'table-header-group',
      );
      // With a button in it, Chromium prints the head on the first page only.
      expect(await page.evaluate("getComputedStyle(document.querySelector('#rows thead button')).display")).toBe(
        'contents',
      );
      expect(await page.innerText('#applied')).toMatch(/^Shown: status open/);
      const unread = page.locator('section:has(#unread-h)');
      expect(await unread.locator('tbody tr:visible').count()).toBe(100);
      expect(await unread.innerText()).toContain('On paper: the first 100 of 301 entries.');
      await page.context().close();
    },
  );

  it('has at most 1,000 findings, from the first, and says so; the screen is as before', async () => {
    const { page } = await openReport(browser, many, { hash: '#status=all&page=3' });
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator('#rows tr.row').count()).toBe(1000);
    expect(await page.textContent('#count')).toContain('1–1,000 of 1,500');
    expect(await page.textContent('#applied')).toBe(
      'Shown: every status; sorted by severity. On paper: the first 1,000.',
    );
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await page.textContent('#count')).toContain('201–300 of 1,500');
    expect(await page.locator('details[open]').count()).toBe(0);
    await page.context().close();
  });
});

describe('on a phone', () => {
  it('shows 25 findings at a time, and folds long lists', async () => {
    const { page } = await openReport(browser, page1500, { viewport: { width: 420, height: 900 } });
    expect(await page.locator('#rows tr.row').count()).toBe(25);
    expect(await page.evaluate("document.querySelector('section:has(#read-h)').offsetHeight")).toBeLessThan(2700);
    await page.context().close();
  });

  it('has its contents without scripts', async () => {
    const viewport = { width: 420, height: 900 };
    const { page, url } = await openReport(browser, page1500, { viewport, javaScriptEnabled: false });
    await page.locator('.toc a', { hasText: 'Inputs' }).click();
    expect(page.url()).toBe(`${url}#read-h`);
    expect(await page.evaluate('document.getElementById("read-h").getBoundingClientRect().top')).toBeLessThan(900);
    await page.context().close();
  });
});
